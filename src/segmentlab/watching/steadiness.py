"""Keeps customers near a border from changing their segment with every snapshot."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from segmentlab.errors import ConfigError

STATE = ("segment", "name", "confidence", "revenue", "scored", "in_a_row", "previous", "since")


@dataclass(frozen=True)
class Steadiness:
    """When a customer moves: the model is sure enough, or has said the same for some snapshots in a row.

    `snapshots=1` follows the model at once.
    """

    min_confidence: float
    snapshots: int

    def __post_init__(self) -> None:
        if not 0 <= self.min_confidence <= 1:
            raise ConfigError(f"min_confidence={self.min_confidence} is no share: write 0 to 1.")
        if self.snapshots < 1:
            raise ConfigError(f"snapshots={self.snapshots}: a move takes 1 snapshot or more.")


def settled(before: pd.DataFrame | None, scored: pd.DataFrame, as_of: date, rule: Steadiness) -> pd.DataFrame:
    """The state after a snapshot, from the state before it and what the model says now.

    `scored` has customer_id, segment, name, confidence and, where it is known, revenue. The state has the
    segment that the customer is in, what the model said (`scored`) and for how many snapshots in a row
    (`in_a_row`), the segment before the last change (`previous`) and the date of that change (`since`).
    A segment that the model no longer gives to anybody keeps nobody back.
    """
    now = _first_seen(scored, as_of)
    if before is None or before.empty:
        return now.reset_index()
    then = before.set_index("customer_id").reindex(now.index)
    known = then["segment"].notna()
    again = known & (then["scored"] == now["scored"])
    in_a_row = (then["in_a_row"].where(again, 0) + 1).astype("int64")
    moves = known & (then["segment"] != now["scored"])
    sure = (now["confidence"] >= rule.min_confidence) | (in_a_row >= rule.snapshots)
    held = moves & ~sure & then["segment"].isin(now["scored"].unique())
    stays = known & (held | ~moves)
    return now.assign(
        in_a_row=in_a_row,
        segment=now["segment"].mask(held, then["segment"]).astype("int64"),
        name=now["name"].mask(held, then["name"]),
        since=now["since"].mask(stays, then["since"]),
        previous=then["segment"].where(moves & ~held, then["previous"]).astype("Int64"),
    ).reset_index()


def _first_seen(scored: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The state of customers of whom nothing was known: the model's word counts at once."""
    state = scored.set_index("customer_id")
    if "revenue" not in state.columns:
        state = state.assign(revenue=float("nan"))
    return state.assign(
        scored=state["segment"],
        in_a_row=1,
        previous=pd.array([pd.NA] * len(state), dtype="Int64"),
        since=pd.Timestamp(as_of).as_unit("us"),
    )[list(STATE)]
