"""Whether two runs see the same segments, whatever they call them."""

import math
from dataclasses import dataclass

import pandas as pd
from sklearn.metrics import adjusted_rand_score

from segmentlab.errors import DataError
from segmentlab.modelling import NOISE


@dataclass(frozen=True)
class Agreement:
    """Two runs on the customers that both know."""

    first: str
    second: str
    shared: int  # customers that both runs know
    placed: int  # those of them that both put in a segment
    adjusted_rand: float  # on them: 1 is the same segments, 0 is chance; NaN where there is nobody
    overlap: pd.DataFrame  # a row per pair of segments that share customers


def measure_agreement(first: tuple[str, pd.DataFrame], second: tuple[str, pd.DataFrame]) -> Agreement:
    """Compare two runs, each given by its name and its customers: customer_id, segment and name.

    Noise is no segment: whom one run puts nowhere does not count for or against the other.
    """
    (name, customers), (other_name, other_customers) = first, second
    both = customers.merge(other_customers, on="customer_id", suffixes=("_first", "_second"))
    if both.empty:
        raise DataError(
            f"The runs '{name}' and '{other_name}' share no customer, so their segments can't be compared. "
            "Choose runs on the same data."
        )
    placed = both[(both["segment_first"] != NOISE) & (both["segment_second"] != NOISE)]
    return Agreement(
        name, other_name, len(both), len(placed), _compute_rand_index(placed), _count_overlap(both)
    )


def _compute_rand_index(placed: pd.DataFrame) -> float:
    """scikit-learn calls two empty segmentations the same; nothing is known of them."""
    if placed.empty:
        return math.nan
    return float(adjusted_rand_score(placed["segment_first"], placed["segment_second"]))


def _count_overlap(both: pd.DataFrame) -> pd.DataFrame:
    """How many customers each two segments share, and what share of each that is."""
    pair = ["segment_first", "name_first", "segment_second", "name_second"]
    table = both.groupby(pair).size().rename("customers").reset_index()
    for side in ("first", "second"):
        whole = table.groupby(f"segment_{side}")["customers"].transform("sum")
        table[f"share_of_{side}"] = table["customers"] / whole
    return table
