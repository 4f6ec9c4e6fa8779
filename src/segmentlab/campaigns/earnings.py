"""Earnings: what a campaign brought for its money, and what a better choice of parts would have."""

from typing import Final

import numpy as np
import pandas as pd

from segmentlab.campaigns.groups import NO_BLOCK, BoolArray, FloatArray, IntArray
from segmentlab.campaigns.uplift import sum_blocks

SPLITS: Final = 50  # of the blocks into halves; one would hang on its chance


def list_earnings(uplift: pd.DataFrame, contacts: pd.Series, cost: float, margin: float) -> pd.DataFrame:
    """What each part earned: margin times uplift, less what the contacts cost.

    Args:
        uplift: Of capped spend, as `measure_uplift` gives it: `part`, `difference`, `low`, `high`, `doubt`.
        contacts: By part, how many were contacted.
        cost: Of a contact.
        margin: The share of spend that is earned.

    Returns:
        By part `contacts`; `per_contact` and `earned`, of one contact and of all, each with the ends of its
        interval, as in `earned_low`. A part without a control group has no figures.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.campaigns import list_earnings
        >>> seen = pd.DataFrame({"part": ["all"], "difference": [3.0], "low": [1.0], "high": [5.0]})
        >>> seen = seen.assign(doubt="")
        >>> list_earnings(seen, pd.Series({"all": 10}), cost=0.5, margin=0.5)["earned"].tolist()
        [10.0]
    """
    table = uplift[["part", "doubt"]].assign(contacts=uplift["part"].map(contacts))
    for name, column in (("", "difference"), ("_low", "low"), ("_high", "high")):
        table[f"per_contact{name}"] = margin * uplift[column] - cost
        table[f"earned{name}"] = table[f"per_contact{name}"] * table["contacts"]
    return table


def choose_parts(
    spend: pd.Series, people: pd.DataFrame, cost: float, margin: float, seed: int = 0
) -> dict[str, float]:
    """What the same campaign would have earned among the parts alone that were worth it.

    Who chooses and counts by the same figures counts luck as gain. So half of the blocks choose, and the
    other half counts, both ways round, and over many halves.

    Args:
        spend: Capped, of each of the people.
        people: `part`, `block` and `controlled` of each.
        cost: Of a contact.
        margin: The share of spend that is earned.
        seed: Of the halves.

    Returns:
        `as_it_was`, what was earned of those who can be compared; `chosen`, what a choice would have earned,
        by halves; and `in_hindsight`, the same by the figures that chose, which is too much.
    """
    blocks = people["block"].to_numpy(dtype=np.int64)
    table = sum_blocks(spend, people["controlled"].to_numpy(dtype=bool), blocks)
    part_of = people[blocks != NO_BLOCK].groupby("block")["part"].first().reindex(table.index)
    parts, number = np.unique(part_of.to_numpy(dtype=str), return_inverse=True)
    contacts = np.bincount(number, table["contacts"], minlength=len(parts))
    sizes = (table["contacts"] + table["controls"]).to_numpy()
    differences = (table["contact"] - table["control"]).to_numpy()

    def earn(weights: FloatArray) -> FloatArray:
        """Per contact of each part, by the blocks that weigh something; nothing where none does."""
        people_of = np.bincount(number, weights, minlength=len(parts))
        sums = np.bincount(number, weights * differences, minlength=len(parts))
        means = np.divide(sums, people_of, out=np.full(len(parts), np.nan), where=people_of > 0)
        return np.asarray(np.nan_to_num(margin * means - cost, nan=0.0), dtype=np.float64)

    chance = np.random.default_rng(seed)
    gains = np.zeros(len(parts))
    for _ in range(SPLITS):
        half = _split_halves(number, chance)
        first, second = earn(sizes * half), earn(sizes * ~half)
        gains += (np.where(second > 0, first, 0.0) + np.where(first > 0, second, 0.0)) / 2 / SPLITS
    whole = earn(sizes)
    return {
        "as_it_was": float((whole * contacts).sum()),
        "chosen": float((gains * contacts).sum()),
        "in_hindsight": float((np.maximum(whole, 0) * contacts).sum()),
    }


def _split_halves(parts: IntArray, chance: np.random.Generator) -> BoolArray:
    """Every other block of each part, in a random order; whether the first or the second begins is chance."""
    order = np.lexsort((chance.random(len(parts)), parts))
    half = np.zeros(len(parts), dtype=bool)
    begins = np.searchsorted(parts[order], parts[order])
    half[order] = (np.arange(len(parts)) - begins + chance.integers(0, 2)) % 2 == 0
    return half
