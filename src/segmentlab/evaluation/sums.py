"""How separated segments are, from sums over all customers: no two customers are ever compared."""

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import cdist

from segmentlab.evaluation.separation import Separation

SIMPLIFIED: Final = "separation/simplified_silhouette"

FloatArray = npt.NDArray[np.float64]


class SegmentSums(NamedTuple):
    """Sums over the customers of each segment, without noise, in the scoring space.

    `customers` counts them, `middles` are their means, `squares` the sums of their squared distances to
    the middle, `distances` those of the distances themselves, `silhouettes` of the simplified silhouettes.
    """

    customers: FloatArray
    middles: FloatArray
    squares: FloatArray
    distances: FloatArray
    silhouettes: FloatArray
    noise: int


def put_sums(separation: Separation, sums: SegmentSums, note: str) -> Separation:
    """The separation of a sample with what all customers tell in its place, as far as sums tell it.

    The simplified silhouette (Hruschka, 2004) takes the distance to the middle of a segment for the mean
    distance to its customers; it stands beside the silhouette of the sample, not in its place.
    """
    total, everybody = sums.customers.sum(), sums.customers.sum() + sums.noise
    count, features = sums.middles.shape
    within = float(sums.squares.sum())
    metrics = {
        "segments/count": float(count),
        "segments/smallest_share": float(sums.customers.min() / everybody),
        "separation/coverage": float(total / everybody),
        "separation/within_variance": within / (total * features),
    }
    if count > 1:
        whole = np.average(sums.middles, axis=0, weights=sums.customers)
        between = float(sums.customers @ ((sums.middles - whole) ** 2).sum(axis=1))
        metrics |= {
            "separation/calinski_harabasz": (between / (count - 1)) / (within / (total - count)),
            "separation/davies_bouldin": _compute_davies_bouldin(sums),
            SIMPLIFIED: float(sums.silhouettes.sum() / total),
        }
    known = {**separation.metrics, **metrics}
    return replace(separation, metrics=known, notes=(*separation.notes, note))


def _compute_davies_bouldin(sums: SegmentSums) -> float:
    spread = sums.distances / sums.customers
    apart = cdist(sums.middles, sums.middles)
    np.fill_diagonal(apart, np.inf)
    return float(np.mean(((spread[:, None] + spread) / apart).max(axis=1)))


def compute_simplified_silhouettes(
    points: FloatArray, labels: npt.NDArray[np.int_], middles: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Of each customer the distance to the middle of the own segment, and the simplified silhouette.

    Label -1 is noise, and has neither. Where there is one segment, nobody is nearer to another: 0.
    """
    distances = cdist(points, middles)
    real, rows = labels >= 0, np.arange(len(points))
    own = distances[rows, labels].copy()
    distances[rows, labels] = np.inf
    other = distances.min(axis=1)
    widest = np.maximum(own, other)
    apart = np.isfinite(other) & (widest > 0)
    values = np.divide(other - own, widest, out=np.zeros_like(own), where=apart)
    return np.where(real, own, np.nan), np.where(real, values, np.nan)
