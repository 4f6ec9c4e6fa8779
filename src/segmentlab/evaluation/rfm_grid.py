"""The segmentation that everybody had before: customers cut at quantiles of recency, frequency, monetary."""

import numpy as np
import pandas as pd

from segmentlab.modelling import Labels, find_quantile_cuts


def make_rfm_grid(rfm: pd.DataFrame, cells: int) -> Labels:
    """As many cells as asked for: the largest is halved at its median, by each column in turn.

    A grid of three by three by three can't have five cells; this has any number, and is a quantile
    grid where the number allows one. A cell that no column can halve stays whole, so there may be fewer.
    """
    labels = np.zeros(len(rfm), dtype=np.int64)
    turns, closed = {0: 0}, set[int]()
    values = rfm.to_numpy(dtype=np.float64)
    while len(turns) < cells:
        sizes = np.bincount(labels, minlength=len(turns))
        open_cells = [cell for cell in turns if cell not in closed]
        if not open_cells:
            break
        largest = max(open_cells, key=lambda cell: sizes[cell])
        turn, upper = _find_upper_half(values[labels == largest], turns[largest])
        if upper is None:
            closed.add(largest)
            continue
        rows = np.flatnonzero(labels == largest)[upper]
        labels[rows] = len(turns)
        turns[largest] = turns[len(turns)] = turn + 1
    return labels


def _find_upper_half(values: np.ndarray, turn: int) -> tuple[int, np.ndarray | None]:
    """Which rows lie above the median of the first column, from this turn on, that tells rows apart."""
    for step in range(turn, turn + values.shape[1]):
        column = values[:, step % values.shape[1]]
        for cut in find_quantile_cuts(column, 2):
            return step, column > cut
    return turn, None
