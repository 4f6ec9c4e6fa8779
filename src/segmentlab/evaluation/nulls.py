"""Data as it would be without segments: three ways to lose the structure and keep the rest."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import numpy as np

from segmentlab.modelling.contract import Points

ROUNDS: Final = 3  # ties weaken a correlation; so often it is strengthened again until ranks agree


def gaussian(points: Points, generator: np.random.Generator) -> Points:
    """One cloud with the same means and covariances: what correlation alone would look like."""
    covariance = np.atleast_2d(np.cov(points, rowvar=False))
    return generator.multivariate_normal(points.mean(axis=0), covariance, len(points), method="eigh")


def permuted(points: Points, generator: np.random.Generator) -> Points:
    """Every column shuffled by itself: the same values, and no feature knows of another."""
    return generator.permuted(points, axis=0)


def copula(points: Points, generator: np.random.Generator) -> Points:
    """The same values in each column, joined as loosely as their ranks correlate.

    It keeps the spikes of "bought once" and every feature's own shape. What is left to find is groups
    of customers that neither single features nor their correlations explain.
    """
    wanted = _rank_correlation(points)
    latent = wanted
    for _ in range(ROUNDS):
        reached = _rank_correlation(_joined(points, latent, generator))
        latent = np.clip(latent + wanted - reached, -1, 1)
    return _joined(points, latent, generator)


def _joined(points: Points, latent: Points, generator: np.random.Generator) -> Points:
    """The values of each column in the order of a Gaussian's, whose correlations are `latent`."""
    # Correlations moved one by one may belong to no Gaussian; "ignore" then takes the nearest.
    drawn = generator.multivariate_normal(
        np.zeros(len(latent)), latent, len(points), check_valid="ignore", method="eigh"
    )
    ranks = np.argsort(np.argsort(drawn, axis=0), axis=0)
    return np.take_along_axis(np.sort(points, axis=0), ranks, axis=0)


def _rank_correlation(points: Points) -> Points:
    from scipy.stats import rankdata

    return np.atleast_2d(np.corrcoef(rankdata(points, axis=0), rowvar=False))


NULLS: Mapping[str, Callable[[Points, np.random.Generator], Points]] = MappingProxyType(
    {"gaussian": gaussian, "permuted": permuted, "copula": copula}
)
