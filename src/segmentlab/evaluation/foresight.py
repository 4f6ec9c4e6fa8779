"""Would the segments of yesterday have told what came after? Beside what everybody could have said."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from segmentlab.evaluation.evidence import CEILING, GRID, SEGMENTS
from segmentlab.evaluation.rfm_grid import rfm_grid
from segmentlab.evaluation.sample import stratified
from segmentlab.evaluation.usefulness import Values, by_features, by_group, intervals, top_share
from segmentlab.modelling.contract import Labels


class Foresight(NamedTuple):
    """Scores per forecast with their intervals, and the share of later revenue of the best segment."""

    table: pd.DataFrame
    top_share: float | None


def foresight(
    labels: Labels,
    rfm: pd.DataFrame,
    features: pd.DataFrame,
    spend: Values,
    *,
    sample: int,
    resamples: int,
    seed: int,
) -> Foresight:
    """Judge segments by what their customers spent later, beside three other forecasts.

    A grid of RFM quantiles with as many cells, one segment of all, and the features themselves, which
    no segmentation of them is expected to beat.
    """
    grid = rfm_grid(rfm, len(np.unique(labels)))
    rows = stratified(labels, sample, seed)
    later = spend[rows]
    forecasts = {
        SEGMENTS: by_group(labels[rows], later, seed),
        GRID: by_group(grid[rows], later, seed),
        "baseline_single": by_group(np.zeros(len(rows), dtype=np.int64), later, seed),
        CEILING: by_features(features.to_numpy()[rows], later, seed),
    }
    table = intervals(forecasts, later, against=GRID, resamples=resamples, seed=seed)
    return Foresight(table.rename_axis("forecast"), top_share(labels[rows], forecasts[SEGMENTS], later))
