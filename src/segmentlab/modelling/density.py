"""Density clustering at any size: segments are where customers are dense, the rest is noise."""

from typing import Any, Self

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.validation import validate_data

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.spanning import SMALL, lengths, one_compiled_thread, spanning_pairs

# Spanning trees of many customers are found in single precision: an edge as long as eps still joins.
ROUNDING = 1e-6


class Dbscan(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """DBSCAN without its lists of neighbours, which need gigabytes for a million customers.

    A customer with `min_samples` customers (itself among them) within `eps` is a core point. Core points
    within `eps` of each other share a segment; those segments are what is left of a spanning tree in
    mutual reachability when its edges above `eps` are taken out. Others join the nearest core point
    within `eps`, or are noise; unlike in scikit-learn, that does not depend on the order of rows.

    With `eps=None` it is read from the customers' distances to their `min_samples`-th neighbour in
    rising order: the point of that curve that lies farthest below the line between its ends.

    Attributes:
        labels_: The segment of each customer, -1 for noise.
        core_sample_indices_: The rows of the core points.
        eps_: The radius, given or chosen.
        k_distances_: The curve that it is chosen from.
    """

    def __init__(self, eps: float | None = None, min_samples: int = 10) -> None:
        self.eps = eps
        self.min_samples = min_samples

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Find the core points, join them, and let others join them."""
        points = validate_data(self, X, dtype=np.float64, ensure_min_samples=2, copy=True)
        _check_count("min_samples", self.min_samples, len(points))
        reached = NearestNeighbors(n_neighbors=self.min_samples).fit(points).kneighbors(points)[0][:, -1]
        self.k_distances_ = np.sort(reached)
        self.eps_ = _knee(self.k_distances_) if self.eps is None else _radius(self.eps)
        core = reached <= self.eps_
        self.core_sample_indices_ = np.flatnonzero(core)
        self.labels_ = np.full(len(points), NOISE, dtype=np.int64)
        if core.any():
            groups = self._joined(points, reached)
            self.labels_[core] = np.unique(groups[core], return_inverse=True)[1]
            self._let_others_join(points, core)
        return self

    def _joined(self, points: Points, reached: Points) -> Labels:
        """The connected parts of the spanning tree without its edges above `eps`."""
        pairs = spanning_pairs(points, self.min_samples - 1)
        height = np.maximum(lengths(points, pairs), reached[pairs].max(axis=1))
        kept = pairs[height <= self.eps_ * (1 + ROUNDING)]
        size = len(points)
        graph = coo_array((np.ones(len(kept), dtype=np.int8), kept.T), shape=(size, size))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)

    def _let_others_join(self, points: Points, core: npt.NDArray[np.bool_]) -> None:
        others = np.flatnonzero(~core)
        if not len(others):
            return
        nearest = NearestNeighbors(n_neighbors=1).fit(points[core])
        distances, positions = (column[:, 0] for column in nearest.kneighbors(points[others]))
        near = distances <= self.eps_
        self.labels_[others[near]] = self.labels_[self.core_sample_indices_[positions[near]]]


class Hdbscan(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """HDBSCAN from the exact spanning tree: segments are the branches that last longest as density rises.

    Up to 200,000 customers the `hdbscan` package does the work, above it fast_hdbscan, which finds the same
    branches in less time but is compiled at its first use on a machine. Where reachabilities tie, the two
    take other edges, and a few customers may leave a branch elsewhere. The package's default, an
    approximate tree, is not offered: it lost three segments of six in a sample of 50,000.

    Attributes:
        labels_: The segment of each customer, -1 for noise.
        probabilities_: How near the heart of its segment each customer is, 0 for noise.
        outlier_scores_: How far from the densest part of its branch each customer is, 0 to 1 (GLOSH).
        condensed_tree_: The branches, as the package's CondensedTree; `to_numpy()` gives a row per
            customer or branch that leaves another: parent, child, lambda_val, child_size.
        notes_: What was done above the size, in a sentence.
    """

    def __init__(
        self,
        min_cluster_size: int = 25,
        min_samples: int | None = None,
        cluster_selection_method: str = "eom",
    ) -> None:
        self.min_cluster_size = min_cluster_size
        self.min_samples = min_samples
        self.cluster_selection_method = cluster_selection_method

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Build the tree and choose its branches."""
        points = validate_data(self, X, dtype=np.float64, ensure_min_samples=2, copy=True)
        _check_count("min_cluster_size", self.min_cluster_size, len(points))
        if self.min_samples is not None:
            _check_count("min_samples", self.min_samples, len(points), least=1)
        fitted = self._fitted(points)
        self.labels_ = np.asarray(fitted.labels_, dtype=np.int64)
        self.probabilities_ = np.asarray(fitted.probabilities_, dtype=np.float64)
        self.condensed_tree_ = fitted.condensed_tree_
        self.outlier_scores_ = outlier_scores(self.condensed_tree_.to_numpy(), len(points))
        return self

    def _fitted(self, points: Points) -> Any:  # noqa: ANN401  (either library's object)
        """The library's own model; both libraries know the parameters by the same names."""
        if len(points) <= SMALL:
            from hdbscan import HDBSCAN

            self.notes_: tuple[str, ...] = ()
            return HDBSCAN(**self.get_params(), approx_min_span_tree=False, core_dist_n_jobs=1).fit(points)
        from fast_hdbscan import HDBSCAN as FastHDBSCAN  # noqa: N811  (the two libraries share the name)

        self.notes_ = (
            f"fast_hdbscan built the spanning tree, because {len(points):,} customers are more than "
            f"{SMALL:,}; as the hdbscan package's, it is exact; they differ where distances tie.",
        )
        with one_compiled_thread():
            return FastHDBSCAN(**self.get_params()).fit(points)


def outlier_scores(tree: npt.NDArray[np.void], customers: int) -> Points:
    """GLOSH: how much less dense a customer is than the densest point below its branch.

    Where that point has copies its density has no bound, and everybody else's score is 1.
    """
    densest = np.zeros(int(tree["parent"].max()) + 1)
    np.maximum.at(densest, tree["parent"], tree["lambda_val"])
    branches = tree[tree["child"] >= customers]
    for row in branches[np.argsort(branches["child"])[::-1]]:  # parents have smaller numbers
        densest[row["parent"]] = max(densest[row["parent"]], densest[row["child"]])
    left = tree[tree["child"] < customers]
    best, own = densest[left["parent"]], left["lambda_val"]
    bounded = np.isfinite(best) & (best > 0)
    share = np.divide(own, best, out=np.where(np.isfinite(own) & (best > 0), 0.0, 1.0), where=bounded)
    scores = np.zeros(customers)
    scores[left["child"]] = 1 - share
    return scores


def _knee(curve: Points) -> float:
    """The value farthest below the line between the ends of a rising curve, and above zero."""
    if curve[-1] == 0:
        raise DataError(
            "model.eps can't be chosen: all customers have copies, so no distance tells dense from sparse. "
            "Add features, or give model.eps."
        )
    line = np.linspace(curve[0], curve[-1], len(curve))
    return float(max(curve[np.argmax(line - curve)], curve[curve > 0][0]))


def _radius(eps: float) -> float:
    if eps <= 0:
        raise ConfigError(f"model.eps={eps:g} is no radius: give a number above zero, or null to choose one.")
    return float(eps)


def _check_count(name: str, value: int, customers: int, least: int = 2) -> None:
    if not least <= value <= customers:
        raise ConfigError(
            f"model.{name}={value} does not work with {customers:,} customers. "
            f"Choose a number from {least} to {customers:,}."
        )
