"""Intervals of demand: what came beside what was expected, among products of about the same demand."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from scipy.special import pdtrik

from segmentlab.goods.demand import Amounts, DemandBefore, Places

LEAST_CELLS: Final = 20  # products of about the same demand, of which an interval can be told
LEVELS: Final = (0.05, 0.95)
LEAST_EXPECTED: Final = 0.5  # pieces; of less, of which nothing was bought lately, there is nothing to say


class Outcomes(NamedTuple):
    """What was expected and what came on one day: of segments, and of all together."""

    segments: tuple[Amounts, Amounts]
    whole: tuple[Amounts, Amounts]


def pair_outcomes(forecast: Amounts, one: DemandBefore) -> Outcomes:
    """Leave out customers who came since segments were learnt: later there are none of them."""
    rows = np.delete(np.arange(one.groups), one.segments)
    own = _keep_expected(forecast[rows].ravel(), one.came[rows].ravel())
    return Outcomes(own, _keep_expected(forecast.sum(axis=0), one.came.sum(axis=0)))


def _keep_expected(forecast: Amounts, came: Amounts) -> tuple[Amounts, Amounts]:
    expected = forecast > 0
    return forecast[expected], came[expected]


def bound_demand(expected: Amounts, known: Sequence[tuple[Amounts, Amounts]]) -> tuple[Amounts, Amounts]:
    """The interval of each: the widest that any of the earlier days asks for, and never less than chance."""
    low, high = (np.nan_to_num(np.ceil(pdtrik(level, expected))).clip(0.0) for level in LEVELS)
    bins = _find_bins(expected)
    for before, came in known:
        if not len(before):
            continue
        own = _find_bins(before)
        for size in np.unique(bins):
            near = np.argsort(np.abs(own - size), kind="stable")
            like = own == size if (own == size).sum() >= LEAST_CELLS else near[:LEAST_CELLS]
            least, most = np.quantile(came[like] / before[like], LEVELS)
            here = bins == size
            low[here] = np.minimum(low[here], least * expected[here])
            high[here] = np.maximum(high[here], most * expected[here])
    return np.minimum(low, expected), np.maximum(high, expected)


def _find_bins(expected: Amounts) -> Places:
    """Doublings of demand."""
    return np.floor(np.log2(np.maximum(expected, 1e-3))).astype(np.int64)


def try_intervals(outcomes: Sequence[Outcomes]) -> float | None:
    """The share of outcomes inside, on each day by what the others taught."""
    if len(outcomes) < 2:
        return None
    held = []
    for number, (one, _) in enumerate(outcomes):
        others = [other.segments for place, other in enumerate(outcomes) if place != number]
        stocked = one[0] >= LEAST_EXPECTED
        low, high = bound_demand(one[0][stocked], others)
        came = one[1][stocked]
        held.append(float(((came >= low) & (came <= high)).mean()) if len(came) else np.nan)
    return float(np.nanmean(held)) if not np.isnan(held).all() else None
