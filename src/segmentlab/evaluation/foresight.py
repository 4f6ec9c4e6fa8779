"""Would the segments of yesterday have told what came after? Beside what everybody could have said."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from segmentlab.evaluation.evidence import CEILING_FORECAST, GRID_FORECAST, SEGMENT_FORECAST
from segmentlab.evaluation.usefulness import (
    FloatValues,
    compute_score_intervals,
    compute_top_share,
    forecast_by_features,
    forecast_by_group,
)
from segmentlab.modelling import Labels, draw_stratified_rows, find_quantile_cuts

# The segmentation that everybody had before: customers cut at quantiles of recency, frequency, monetary.


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


class Foresight(NamedTuple):
    """Scores per forecast with their intervals, and the share of later revenue of the best segment."""

    table: pd.DataFrame
    top_share: float | None


def judge_foresight(
    labels: Labels,
    rfm: pd.DataFrame,
    features: pd.DataFrame,
    spend: FloatValues,
    *,
    sample: int,
    resamples: int,
    seed: int,
) -> Foresight:
    """Judge segments by what their customers spent later, beside three other forecasts.

    A grid of RFM quantiles with as many cells, one segment of all, and the features themselves, which
    no segmentation of them is expected to beat.
    """
    grid = make_rfm_grid(rfm, len(np.unique(labels)))
    rows = draw_stratified_rows(labels, sample, seed)
    later = spend[rows]
    forecasts = {
        SEGMENT_FORECAST: forecast_by_group(labels[rows], later, seed),
        GRID_FORECAST: forecast_by_group(grid[rows], later, seed),
        "baseline_single": forecast_by_group(np.zeros(len(rows), dtype=np.int64), later, seed),
        CEILING_FORECAST: forecast_by_features(features.to_numpy()[rows], later, seed),
    }
    table = compute_score_intervals(forecasts, later, against=GRID_FORECAST, resamples=resamples, seed=seed)
    return Foresight(
        table.rename_axis("forecast"), compute_top_share(labels[rows], forecasts[SEGMENT_FORECAST], later)
    )
