"""Hierarchical clustering at any size: exact while the distances fit, weighted centres above."""

from typing import ClassVar, Self

import numpy as np
from scipy.spatial.distance import pdist, squareform
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import MiniBatchKMeans
from sklearn.metrics import euclidean_distances
from sklearn.utils.validation import validate_data
from threadpoolctl import threadpool_limits

from segmentlab.errors import ConfigError
from segmentlab.modelling.interfaces import Labels, Points
from segmentlab.modelling.merges import MergeTree, MergeWeights, build_weighted_tree, cut_tree
from segmentlab.modelling.parameters import (
    SEED,
    Nothing,
    Number,
    OneOf,
    ParameterTable,
    WholeNumber,
    check_at_most,
    check_parameters,
)
from segmentlab.modelling.spanning import build_single_tree

LINKAGES = ("ward", "average", "complete", "single")
MOST_CENTRES = 2_000
WIDE_POINTS = 64  # features


class Hierarchical(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Merges the two nearest groups until one is left; the tree of merges is cut at `n_clusters`.

    Up to the size whose distance matrix fits `memory_gib` (32,768 customers in 4 GiB) the tree is exact.
    Above, customers are first gathered around 2,000 centres (MiniBatch K-Means, seeded), and the tree
    is built over the centres, each weighing as many customers as it holds. Ward is then exact for what
    was gathered, because its distances need only sizes and means. Average takes the distance of two
    centres for the mean distance of their customers, complete for the largest. Single linkage needs no
    matrix, only a spanning tree, and is exact at any size.

    Args:
        n_clusters: How many segments there shall be.
        linkage: What counts as the distance of two groups: ward, average, complete or single.
        memory_gib: What a full matrix of distances may take.
        random_state: The seed of the centres; without one they differ from fit to fit.

    Attributes:
        labels_: The segment of each customer.
        tree_: SciPy's linkage matrix over the leaves; it is cut at another k without a refit.
        leaves_: The leaf of each customer: the customer itself, or the centre that holds it.
        weights_: How many customers each leaf holds.
        notes_: What was done above the size, in a sentence.

    Example:
        >>> from segmentlab.modelling import Hierarchical
        >>> tree = Hierarchical(n_clusters=2).fit([[0.0], [1.0], [7.0], [8.0], [50.0]])
        >>> tree.labels_
        array([0, 0, 0, 0, 1])
        >>> tree.cut(3)
        array([0, 0, 1, 1, 2])
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "n_clusters": (WholeNumber(1),),
        "linkage": (OneOf(LINKAGES),),
        "memory_gib": (Number(above=0),),
        "random_state": (SEED, Nothing()),
    }

    def __init__(
        self,
        n_clusters: int = 5,
        linkage: str = "ward",
        memory_gib: float = 4.0,
        random_state: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.linkage = linkage
        self.memory_gib = memory_gib
        self.random_state = random_state

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Build the tree and cut it."""
        check_parameters(self)
        points = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        check_at_most(self, "n_clusters", len(points))
        if self.linkage == "single":
            self._keep(build_single_tree(points))
        elif estimate_matrix_gib(len(points)) <= self.memory_gib:
            self._keep(build_exact_tree(points, self.linkage))
        else:
            self._gather(points)
        self.labels_ = self.cut(self.n_clusters)
        return self

    def cut(self, n_clusters: int) -> Labels:
        """The labels at another number of segments, from the same tree."""
        leaves = len(self.tree_) + 1
        if not WholeNumber(1, leaves).accepts(n_clusters):
            raise ConfigError(
                f"A tree of {leaves:,} leaves can't be cut into {n_clusters} segments: "
                f"choose {WholeNumber(1, leaves)}."
            )
        return cut_tree(self.tree_, n_clusters)[self.leaves_]

    def _keep(self, tree: MergeTree) -> None:
        """A tree whose leaves are the customers themselves."""
        customers = len(tree) + 1
        self.tree_ = tree
        self.notes_: tuple[str, ...] = ()
        self.leaves_, self.weights_ = np.arange(customers), np.ones(customers)

    def _gather(self, points: Points) -> None:
        """A tree whose leaves are centres."""
        centres, self.weights_, self.leaves_ = gather_centres(points, self.random_state)
        self.tree_ = build_weighted_tree(centres, self.weights_, self.linkage)
        self.notes_ = (
            f"The {self.linkage} tree was built over {len(centres):,} centres weighted by their customers, "
            f"because the distances of {len(points):,} customers need "
            f"{estimate_matrix_gib(len(points)):,.0f} GiB; "
            f"it is exact up to model.memory_gib={self.memory_gib:g}.",
        )


def estimate_matrix_gib(customers: int) -> float:
    """What the distance of every pair takes, in GiB."""
    return customers * (customers - 1) / 2 * 8 / 2**30


def build_exact_tree(points: Points, linkage: str) -> MergeTree:
    """The library's tree; Ward's keeps means in place of distances, the others fill one matrix.

    Of many features a product of matrices gives all distances sooner than a loop gives a few.
    """
    import fastcluster

    if points.shape[1] > WIDE_POINTS:
        square = euclidean_distances(points)
        return np.asarray(fastcluster.linkage(squareform(square, checks=False), linkage))
    if linkage == "ward":
        return np.asarray(fastcluster.linkage_vector(points, "ward"))
    return np.asarray(fastcluster.linkage(pdist(points), linkage, preserve_input=False))


def gather_centres(points: Points, random_state: int | None) -> tuple[Points, MergeWeights, Labels]:
    """Centres, the number of customers at each, and the centre of each customer."""
    model = MiniBatchKMeans(
        min(MOST_CENTRES, len(points)),
        batch_size=4 * MOST_CENTRES,
        n_init=1,
        max_iter=5,
        reassignment_ratio=0,
        random_state=random_state,
    )
    # Thousands of small steps: threads would wait for each other at every one.
    with threadpool_limits(limits=1):
        found, leaves = np.unique(model.fit(points).labels_, return_inverse=True)
    weights = np.bincount(leaves).astype(np.float64)
    # The mean of those who were gathered, not where the last batch left the centre.
    sums = [np.bincount(leaves, column, minlength=len(found)) for column in points.T]
    return np.column_stack(sums) / weights[:, None], weights, leaves
