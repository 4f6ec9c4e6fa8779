"""Would the segments of yesterday have told what came after? Beside what everybody could have said."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from segmentlab.evaluation.evidence import CEILING_FORECAST, GRID_FORECAST, SEGMENT_FORECAST
from segmentlab.evaluation.rfm_grid import make_rfm_grid
from segmentlab.evaluation.usefulness import (
    FloatValues,
    compute_score_intervals,
    compute_top_share,
    forecast_by_features,
    forecast_by_group,
)
from segmentlab.modelling import Labels, draw_stratified_rows


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
