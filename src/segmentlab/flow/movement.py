"""Who moved between two snapshots, and what keeps customers near a border from moving every day."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from segmentlab.errors import ConfigError

# Who moved between two snapshots, and what these customers are worth.


SNAPSHOT_SIDES = ("before", "after")
PAIR_COLUMNS: Final = [f"{what}_{side}" for side in SNAPSHOT_SIDES for what in ("segment", "name")]


@dataclass(frozen=True)
class Movement:
    """Two snapshots of a segmentation, laid over each other.

    `moves` has a row per pair of segments (`segment_before`, `name_before`, `segment_after`, `name_after`)
    and `reason` (a `MoveReason`; none for those who stayed). A missing segment before is a
    new customer, one after is a customer who was not scored again. Of the customers of each row it has how
    many they are (`customers`), what they paid so far (`revenue`), what they are `expected` to spend and of
    how many that is `known`, both for segments before as well (`expected_before`, `known_before`), by how
    much their own expected spend changed (`change`) and how many `orders` they made since. A customer who is
    gone counts with what was known then.
    """

    before: date
    after: date
    moves: pd.DataFrame
    horizon: float | None = None  # the days within which they are expected to spend

    @property
    def foresees(self) -> bool:
        """Whether money is what customers are expected to spend; where nothing is, it is what they paid."""
        return bool(self.moves.loc[self.moves["segment_after"].notna(), "known"].any())

    @property
    def pairs(self) -> pd.DataFrame:
        """The moves by pair of segments, whatever their reasons, without what only reasons tell."""
        sums = self.moves.groupby(PAIR_COLUMNS, dropna=False, sort=False)[
            ["customers", "revenue", "expected"]
        ]
        pairs: pd.DataFrame = sums.sum(min_count=1).reset_index()
        return pairs.sort_values(PAIR_COLUMNS, ignore_index=True)

    @property
    def known(self) -> pd.DataFrame:
        """The moves of customers who are in both snapshots."""
        pairs = self.pairs
        return pairs[pairs["segment_before"].notna() & pairs["segment_after"].notna()]

    @property
    def moved(self) -> int:
        """Customers who are in another segment than before."""
        known = self.known
        return int(known.loc[known["segment_before"] != known["segment_after"], "customers"].sum())

    @property
    def new(self) -> int:
        """Customers who were not in the snapshot before."""
        return int(self.moves.loc[self.moves["segment_before"].isna(), "customers"].sum())

    @property
    def gone(self) -> int:
        """Customers who are not in the snapshot after."""
        return int(self.moves.loc[self.moves["segment_after"].isna(), "customers"].sum())


def compute_transition_shares(found: Movement) -> pd.DataFrame:
    """Of each segment's customers (rows), the share that is in each segment now (columns), in their order."""
    counts = found.known.pivot_table(
        index=["segment_before", "name_before"],
        columns=["segment_after", "name_after"],
        values="customers",
        aggfunc="sum",
        fill_value=0,
    )
    shares: pd.DataFrame = counts.div(counts.sum(axis="columns"), axis="index")
    return shares.droplevel(0, axis="index").droplevel(0, axis="columns")


STATE_COLUMNS = ("segment", "name", "confidence", "revenue", "scored", "in_a_row", "previous", "since")


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


def settle_segments(
    before: pd.DataFrame | None,
    scored: pd.DataFrame,
    as_of: date,
    rule: Steadiness,
    given: Collection[int] | None = None,
) -> pd.DataFrame:
    """The state after a snapshot, from the state before it and what the model says now.

    `scored` has customer_id, segment, name, confidence and, where it is known, revenue. The state has the
    segment that the customer is in, what the model said (`scored`) and for how many snapshots in a row
    (`in_a_row`), the segment before the last change (`previous`) and the date of that change (`since`).
    A segment that the model no longer gives to anybody keeps nobody back; `given` are those that it gives,
    where `scored` are some of many customers.
    """
    now = _start_state(scored, as_of)
    if before is None or before.empty:
        return now.reset_index()
    then = before.set_index("customer_id").reindex(now.index)
    known = then["segment"].notna()
    again = known & (then["scored"] == now["scored"])
    in_a_row = (then["in_a_row"].where(again, 0) + 1).astype("int64")
    moves = known & (then["segment"] != now["scored"])
    sure = (now["confidence"] >= rule.min_confidence) | (in_a_row >= rule.snapshots)
    held = moves & ~sure & then["segment"].isin(now["scored"].unique() if given is None else list(given))
    stays = known & (held | ~moves)
    return now.assign(
        in_a_row=in_a_row,
        segment=now["segment"].mask(held, then["segment"]).astype("int64"),
        name=now["name"].mask(held, then["name"]),
        since=now["since"].mask(stays, then["since"]),
        previous=then["segment"].where(moves & ~held, then["previous"]).astype("Int64"),
    ).reset_index()


def _start_state(scored: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The state of customers of whom nothing was known: the model's word counts at once."""
    state = scored.set_index("customer_id")
    if "revenue" not in state.columns:
        state = state.assign(revenue=float("nan"))
    return state.assign(
        scored=state["segment"],
        in_a_row=1,
        previous=pd.array([pd.NA] * len(state), dtype="Int64"),
        since=pd.Timestamp(as_of).as_unit("us"),
    )[list(STATE_COLUMNS)]
