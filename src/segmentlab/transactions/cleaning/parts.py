"""Which lines came together: the parts of a log that was put together from several exports."""

from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError

PART: Final = "part"

# A year of monthly exports has eleven joints. A file with more jumps is in no order of time at all, and
# its jumps mean nothing.
MOST_JOINTS: Final = 11


def with_parts(lines: ir.Table, jump_days: float | None) -> ir.Table:
    """The lines with the column `part`: the one they have, or that which the order of the file shows."""
    if PART in lines.columns:
        return lines
    joints = [] if jump_days is None else _joints(lines, jump_days)
    if not 0 < len(joints) <= MOST_JOINTS:
        return lines.mutate(**{PART: 0})
    before = [(ibis.row_number() < joint, place) for place, joint in enumerate(joints)]
    return lines.mutate(**{PART: ibis.cases(*before, else_=len(joints))})


def shared_times(parted: ir.Table) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    """The stretches of time, both ends included, from which more than one part has lines."""
    time = parted["timestamp"]
    spans = parted.group_by(PART).aggregate(first=time.min(), last=time.max()).order_by("first").to_pandas()
    spans["earlier"] = spans["last"].cummax().shift()
    met = spans[spans["first"] <= spans["earlier"]]
    return list(zip(met["first"], met[["last", "earlier"]].min(axis=1), strict=True))


def _joints(lines: ir.Table, jump_days: float) -> list[int]:
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
