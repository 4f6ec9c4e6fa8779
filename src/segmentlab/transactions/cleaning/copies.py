"""Rules about lines that are there more than once."""

from dataclasses import dataclass
from typing import ClassVar, Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError

# Which lines came together: the parts of a log that was put together from several exports.


PART_COLUMN: Final = "part"

# A year of monthly exports has eleven joints. A file with more jumps is in no order of time at all, and
# its jumps mean nothing.
MOST_JOINTS: Final = 11


def mark_parts(lines: ir.Table, jump_days: float | None) -> ir.Table:
    """The lines with the column `part`: the one they have, or that which the order of the file shows."""
    if PART_COLUMN in lines.columns:
        return lines
    joints = [] if jump_days is None else _find_joints(lines, jump_days)
    if not 0 < len(joints) <= MOST_JOINTS:
        return lines.mutate(**{PART_COLUMN: 0})
    before = [(ibis.row_number() < joint, place) for place, joint in enumerate(joints)]
    return lines.mutate(**{PART_COLUMN: ibis.cases(*before, else_=len(joints))})


def find_shared_times(parted: ir.Table) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """The stretches of time, both ends included, from which more than one part has lines."""
    time = parted["timestamp"]
    spans = (
        parted.group_by(PART_COLUMN)
        .aggregate(first=time.min(), last=time.max())
        .order_by("first")
        .to_pandas()
    )
    spans["earlier"] = spans["last"].cummax().shift()
    met = spans[spans["first"] <= spans["earlier"]]
    return list(zip(met["first"], met[["last", "earlier"]].min(axis=1), strict=True))


def _find_joints(lines: ir.Table, jump_days: float) -> list[int]:
    """The rows before which the file jumps back in time, counted from 0 and at most one too many."""
    if lines.get_backend().name != "duckdb":
        raise ConfigError(
            "cleaning.overlap.jump_days needs the order of the file, which only engine=duckdb keeps. Name "
            "the file or sheet of each line in a column 'part', or set cleaning.overlap.jump_days=null."
        )
    back = lines["timestamp"].lag().epoch_seconds() - lines["timestamp"].epoch_seconds()
    rows = lines.select(row=ibis.row_number(), jumps=back > jump_days * 86_400)
    found = rows.filter(rows["jumps"]).limit(MOST_JOINTS + 1).row.to_pyarrow()
    return sorted(found.to_pylist())


@dataclass(frozen=True)
class ExactDuplicate:
    """A line that repeats another in every column; one of them stays.

    Which file or sheet a line came from is no difference.
    """

    requires: ClassVar[frozenset[str]] = frozenset({"quantity"})
    of_one_customer: ClassVar[bool] = True

    def rests(self, lines: ir.Table) -> ir.Table:
        """The lines; nothing stays of all but one of those that are equal."""
        return _keep_first_copy(lines, [name for name in lines.columns if name != PART_COLUMN])


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
        parted = mark_parts(lines, self.jump_days)
        shared = find_shared_times(parted)
        if not shared:
            return lines.mutate(_rest=lines["quantity"])
        within = ibis.or_(*[parted["timestamp"].between(first, last) for first, last in shared])
        apart = parted.filter(~within)
        rested = apart.mutate(_rest=apart["quantity"]).union(_drop_copies_across_parts(parted.filter(within)))
        return rested.select(*lines.columns, "_rest")


def _drop_copies_across_parts(parted: ir.Table) -> ir.Table:
    """The lines; the n-th copy within a part stays in one of the parts that have an n-th."""
    copy = ibis.row_number().over(group_by=list(parted.columns))
    numbered = parted.mutate(_copy=copy)
    return _keep_first_copy(numbered, [name for name in numbered.columns if name != PART_COLUMN]).drop(
        "_copy"
    )


def _keep_first_copy(lines: ir.Table, alike: list[str]) -> ir.Table:
    order = PART_COLUMN if PART_COLUMN in lines.columns else None
    first = ibis.row_number().over(group_by=alike, order_by=order) == 0
    return lines.mutate(_rest=ibis.cases((first, lines["quantity"])))
