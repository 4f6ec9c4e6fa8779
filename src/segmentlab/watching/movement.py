"""Who moved between two snapshots, and what these customers are worth."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

SIDES = ("before", "after")


@dataclass(frozen=True)
class Movement:
    """Two snapshots of a segmentation, laid over each other.

    `moves` has a row per pair of segments (`segment_before`, `name_before`, `segment_after`,
    `name_after`, `customers`, `revenue`). A missing segment before is a new customer, one after is a
    customer who was not scored again.
    """

    before: date
    after: date
    moves: pd.DataFrame

    @property
    def known(self) -> pd.DataFrame:
        """The moves of customers who are in both snapshots."""
        return self.moves[self.moves["segment_before"].notna() & self.moves["segment_after"].notna()]

    @property
    def moved(self) -> pd.DataFrame:
        """The moves into another segment, most revenue first."""
        known = self.known
        return known[known["segment_before"] != known["segment_after"]].sort_values(
            ["revenue", "customers"], ascending=False
        )

    @property
    def new(self) -> int:
        """Customers who were not in the snapshot before."""
        return int(self.moves.loc[self.moves["segment_before"].isna(), "customers"].sum())

    @property
    def gone(self) -> int:
        """Customers who are not in the snapshot after."""
        return int(self.moves.loc[self.moves["segment_after"].isna(), "customers"].sum())


def movement(snapshots: tuple[date, date], before: pd.DataFrame, after: pd.DataFrame) -> Movement:
    """Compare two snapshots: customer_id, segment, name and revenue of each.

    The revenue at stake is what is known of it now; for customers who are gone, what was known then.
    """
    own = ["customer_id", "segment", "name", "revenue"]
    both = before[own].merge(after[own], "outer", "customer_id", suffixes=[f"_{side}" for side in SIDES])
    both = both.astype({f"segment_{side}": "Int64" for side in SIDES})
    both["revenue"] = both["revenue_after"].fillna(both["revenue_before"])
    pair = [f"{what}_{side}" for side in SIDES for what in ("segment", "name")]
    groups = both.groupby(pair, dropna=False)["revenue"]
    moves = groups.agg(customers="size", revenue=lambda money: money.sum(min_count=1)).reset_index()
    return Movement(*snapshots, moves)


def transition_shares(found: Movement) -> pd.DataFrame:
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
