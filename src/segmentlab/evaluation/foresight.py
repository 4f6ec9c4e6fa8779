"""Would the segments of yesterday have told what came after? Beside what everybody could have said."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.evidence import (
    CEILING_FORECAST,
    GRID_FORECAST,
    PAST_FORECAST,
    SEGMENT_FORECAST,
    VALUE_FORECAST,
)
from segmentlab.evaluation.rfm_grid import make_rfm_grid
from segmentlab.evaluation.usefulness import (
    FloatValues,
    compute_score_intervals,
    compute_top_share,
    draw_folds,
    forecast_by_columns,
    forecast_by_features,
    forecast_by_group,
)
from segmentlab.modelling import Labels, draw_stratified_rows


class Foresight(NamedTuple):
    """Scores per forecast with their intervals, and the share of later revenue of the best segment."""

    table: pd.DataFrame
    top_share: float | None


def list_told_forecasts(past: pd.Series, value: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    """What each customer spent until the day, and what a value model of that day foresees, if there is one.

    `score` stands for the logarithm of later spend, `buys` for whether they buy again.
    """
    spent = np.log1p(past.clip(lower=0.0))
    told = {PAST_FORECAST: pd.DataFrame({"score": spent, "buys": spent})}
    return told if value is None else {**told, VALUE_FORECAST: value[["score", "buys"]]}


def judge_foresight(
    labels: Labels,
    rfm: pd.DataFrame,
    features: pd.DataFrame,
    spend: FloatValues,
    *,
    told: Mapping[str, pd.DataFrame],
    effort: Effort,
    seed: int,
) -> Foresight:
    """Judge segments by what their customers spent later, beside other forecasts.

    A grid of RFM quantiles with as many cells, one segment of all, numbers that are `told` of each customer
    (`list_told_forecasts`), and the features themselves, which no segmentation of them is expected to beat.
    """
    grid = make_rfm_grid(rfm, len(np.unique(labels)))
    rows = draw_stratified_rows(labels, effort.sample, seed)
    later = spend[rows]
    folds = draw_folds(len(rows), seed)
    forecasts = {
        SEGMENT_FORECAST: forecast_by_group(labels[rows], later, seed),
        GRID_FORECAST: forecast_by_group(grid[rows], later, seed),
        "baseline_single": forecast_by_group(np.zeros(len(rows), dtype=np.int64), later, seed),
        **{name: forecast_by_columns(one.iloc[rows], later, folds) for name, one in told.items()},
        CEILING_FORECAST: forecast_by_features(features.to_numpy()[rows], later, seed),
    }
    table = compute_score_intervals(
        forecasts, later, GRID_FORECAST, effort.resamples, seed, rivals={VALUE_FORECAST: PAST_FORECAST}
    )
    return Foresight(
        table.rename_axis("forecast"), compute_top_share(labels[rows], forecasts[SEGMENT_FORECAST], later)
    )
