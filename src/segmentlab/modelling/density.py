"""Density clustering at any size: segments are where customers are dense, the rest is noise."""

from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import validate_data

from segmentlab.errors import DataError
from segmentlab.modelling.interfaces import Labels, Points
from segmentlab.modelling.neighbours import CoreReach, FittedPoints
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.parameters import (
    Nothing,
    Number,
    OneOf,
    ParameterTable,
    WholeNumber,
    check_at_most,
    check_parameters,
)
from segmentlab.modelling.spanning import (
    DistinctPoints,
    build_tree_among,
    find_connected_parts,
    find_spanning_pairs,
)

# A distance that was squared and rooted may have lost its last digit: an edge as long as eps still joins.
ROUNDING = 1e-12


class Dbscan(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """DBSCAN without its lists of neighbours, which need gigabytes for a million customers.

    A customer with `min_samples` customers (itself among them) within `eps` is a core point. Core points
    within `eps` of each other share a segment; those segments are what a spanning tree of the core points
    falls into when no edge may be longer than `eps`. Others join the nearest core point within `eps`, or
    are noise; unlike in scikit-learn, that does not depend on the order of rows.

    With `eps=None` it is read from the customers' distances to their `min_samples`-th neighbour in
    rising order: the point of that curve that lies farthest below the line between its ends.

    Args:
        eps: The radius within which customers are neighbours; None chooses it.
        min_samples: How many customers make a place dense, the one in its middle among them.

    Attributes:
        labels_: The segment of each customer, -1 for noise.
        core_sample_indices_: The rows of the core points.
        eps_: The radius, given or chosen.
        k_distances_: The curve that it is chosen from.

    Example:
        >>> from segmentlab.modelling import Dbscan
        >>> Dbscan(eps=1.5, min_samples=2).fit([[0.0], [1.0], [7.0], [8.0], [50.0]]).labels_
        array([ 0,  0,  1,  1, -1])
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "eps": (Number(above=0), Nothing()),
        "min_samples": (WholeNumber(2),),
    }

    def __init__(self, eps: float | None = None, min_samples: int = 10) -> None:
        self.eps = eps
        self.min_samples = min_samples

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Find the core points, join them, and let others join them."""
        check_parameters(self)
        points = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        check_at_most(self, "min_samples", len(points))
        distinct = DistinctPoints.of(points)
        (reached,) = distinct.reached(self.min_samples - 1)
        self.k_distances_ = np.sort(reached[distinct.place])
        self.eps_ = _find_knee(self.k_distances_) if self.eps is None else float(self.eps)
        core = reached <= self.eps_
        self.core_sample_indices_ = np.flatnonzero(core[distinct.place])
        self.labels_ = self._group(distinct.points, core)[distinct.place]
        return self

    def _group(self, points: Points, core: npt.NDArray[np.bool_]) -> Labels:
        """Join the core points, and let others join them."""
        labels = np.full(len(points), NOISE, dtype=np.int64)
        if not core.any():
            return labels
        hearts = points[core]
        pairs = find_spanning_pairs(hearts, np.zeros(len(hearts)), longest=self.eps_ * (1 + ROUNDING))
        labels[core] = find_connected_parts(pairs, len(hearts))
        if not core.all():
            reach = CoreReach(FittedPoints(hearts), labels[core], self.eps_)
            labels[~core], _ = reach.assign(points[~core])
        return labels


class DensityGroups(NamedTuple):
    """What HDBSCAN finds among sorted customers."""

    labels: Labels
    strengths: Points
    core_distances: Points
    tree: npt.NDArray[np.void]


class Hdbscan(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """HDBSCAN from the exact spanning tree: segments are the branches that last longest as density rises.

    The tree is ours, exact and the same in every run and every order of rows; fast_hdbscan reads the branches
    from it, compiled at its first use on a machine. Where reachabilities tie, the `hdbscan` package takes
    other edges, and a few customers may leave a branch elsewhere. Its default, an approximate tree, lost
    three segments of six in a sample of 50,000.

    Args:
        min_cluster_size: The fewest customers that are a segment.
        min_samples: How many neighbours make a place dense; None takes `min_cluster_size`.
        cluster_selection_method: `eom` takes the branches that last longest, `leaf` the innermost ones.

    Attributes:
        labels_: The segment of each customer, -1 for noise.
        probabilities_: How near the heart of its segment each customer is, 0 for noise.
        outlier_scores_: How far from the densest part of its branch each customer is, 0 to 1 (GLOSH).
        core_distances_: How far the last of `min_samples` customers is, itself among them.
        condensed_tree_: The branches, as the package's CondensedTree; `to_numpy()` gives a row per
            customer or branch that leaves another: parent, child, lambda_val, child_size.

    Example:
        >>> import numpy as np
        >>> from segmentlab.modelling import Hdbscan
        >>> drawn = np.random.default_rng(0).normal(size=(60, 2))
        >>> found = Hdbscan(min_cluster_size=10).fit(np.concatenate([drawn, drawn + 20]))
        >>> sorted(set(found.labels_.tolist()))
        [0, 1]
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "min_cluster_size": (WholeNumber(2),),
        "min_samples": (WholeNumber(1), Nothing()),
        "cluster_selection_method": (OneOf(("eom", "leaf")),),
    }

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
        check_parameters(self)
        points = validate_data(self, X, dtype=np.float64, ensure_min_samples=2)
        check_at_most(self, "min_cluster_size", len(points))
        check_at_most(self, "min_samples", len(points))
        order = np.lexsort(points.T)  # or equal heights would be taken in the order of the rows
        place = np.argsort(order)
        found = self._branches(points[order])
        self.labels_, self.probabilities_ = found.labels[place], found.strengths[place]
        self.core_distances_ = found.core_distances[place]
        leaves = found.tree["child"] < len(points)
        found.tree["child"][leaves] = order[found.tree["child"][leaves]]
        self.condensed_tree_ = _condense_tree(found.tree, self.labels_)
        self.outlier_scores_ = compute_outlier_scores(found.tree, len(points))
        return self

    def _branches(self, points: Points) -> DensityGroups:
        from fast_hdbscan.hdbscan import clusters_from_spanning_tree, to_numpy_rec_array

        neighbours = self.min_samples or self.min_cluster_size
        distinct = DistinctPoints.of(points)
        reached, nearer = distinct.reached(neighbours, neighbours - 1)
        pairs, heights = build_tree_among(distinct, reached)
        labels, strengths, _, tree, _ = clusters_from_spanning_tree(
            np.column_stack([pairs, heights]),
            min_cluster_size=self.min_cluster_size,
            cluster_selection_method=self.cluster_selection_method,
        )
        return DensityGroups(labels, strengths, nearer[distinct.place], to_numpy_rec_array(tree))


def _condense_tree(rows: npt.NDArray[np.void], labels: Labels) -> Any:  # noqa: ANN401  (without types)
    from hdbscan.plots import CondensedTree

    return CondensedTree(rows, labels)


def compute_outlier_scores(tree: npt.NDArray[np.void], customers: int) -> Points:
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


def _find_knee(curve: Points) -> float:
    """The value farthest below the line between the ends of a rising curve, and above zero."""
    if curve[-1] == 0:
        raise DataError(
            "eps can't be chosen: all customers have copies, so no distance tells dense from sparse. "
            "Add features, or give eps."
        )
    line = np.linspace(curve[0], curve[-1], len(curve))
    return float(max(curve[np.argmax(line - curve)], curve[curve > 0][0]))
