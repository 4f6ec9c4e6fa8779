"""Fewer rows than there are, drawn by a seed so that every group keeps its share."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.modelling.interfaces import Points

FIRST_LOOK: Final = 100  # times as many rows as shall differ; mostly they do
LEAST_ROWS: Final = 2  # of each group; a silhouette is of two customers or more


def draw_stratified_rows(groups: npt.NDArray[np.int_], size: int, seed: int) -> npt.NDArray[np.intp]:
    """Positions of about `size` rows, each group in proportion and none below `LEAST_ROWS`.

    A plain random sample can miss a small segment, and its silhouette with it. Shares are rounded, so the
    sample may hold a few more than `size`.
    """
    if len(groups) <= size:
        return np.arange(len(groups))
    generator = np.random.default_rng(seed)
    chosen = []
    for group in np.unique(groups):
        members = np.flatnonzero(groups == group)
        share = max(LEAST_ROWS, round(size * len(members) / len(groups)))
        chosen.append(generator.choice(members, size=min(share, len(members)), replace=False))
    return np.sort(np.concatenate(chosen))


def draw_limited_rows(groups: npt.NDArray[np.int_], limit: int, seed: int) -> npt.NDArray[np.intp]:
    """The same, and never more than `limit` rows, where that leaves room for every group."""
    size, rows = limit, draw_stratified_rows(groups, limit, seed)
    while len(rows) > limit and size > 0:  # shares were rounded up
        size -= len(rows) - limit
        rows = draw_stratified_rows(groups, size, seed)
    return rows


def has_different_rows(points: Points | pd.DataFrame, least: int) -> bool:
    """Whether so many rows differ from each other. Mostly the first ones tell it alone."""
    first = pd.DataFrame(points[: FIRST_LOOK * least])
    if (~first.duplicated()).sum() >= least:
        return True
    return len(first) < len(points) and bool((~pd.DataFrame(points).duplicated()).sum() >= least)
