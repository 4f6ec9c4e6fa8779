"""K-Means, bisecting K-Means and Gaussian mixtures of Spark's MLlib, as the arrays that they learn."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt

from segmentlab.transactions.engines.spark_errors import translate_errors

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

FloatArray = npt.NDArray[np.float64]


class Search(NamedTuple):
    """What a fit is asked for: how many groups, the rounds at most, when to stop, and its seed."""

    groups: int
    rounds: int
    tolerance: float
    seed: int


class MixtureArrays(NamedTuple):
    """A Gaussian mixture: the weight, the mean and the covariance of each component."""

    weights: FloatArray
    means: FloatArray
    covariances: FloatArray


def fit_kmeans(points: "DataFrame", search: Search) -> FloatArray:
    """The centres of K-Means, begun by k-means|| (k-means++ in parallel)."""
    from pyspark.ml.clustering import KMeans

    fitted = KMeans(
        k=search.groups, maxIter=search.rounds, tol=search.tolerance, seed=search.seed, initMode="k-means||"
    )
    with translate_errors():
        return np.asarray(fitted.fit(_assemble(points)).clusterCenters(), dtype=np.float64)


def fit_bisecting_kmeans(points: "DataFrame", search: Search) -> FloatArray:
    """The centres of the leaves of bisecting K-Means."""
    from pyspark.ml.clustering import BisectingKMeans

    fitted = BisectingKMeans(k=search.groups, maxIter=search.rounds, seed=search.seed)
    with translate_errors():
        return np.asarray(fitted.fit(_assemble(points)).clusterCenters(), dtype=np.float64)


def fit_mixture(points: "DataFrame", search: Search) -> MixtureArrays:
    """The components of a Gaussian mixture with a full covariance each."""
    from pyspark.ml.clustering import GaussianMixture

    fitted = GaussianMixture(k=search.groups, maxIter=search.rounds, tol=search.tolerance, seed=search.seed)
    with translate_errors():
        model = fitted.fit(_assemble(points))
        components = model.gaussiansDF.collect()
        weights = np.asarray(model.weights, dtype=np.float64)
    means = np.array([row["mean"].toArray() for row in components])
    covariances = np.array([row["cov"].toArray() for row in components])
    return MixtureArrays(weights, means, covariances)


def _assemble(points: "DataFrame") -> "DataFrame":
    from pyspark.ml.feature import VectorAssembler

    return (
        VectorAssembler(inputCols=points.columns, outputCol="features").transform(points).select("features")
    )
