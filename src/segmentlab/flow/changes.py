"""What moves between segments mean: gains and losses apart, each with what the customers themselves did."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import pandas as pd

from segmentlab.flow.movement import PAIR_COLUMNS, Movement
from segmentlab.modelling import NOISE


class MoveReason(StrEnum):
    """Why somebody moved, as far as two snapshots tell. The first that is true counts.

    `lab/history.py` finds them where the snapshots are.
    """

    FIRST_ORDER = "first order"  # after the snapshot before
    NOT_SCORED = "not scored"  # in the snapshot before, though there were orders
    GONE = "gone"
    UNTRUE_NAME = "untrue name"  # what the segment's name claims is not true of the customer
    UNKNOWN = "unknown"  # a snapshot does not say what the customer did
    ORDERED = "ordered"
    TAKEN_BACK = "taken back"  # fewer orders or less money on record
    OTHER_MODEL = "other model"  # and no order since
    HELD_BACK = "held back"  # the model said so last time, and steadiness held it back
    LATE = "late"  # for their own rhythm, and no order since
    NO_ORDER = "no order"


IDLE: Final = (MoveReason.TAKEN_BACK, MoveReason.LATE, MoveReason.NO_ORDER)  # nobody gains by these


class MoveKind(StrEnum):
    """What a move is. Gains and losses are never set off against each other."""

    GAIN = "gain"
    LOSS = "loss"
    SIDEWAYS = "sideways"
    CORRECTION = "correction"  # by the model, not by what the customers did
    NEW = "new"
    GONE = "gone"


MARGIN: Final = 0.05  # of the larger of two segments' means: nearer than that, neither is worth more
CHANGES: Final = [
    "kind", "name_before", "name_after", "reason", "customers", "orders", "money", "money_is", "change",
]  # fmt: skip


def explain_moves(movement: Movement) -> pd.DataFrame:
    """Say of each move what it is and why, most money first within a kind.

    A segment is worth more than another where its customers are expected to spend more on the mean: what is
    to come is what a move is about, and what people paid long ago does not change by it. Where that is not
    known, segments are numbered by value. Nobody gains by ordering nothing: a move up without an order, one
    by another model without an order, and one to a name that is not true of the customer are corrections,
    whatever the segments are worth.

    Returns:
        `kind`, in the order of `MoveKind`; `name_before`, `name_after`; `reason`, a `MoveReason`;
        `customers`; the `orders` that they made since; `money`, which by `money_is` they are expected to
        spend, or have paid where `movement.foresees` is false; and `change`, by how much their own expected
        spend changed, as far as both snapshots know it.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> from segmentlab.flow import Movement, explain_moves
        >>> moves = pd.DataFrame({"segment_before": [0, 1], "name_before": ["Best", "Rest"]})
        >>> moves = moves.assign(segment_after=[1, 0], name_after=["Rest", "Best"], customers=[3, 2])
        >>> moves = moves.assign(reason=["late", "ordered"], orders=[0, 2], revenue=[90.0, 50.0])
        >>> moves = moves.assign(expected=[6.0, 40.0], known=[3, 2], change=[-54.0, 36.0])
        >>> moves = moves.assign(expected_before=[60.0, 4.0], known_before=[3, 2])
        >>> found = explain_moves(Movement(date(2011, 1, 1), date(2011, 2, 1), moves))
        >>> found[["kind", "customers", "money", "change"]].values.tolist()
        [['gain', 2, 40.0, 36.0], ['loss', 3, 6.0, -54.0]]
    """
    worth, margin = _measure_segments(movement), MARGIN if movement.foresees else 0.0
    moves = movement.moves
    moves = moves[(moves["segment_before"] != moves["segment_after"]).fillna(True)]
    kinds = [_find_kind(row, worth, margin) for row in moves.to_dict("records")]
    moves = moves.assign(
        money=moves["expected" if movement.foresees else "revenue"],
        money_is="expected" if movement.foresees else "paid",
        kind=pd.Categorical(kinds, list(MoveKind), ordered=True),
    )
    order = ["kind", "money", "customers", *PAIR_COLUMNS, "reason"]
    upwards = [name not in ("money", "customers") for name in order]
    return moves.sort_values(order, ascending=upwards, ignore_index=True)[CHANGES]


def _find_kind(row: Mapping[Any, Any], worth: dict[int, float], margin: float) -> MoveKind:
    if pd.isna(row["segment_before"]):
        return MoveKind.NEW
    if pd.isna(row["segment_after"]):
        return MoveKind.GONE
    before, after = worth[row["segment_before"]], worth[row["segment_after"]]
    near = margin * max(abs(before), abs(after))
    if row["reason"] in (MoveReason.UNTRUE_NAME, MoveReason.OTHER_MODEL):
        return MoveKind.CORRECTION
    if not abs(after - before) > near:  # also where a segment's worth is not known
        return MoveKind.SIDEWAYS
    if after < before:
        return MoveKind.LOSS
    return MoveKind.CORRECTION if row["reason"] in IDLE else MoveKind.GAIN


def _measure_segments(movement: Movement) -> dict[int, float]:
    """What is expected of a customer of each segment, of now where it has some; or its place by value."""
    found: dict[int, float] = {}
    for side, ending in (("before", "_before"), ("after", "")):
        rows = movement.moves.dropna(subset=f"segment_{side}")
        sums = rows.groupby(f"segment_{side}")[[f"expected{ending}", f"known{ending}"]].sum()
        for segment, expected, known in sums.itertuples():
            if not movement.foresees:
                found[segment] = float("nan") if segment == NOISE else -float(segment)
            elif known:
                found[segment] = expected / known
            else:
                found.setdefault(segment, float("nan"))
    return found
