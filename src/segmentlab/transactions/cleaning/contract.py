"""What a rule of cleaning is: a verdict on single lines, or on lines compared with each other."""

from typing import Final, Protocol, runtime_checkable

import ibis.expr.types as ir

# The position of the rule that a line left under; missing while the line stays. It is a column of the lines
# that rules see, so a rule that looks for equal lines never takes one for the sake of one that has left.
LEFT_AT: Final = "_left_at"


class Verdict(Protocol):
    """One reason to take lines out that shows on the line itself."""

    @property
    def requires(self) -> frozenset[str]:
        """The columns that the rule judges by; in a log without them it takes nothing."""
        ...

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """True for every line that has to go; missing counts as False."""
        ...


@runtime_checkable
class Comparison(Protocol):
    """One reason to take lines out, or a part of their quantity, that shows when lines are compared."""

    @property
    def requires(self) -> frozenset[str]:
        """The columns that the rule judges by; in a log without them it takes nothing."""
        ...

    def rests(self, lines: ir.Table) -> ir.Table:
        """The same lines with a column `_rest`: what stays of the quantity, missing when the line has to go.

        Lines that left under an earlier rule are among them, marked in the column `LEFT_AT`; what the
        rest of those is does not matter.
        """
        ...


Rule = Verdict | Comparison
