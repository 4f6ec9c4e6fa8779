"""Power: the smallest effect that so many people can show, from what people like them did before."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from scipy import stats

from segmentlab.campaigns.groups import NO_BLOCK, BoolArray, FloatArray, IntArray
from segmentlab.errors import DataError

POWER: Final = 0.8
SIDES: Final = 0.05  # of claims where there is no effect, both sides together
REACH: Final = float(stats.norm.ppf(1 - SIDES / 2) + stats.norm.ppf(POWER))
CAPPED_AT: Final = 0.99  # of what people like these spent in an earlier window of the same length
BANDS, LEAST_IN_BAND = 50, 10
LEAST_PAST: Final = 20  # people of an earlier day, to learn anything of


@dataclass(frozen=True)
class Rehearsal:
    """What came of people like these, in a window of the same length that is over.

    Attributes:
        cap: What is counted of a customer's spend at most: fixed before anything happens.
        people: How many they were.
        bounds: Up to which expected spend each band of people reaches, in order.
        means: What they spent, capped.
        variances: How that scattered within the band.
    """

    cap: float
    people: int
    bounds: FloatArray
    means: FloatArray
    variances: FloatArray

    def foresee(self, index: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The mean and the variance of capped spend of people of whom so much is expected."""
        bands = np.minimum(np.searchsorted(self.bounds, index), len(self.bounds) - 1)
        return self.means[bands], self.variances[bands]


def rehearse(index: pd.Series, spend: pd.Series) -> Rehearsal:
    """Learn the cap and the scatter of spend from an earlier window.

    Args:
        index: What was expected of each customer then.
        spend: What they spent in the window.

    Raises:
        DataError: There were too few people, or nobody bought.

    Example:
        >>> import numpy as np
        >>> import pandas as pd
        >>> from segmentlab.campaigns import rehearse
        >>> index = pd.Series(np.arange(1000.0))
        >>> rehearse(index, index.where(index % 2 == 0, 0.0)).cap
        978.02
    """
    if len(index) < LEAST_PAST:
        raise DataError(
            f"Only {len(index)} customers were such as these when a window of as many days began that is "
            f"over now, and {LEAST_PAST} are needed to know how their spend scatters. Choose fewer days, or "
            "a goal that more people fit."
        )
    spent = np.maximum(spend.to_numpy(dtype=np.float64), 0.0)
    cap = find_cap(spent)
    order = np.argsort(index.to_numpy(dtype=np.float64), kind="stable")
    bands = np.array_split(order, max(min(BANDS, len(order) // LEAST_IN_BAND), 1))
    capped = np.minimum(spent, cap)
    sorted_index = index.to_numpy(dtype=np.float64)
    return Rehearsal(
        cap=cap,
        people=len(order),
        bounds=np.array([sorted_index[band[-1]] for band in bands]),
        means=np.array([capped[band].mean() for band in bands]),
        variances=np.array([capped[band].var(ddof=1) for band in bands]),
    )


def find_cap(spent: FloatArray) -> float:
    """The 99th percentile of spend; that of buyers alone where fewer than one in a hundred bought."""
    cap = float(np.quantile(spent, CAPPED_AT))
    if cap > 0:
        return cap
    if not (spent > 0).any():
        raise DataError(
            "None of the customers who were such as these bought anything in the window of as many days "
            "before, so no campaign could be measured by what they spend. Choose more days, or another goal."
        )
    return float(np.quantile(spent[spent > 0], CAPPED_AT))


@dataclass(frozen=True)
class SmallestEffect:
    """The smallest rise of capped spend that is seen four times in five.

    Attributes:
        money: Per person contacted.
        share: The same, of what they would have spent.
        base: What they would have spent.
    """

    money: float
    share: float
    base: float

    def count_needed(self, people: int, plausible: float) -> int:
        """How many people would show an effect of this share."""
        return int(np.ceil(people * (self.share / plausible) ** 2))


def find_smallest_effect(
    rehearsal: Rehearsal, index: FloatArray, control: BoolArray, blocks: IntArray
) -> SmallestEffect | None:
    """What can be seen with these groups; nothing where there is no control group."""
    inside = blocks != NO_BLOCK
    if not inside.any():
        return None
    means, variances = rehearsal.foresee(index[inside])
    _, own = np.unique(blocks[inside], return_inverse=True)
    people = np.bincount(own)
    controls = np.bincount(own, control[inside])
    spread = np.bincount(own, variances) / people
    share = people / people.sum()
    error = np.sqrt((share**2 * spread * (1 / controls + 1 / (people - controls))).sum())
    base, money = float(means.mean()), float(REACH * error)
    return SmallestEffect(money, money / base if base > 0 else np.inf, base)
