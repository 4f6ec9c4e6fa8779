"""The identity of segments: a new segmentation bears the numbers of the one before it.

Campaigns, dashboards and people call a segment by its number. A model that is fitted anew finds much the
same segments in another order, so its numbers are settled by the customers that both place.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linear_sum_assignment

from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.scorer import Scorer

# Of the customers in either, those in both. At a third, segments of one size share half of their customers;
# below it the larger part is new, and a campaign for the one would reach mostly strangers in the other.
SAME_SEGMENT_OVERLAP: Final = 1 / 3
MATCH_COLUMNS: Final = ("segment", "number", "before", "shared", "overlap")


def match_segments(
    segments: pd.Series, before: pd.Series, next_free: int, in_use: Collection[int] = ()
) -> pd.DataFrame:
    """What number each new segment bears: a row per segment, and one per number that nobody bears any more.

    Both series tell the segment by customer. `number` is what `segment` is called from now on, and `before`
    is its counterpart; `shared` counts the customers in both, and `overlap` is their share of those in
    either, among customers that both segmentations know. Pairs are assigned so that all overlaps together
    are greatest. A segment without a counterpart gets a number that was never used: `next_free` and on.
    `in_use` has the numbers of segments before that may hold nobody any more.
    """
    own, old = _drop_noise(segments), _drop_noise([*before, *in_use])
    shared = _count_shared(segments, before, own, old)
    overlap = _compute_overlap(shared)
    rows, columns = linear_sum_assignment(
        np.where(overlap >= SAME_SEGMENT_OVERLAP, overlap, 0.0), maximize=True
    )
    pairs = {
        row: column
        for row, column in zip(rows, columns, strict=True)
        if overlap[row, column] >= SAME_SEGMENT_OVERLAP
    }
    fresh = itertools.count(next_free)
    found: list[tuple[object, ...]] = [
        (segment, old[pairs[row]], old[pairs[row]], shared[row, pairs[row]], overlap[row, pairs[row]])
        if row in pairs
        else (segment, next(fresh), None, 0, np.nan)
        for row, segment in enumerate(own)
    ]
    gone = [(None, None, number, 0, np.nan) for at, number in enumerate(old) if at not in pairs.values()]
    table = pd.DataFrame([*found, *gone], columns=list(MATCH_COLUMNS))
    return table.astype({"segment": "Int64", "number": "Int64", "before": "Int64", "shared": "int64"})


def read_numbers(table: pd.DataFrame) -> dict[int, int]:
    """The number of each segment, from the table of `match`."""
    present = table.dropna(subset=["segment"])
    return {int(own): int(number) for own, number in zip(present["segment"], present["number"], strict=True)}


def apply_numbers(scorer: Scorer, numbers: Mapping[int, int]) -> Scorer:
    """The same scorer, answering with other numbers: the names go with their segments.

    A scorer finds a number by its place in `order`. Places that no segment bears hold labels that no
    customer can have.
    """
    labels = np.asarray(scorer.order, dtype=np.int64)
    nobodys = scorer.first_free + len(scorer.apart)
    order = nobodys + np.arange(max(numbers.values(), default=NOISE) + 1)
    for own, number in numbers.items():
        order[number] = labels[own]
    names = {number: scorer.names[own] for own, number in numbers.items()}
    return replace(scorer, order=order, names={NOISE: scorer.names[NOISE], **names})


def _drop_noise(segments: Iterable[int]) -> list[int]:
    """Noise has no number to keep."""
    return sorted({int(segment) for segment in segments} - {NOISE})


def _count_shared(
    segments: pd.Series, before: pd.Series, own: list[int], old: list[int]
) -> npt.NDArray[np.int64]:
    """How many customers each two segments share; a row per new segment, a column per one before."""
    both = pd.DataFrame({"segment": segments, "before": before}).dropna().astype("int64")
    table = pd.crosstab(both["segment"], both["before"])
    return table.reindex(index=own, columns=old, fill_value=0).to_numpy(dtype=np.int64)


def _compute_overlap(shared: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """The Jaccard index of each two, among the customers that both segmentations put in a segment."""
    either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    return np.asarray(shared / np.maximum(either, 1), dtype=np.float64)
