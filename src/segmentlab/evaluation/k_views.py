"""What repeated fits say of each number of segments: four views, from the same few data sets for every k."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.evaluation.contract import Refit
from segmentlab.evaluation.draws import draws
from segmentlab.evaluation.gap import gap
from segmentlab.evaluation.nulls import gaussian
from segmentlab.evaluation.prediction_strength import prediction_strength
from segmentlab.evaluation.reference import mean_silhouette
from segmentlab.evaluation.separation import within_sum_of_squares
from segmentlab.evaluation.stability import bootstrap_jaccard
from segmentlab.modelling.contract import Labels, Points


def k_views(
    refits: Mapping[int, Refit],
    points: Points,
    labels: Mapping[int, Labels],
    *,
    count: int,
    sample: int,
    seed: int,
) -> pd.DataFrame:
    """Per k: `stability`, `prediction_strength`, `gap` and its `error`, and a cloud's silhouette, `null`."""
    within = {k: within_sum_of_squares(points, own) for k, own in labels.items()}
    table = gap(refits, points, within, count=count, seed=seed)
    clouds = draws(partial(_one_cloud, refits, points, sample), count, seed, "cloud at every k")
    return table.assign(
        stability=[
            float(bootstrap_jaccard(refit, points, labels[k], count, seed)["jaccard"].mean())
            for k, refit in refits.items()
        ],
        prediction_strength=[
            prediction_strength(refit, points, count, seed).value for refit in refits.values()
        ],
        null=np.mean(clouds, axis=0),
    )


def _one_cloud(
    refits: Mapping[int, Refit], points: Points, sample: int, seed: int
) -> npt.NDArray[np.float64]:
    """What the silhouette reaches at each k on one cloud of the same covariance."""
    drawn = gaussian(points, np.random.default_rng(seed))
    return np.array(
        [mean_silhouette(drawn, refit(drawn, seed).labels, sample, seed) for refit in refits.values()]
    )
