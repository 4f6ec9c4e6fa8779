"""Rules of cleaning: what a rule is, and those that need nothing but the line itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir

from segmentlab.transactions.schema import FIELDS, LINE_TOTAL

# What a rule of cleaning is: a verdict on single lines, or on lines compared with each other.


# The position of the rule that a line left under; missing while the line stays. It is a column of the lines
# that rules see, so a rule that looks for equal lines never takes one for the sake of one that has left.
LEFT_AT_COLUMN: Final = "_left_at"
# A source's reason why the line was never sold; missing on all others, and where the source knows of none.
NOT_SOLD_COLUMN: Final = "_not_sold"


class LineRule(Protocol):
    """One reason to take lines out that shows on the line itself."""

    @property
    def requires(self) -> frozenset[str]:
        """The columns that the rule judges by; in a log without them it takes nothing."""
        ...

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """True for every line that has to go; missing counts as False."""
        ...


@runtime_checkable
class ComparisonRule(Protocol):
    """One reason to take lines out, or a part of their quantity, that shows when lines are compared.

    A rule that says `of_one_customer = True` compares lines of the same customer alone. Others can't clean
    the lines of a few customers, as they come in a live service.
    """

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


CleaningRule = LineRule | ComparisonRule


NEVER_MISSING: Final = frozenset(field.name for field in (*FIELDS, LINE_TOTAL) if not field.nullable)
# What is no blank comes at or after it. Comparing is quick, and patterns are for the few that it leaves.
FIRST_VISIBLE: Final = "!"
# What the shop of Online Retail II books under the code of a product although it sells none.
CHARGE_PATTERNS: Final = (
    r"POST|DOT|C2|C3|CRUK|AMAZONFEE|BANK CHARGES",  # postage, carriage, charity and fees
    r"ADJUST2?|M|B|D|S",  # adjustments, manual, bad debt, discount, samples
    r"GIFT(_\d+)*",  # vouchers
    r"TEST\d*",
)


@runtime_checkable
class QuickRule(Protocol):
    """A rule that says what stays in the words that an engine understands while it reads.

    That is a comparison, or one that is asked first beside a pattern; within a negation it is asked later.
    """

    def keeps(self, lines: ir.Table) -> ir.BooleanValue:
        """True for every line that the rule leaves, and never missing."""
        ...


def find_kept(rule: LineRule, lines: ir.Table) -> ir.BooleanValue:
    """True for every line that the rule leaves."""
    return rule.keeps(lines) if isinstance(rule, QuickRule) else ~rule.drops(lines).fill_null(False)


@dataclass(frozen=True)
class UnknownCustomer:
    """Sales that nobody can be named for; `also` are ids that stand for nobody, such as a till."""

    also: Sequence[str] = ()
    requires: ClassVar[frozenset[str]] = frozenset({"customer_id"})

    def keeps(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose customer id is neither missing nor blank nor one of those."""
        own = lines["customer_id"]
        named = own.notnull() & ((own >= FIRST_VISIBLE) | own.re_search(r"\S"))
        return named & ~own.isin([str(word) for word in self.also]) if self.also else named

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """All others."""
        return ~self.keeps(lines)


@dataclass(frozen=True)
class NotSold:
    """Lines that a source marks with the reason why nothing was sold: a failed payment, a voided order."""

    requires: ClassVar[frozenset[str]] = frozenset({NOT_SOLD_COLUMN})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines that bear a reason."""
        return lines[NOT_SOLD_COLUMN].notnull()


@dataclass(frozen=True)
class InvoicePrefix:
    """Invoices of a kind that the shop marks by their first letter: C cancels, A adjusts bad debt.

    A shop that marks none has no prefix (null), and the rule takes nothing.
    """

    prefix: str | None
    requires: ClassVar[frozenset[str]] = frozenset({"invoice_id"})

    def keeps(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines of invoices that do not begin with the prefix, and of none; numbers come before letters."""
        if self.prefix is None:
            return ibis.literal(True)
        own, first = lines["invoice_id"], self.prefix[:1]
        before = (own >= FIRST_VISIBLE) & (own < min(first, first.upper(), first.lower()))
        return own.isnull() | before | ~own.re_search(rf"(?i)^\s*{re.escape(self.prefix)}")

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines of invoices that begin with the prefix, in either case."""
        return ~self.keeps(lines)


@dataclass(frozen=True)
class NotPositive:
    """Zero or negative quantities and prices: returns, give-aways, stock corrections."""

    column: str

    @property
    def requires(self) -> frozenset[str]:
        """The column that has to be positive."""
        return frozenset({self.column})

    def keeps(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose value in the column is positive, or missing where that may be."""
        positive = lines[self.column] > 0
        return positive if self.column in NEVER_MISSING else lines[self.column].isnull() | positive

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose value in the column is zero or less."""
        return lines[self.column] <= 0


@dataclass(frozen=True)
class NonProduct:
    """Postage, fees, samples, manual entries: codes that name no product."""

    patterns: Sequence[str] = CHARGE_PATTERNS
    requires: ClassVar[frozenset[str]] = frozenset({"product_id"})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose whole stock code matches one of the patterns, in either case."""
        return lines["product_id"].strip().re_search(f"(?i)^({'|'.join(self.patterns)})$")


@dataclass(frozen=True)
class OtherThan:
    """Whatever is not written as expected: codes, invoices, countries."""

    column: str
    pattern: str

    @property
    def requires(self) -> frozenset[str]:
        """The column that has to match."""
        return frozenset({self.column})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose whole value in the column does not match the pattern; a missing one does not."""
        return ~lines[self.column].re_search(f"^({self.pattern})$").fill_null(False)


@dataclass(frozen=True)
class From:
    """What was not yet known: lines at or after a date."""

    date: str
    requires: ClassVar[frozenset[str]] = frozenset({"timestamp"})

    def keeps(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines before midnight of the date."""
        return lines["timestamp"] < ibis.timestamp(f"{self.date} 00:00:00")

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines at or after midnight of the date."""
        return lines["timestamp"] >= ibis.timestamp(f"{self.date} 00:00:00")
