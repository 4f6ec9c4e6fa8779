"""Who is elsewhere in another run: customers whose segment there is not the counterpart of theirs here."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from segmentlab.errors import DataError
from segmentlab.modelling import NOISE, match_segments, read_numbers

MONEY: Final = "net"  # what a customer paid, of runs that know it
MOVE_COLUMNS: Final = ("from", "to", "customers", "share")


@dataclass(frozen=True)
class Movers:
    """Two runs on the customers that both know, their segments matched by whom they share.

    Attributes:
        pairs: A row for each segment of either: `first`, `second`, `shared`, `overlap`; one without a
            counterpart has none beside it.
        moves: How many customers moved from which segment to which, with their money where it is known.
        people: Those customers, with both segments and how sure both are.
        shared: How many customers both runs know.
    """

    pairs: pd.DataFrame
    moves: pd.DataFrame
    people: pd.DataFrame
    shared: int

    @property
    def stayed(self) -> float:
        """The share of the customers who are in the counterpart of their segment."""
        return 1 - len(self.people) / self.shared


def find_movers(first: pd.DataFrame, second: pd.DataFrame) -> Movers:
    """Compare two runs, each by its customers: `customer_id`, `segment`, `name`, and what else there is.

    Raises:
        DataError: They share no customer.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.evaluation import find_movers
        >>> def tell(segments): return pd.DataFrame(
        ...     {"customer_id": list("abcd"), "segment": segments, "name": [f"S{one}" for one in segments]})
        >>> find_movers(tell([0, 0, 1, 1]), tell([1, 1, 0, 1])).people["customer_id"].tolist()
        ['d']
    """
    here, there = (run.set_index("customer_id") for run in (first, second))
    both = here.index.intersection(there.index)
    if both.empty:
        raise DataError("These runs share no customer: choose two on the same data.")
    here, there = here.loc[both], there.loc[both]
    matched = match_segments(there["segment"], here["segment"], int(here["segment"].max()) + 1)
    counterpart = there["segment"].map({**read_numbers(matched), NOISE: NOISE})
    moved = here.index[(counterpart != here["segment"]).to_numpy()]
    people = _list_people(here.loc[moved], there.loc[moved])
    return Movers(_name_pairs(matched, here, there), _count_moves(people, len(both)), people, len(both))


def _list_people(here: pd.DataFrame, there: pd.DataFrame) -> pd.DataFrame:
    told = {"from": here["name"], "to": there["name"]}
    for side, run in (("from", here), ("to", there)):
        if "confidence" in run:
            told[f"confidence_{side}"] = run["confidence"]
    if MONEY in here:
        told[MONEY] = here[MONEY]
    people = pd.DataFrame(told).reset_index()
    order = [MONEY, "customer_id"] if MONEY in people else ["customer_id"]
    return people.sort_values(order, ascending=[name == "customer_id" for name in order], ignore_index=True)


def _count_moves(people: pd.DataFrame, shared: int) -> pd.DataFrame:
    if people.empty:
        return pd.DataFrame(columns=list(MOVE_COLUMNS))
    groups = people.groupby(["from", "to"], sort=True)
    moves = groups.size().rename("customers").to_frame()
    moves["share"] = moves["customers"] / shared
    if MONEY in people:
        moves[MONEY] = groups[MONEY].sum()
    return moves.reset_index().sort_values(
        ["customers", "from", "to"], ascending=[False, True, True], ignore_index=True
    )


def _name_pairs(matched: pd.DataFrame, here: pd.DataFrame, there: pd.DataFrame) -> pd.DataFrame:
    names = [dict(zip(run["segment"], run["name"], strict=True)) for run in (here, there)]
    return pd.DataFrame(
        {
            "first": matched["before"].map(names[0]),
            "second": matched["segment"].map(names[1]),
            "shared": matched["shared"],
            "overlap": matched["overlap"],
        }
    )
