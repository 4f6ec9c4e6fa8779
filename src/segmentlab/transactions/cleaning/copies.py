"""Rules about lines that are there more than once."""

from dataclasses import dataclass
from typing import ClassVar

import ibis
import ibis.expr.types as ir

from segmentlab.transactions.cleaning.parts import PART, shared_times, with_parts


@dataclass(frozen=True)
class ExactDuplicate:
    """A line that repeats another in every column; one of them stays.

    Which file or sheet a line came from is no difference.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"quantity"})

    def rests(self, lines: ir.Table) -> ir.Table:
        """The lines; nothing stays of all but one of those that are equal."""
        return _first_stays(lines, [name for name in lines.columns if name != PART])


@dataclass(frozen=True)
class Overlap:
    """Sales that several files or sheets report: the same line in each of them.

    Of equal lines as many stay as the part with the most copies has. So repeats within a part stay:
    they may be genuine, and are for `ExactDuplicate` to judge. Parts are what the column `part` names; a
    log without that column is one part, unless its order jumps back in time by more than
    `jump_days`, as it does where one export was appended to another (see `parts`). The order of the
    file is known only until lines are compared, so this rule comes first in a recipe.
    """

    jump_days: float | None = None
    requires: ClassVar[frozenset[str]] = frozenset({"quantity", "timestamp"})

    def rests(self, lines: ir.Table) -> ir.Table:
        """The lines; nothing stays of a copy that another part already holds."""
        parted = with_parts(lines, self.jump_days)
        shared = shared_times(parted)
        if not shared:
            return lines.mutate(_rest=lines["quantity"])
        within = ibis.or_(*[parted["timestamp"].between(first, last) for first, last in shared])
        apart = parted.filter(~within)
        rested = apart.mutate(_rest=apart["quantity"]).union(_once_across_parts(parted.filter(within)))
        return rested.select(*lines.columns, "_rest")


def _once_across_parts(parted: ir.Table) -> ir.Table:
    """The lines; the n-th copy within a part stays in one of the parts that have an n-th."""
    copy = ibis.row_number().over(group_by=list(parted.columns))
    numbered = parted.mutate(_copy=copy)
    return _first_stays(numbered, [name for name in numbered.columns if name != PART]).drop("_copy")


def _first_stays(lines: ir.Table, alike: list[str]) -> ir.Table:
    order = PART if PART in lines.columns else None
    first = ibis.row_number().over(group_by=alike, order_by=order) == 0
    return lines.mutate(_rest=ibis.cases((first, lines["quantity"])))
