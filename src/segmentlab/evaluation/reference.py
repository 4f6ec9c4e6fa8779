"""Is there anything to find? The segments against the same method on data without structure."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from segmentlab.evaluation.contract import Refit
from segmentlab.evaluation.draws import draws
from segmentlab.evaluation.nulls import NULLS
from segmentlab.evaluation.sample import stratified
from segmentlab.evaluation.silhouette import silhouettes
from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.numbering import NOISE


@dataclass(frozen=True)
class Reference:
    """The silhouettes that one null reaches, beside the one observed."""

    observed: float
    reached: npt.NDArray[np.float64]

    @property
    def p_value(self) -> float:
        """How often data without structure does as well, the data itself counted among the draws."""
        return float((1 + (self.reached >= self.observed).sum()) / (1 + len(self.reached)))


def against_null(
    refit: Refit, points: Points, labels: Labels, null: str, *, count: int, sample: int, seed: int
) -> Reference:
    """Fit the same flow on `count` data sets that the named null draws, and score each like the run's own."""
    observed = mean_silhouette(points, labels, sample, seed)
    reached = draws(partial(_one_null, refit, points, null, sample), count, seed, f"{null} null")
    return Reference(observed, np.asarray(reached))


def mean_silhouette(points: Points, labels: Labels, sample: int, seed: int) -> float:
    """The mean silhouette without noise; the worst there is where nothing was found.

    A null that yields no two segments has found nothing, which is an answer and not a missing value.
    """
    real = np.flatnonzero(labels != NOISE)
    segments = np.unique(labels[real])
    if not 2 <= len(segments) < len(real):
        return -1.0
    rows = real[stratified(labels[real], sample, seed)]
    return float(silhouettes(points[rows], labels[rows]).mean())


def _one_null(refit: Refit, points: Points, null: str, sample: int, seed: int) -> float:
    drawn = NULLS[null](points, np.random.default_rng(seed))
    return mean_silhouette(drawn, refit(drawn, seed).labels, sample, seed)
