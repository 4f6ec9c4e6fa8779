"""Ties spread out: measured values that repeat stand for a range, and a range has a density."""

from typing import Final

import numpy as np
import numpy.typing as npt

from segmentlab.modelling import Points

WIDEST_STEP: Final = 2.0  # a value reaches at most so many times farther to its wide side than to its narrow
LEAST_PILE: Final = 10  # customers at one value, before it can be a pile
LEAST_PILE_SHARE: Final = 0.01
STEEP_PILE: Final = 2.0  # times as dense as what lies beside it
PILE_NEIGHBOURS: Final = 50  # customers beside a pile who say how dense it is there
WIDEST_PILE: Final = 6.0  # times the range of the middle half of a column
OUTER_SHARE: Final = 0.02  # of customers beyond a pile, who leave it the end of its column

Counts = npt.NDArray[np.int64]


def spread_ties(points: Points, generator: np.random.Generator) -> Points:
    """Spread every repeated value of a column over the range that it stands for.

    A count of 1, 2, 3 stands for all between half way to its neighbours. A pile at the end of a column,
    such as nothing bought or an amount that was capped, stands for what lies beyond: it is spread outwards,
    as thinly as the customers beside it. Without this every whole number would be a dense place with gaps
    around it.
    """
    spread = points.copy()
    for column in range(points.shape[1]):
        spread[:, column] += _draw_offsets(points[:, column], generator)
    return spread


def has_ties(points: Points) -> bool:
    """Whether any column repeats a value."""
    return any(len(np.unique(column)) < len(column) for column in points.T)


def _draw_offsets(values: Points, generator: np.random.Generator) -> Points:
    distinct, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    if len(distinct) in (1, len(values)):
        return np.zeros(len(values))
    low, high = _find_ranges(distinct)
    for pile in np.flatnonzero(counts >= max(LEAST_PILE, LEAST_PILE_SHARE * len(values))):
        _widen_pile(int(pile), distinct, counts, low, high)
    repeated = counts > 1
    return generator.uniform(-np.where(repeated, low, 0.0)[place], np.where(repeated, high, 0.0)[place])


def _find_ranges(distinct: Points) -> tuple[Points, Points]:
    """How far each value reaches down and up: half way to its neighbours, and about as far on both sides."""
    steps = np.diff(distinct) / 2
    low, high = np.append(steps[0], steps), np.append(steps, steps[-1])
    return np.minimum(low, WIDEST_STEP * high), np.minimum(high, WIDEST_STEP * low)


def _widen_pile(pile: int, distinct: Points, counts: Counts, low: Points, high: Points) -> None:
    """Let a pile reach as far as it would with the density of the customers beside it."""
    ordered, count, total = np.repeat(distinct, counts), int(counts[pile]), int(counts.sum())
    below = int(counts[:pile].sum())
    above = total - below - count
    near = min(count, PILE_NEIGHBOURS)
    down = near / (distinct[pile] - ordered[below - near]) if below >= near else 0.0
    up = near / (ordered[below + count + near - 1] - distinct[pile]) if above >= near else 0.0
    beside = max(down, up)
    if not beside or count / (low[pile] + high[pile]) <= STEEP_PILE * beside:
        return
    middle = np.quantile(ordered, 0.75) - np.quantile(ordered, 0.25)
    width = min(count / beside, WIDEST_PILE * (middle or ordered.std()))
    if above < OUTER_SHARE * total:
        high[pile] = max(high[pile], width)
    elif below < OUTER_SHARE * total:
        low[pile] = max(low[pile], width)
    else:
        low[pile], high[pile] = max(low[pile], width / 2), max(high[pile], width / 2)
