"""Is there anything to find? The segments against the same method on data without structure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from segmentlab.evaluation.draws import repeat_draws
from segmentlab.evaluation.refit import Refit
from segmentlab.evaluation.scores import compute_silhouettes
from segmentlab.modelling import NOISE, Labels, Points, draw_stratified_rows

# Data as it would be without segments: three ways to lose the structure and keep the rest.


COPULA_ROUNDS: Final = 3  # ties weaken a correlation; so often it is strengthened again until ranks agree


def draw_gaussian(points: Points, generator: np.random.Generator) -> Points:
    """One cloud with the same means and covariances: what correlation alone would look like."""
    covariance = np.atleast_2d(np.cov(points, rowvar=False))
    return generator.multivariate_normal(points.mean(axis=0), covariance, len(points), method="eigh")


def permute_columns(points: Points, generator: np.random.Generator) -> Points:
    """Every column shuffled by itself: the same values, and no feature knows of another."""
    return generator.permuted(points, axis=0)


def draw_copula(points: Points, generator: np.random.Generator) -> Points:
    """The same values in each column, joined as loosely as their ranks correlate.

    It keeps the spikes of "bought once" and every feature's own shape. What is left to find is groups
    of customers that neither single features nor their correlations explain.
    """
    wanted = _compute_rank_correlation(points)
    latent = wanted
    for _ in range(COPULA_ROUNDS):
        reached = _compute_rank_correlation(_join_by_rank(points, latent, generator))
        latent = np.clip(latent + wanted - reached, -1, 1)
    return _join_by_rank(points, latent, generator)


def _join_by_rank(points: Points, latent: Points, generator: np.random.Generator) -> Points:
    """The values of each column in the order of a Gaussian's, whose correlations are `latent`."""
    # Correlations moved one by one may belong to no Gaussian; "ignore" then takes the nearest.
    drawn = generator.multivariate_normal(
        np.zeros(len(latent)), latent, len(points), check_valid="ignore", method="eigh"
    )
    ranks = np.argsort(np.argsort(drawn, axis=0), axis=0)
    return np.take_along_axis(np.sort(points, axis=0), ranks, axis=0)


def _compute_rank_correlation(points: Points) -> Points:
    from scipy.stats import rankdata

    return np.atleast_2d(np.corrcoef(rankdata(points, axis=0), rowvar=False))


NULL_MODELS: Mapping[str, Callable[[Points, np.random.Generator], Points]] = MappingProxyType(
    {"gaussian": draw_gaussian, "permuted": permute_columns, "copula": draw_copula}
)


@dataclass(frozen=True)
class Reference:
    """The silhouettes that one null reaches, beside the one observed."""

    observed: float
    reached: npt.NDArray[np.float64]

    @property
    def p_value(self) -> float:
        """How often data without structure does as well, the data itself counted among the draws."""
        return float((1 + (self.reached >= self.observed).sum()) / (1 + len(self.reached)))


def compare_with_null(
    refit: Refit, points: Points, labels: Labels, null: str, *, count: int, sample: int, seed: int
) -> Reference:
    """Fit the same flow on `count` data sets that the named null draws, and score each like the run's own."""
    observed = compute_mean_silhouette(points, labels, sample, seed)
    reached = repeat_draws(partial(_score_one_null, refit, points, null, sample), count, seed, f"{null} null")
    return Reference(observed, np.asarray(reached))


def compute_mean_silhouette(points: Points, labels: Labels, sample: int, seed: int) -> float:
    """The mean silhouette without noise; the worst there is where nothing was found.

    A null that yields no two segments has found nothing, which is an answer and not a missing value.
    """
    real = np.flatnonzero(labels != NOISE)
    segments = np.unique(labels[real])
    if not 2 <= len(segments) < len(real):
        return -1.0
    rows = real[draw_stratified_rows(labels[real], sample, seed)]
    return float(compute_silhouettes(points[rows], labels[rows]).mean())


def _score_one_null(refit: Refit, points: Points, null: str, sample: int, seed: int) -> float:
    drawn = NULL_MODELS[null](points, np.random.default_rng(seed))
    return compute_mean_silhouette(drawn, refit(drawn, seed).labels, sample, seed)


VERDICT_LEVEL: Final = 0.05  # below it, segments are better than what a null reaches
