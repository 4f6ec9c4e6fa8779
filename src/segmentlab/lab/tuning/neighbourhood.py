"""The neighbours of each customer, found once: density models at any of their parameters are cuts of it.

`min_samples` decides how far each customer is from so many others, which one table of neighbours holds
for all counts. A spanning tree in that reach holds DBSCAN's segments at every `eps` and HDBSCAN's at
every `min_cluster_size`. It is the tree that the two classes build, so the segments are theirs.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from segmentlab.modelling import (
    NOISE,
    ROUNDING,
    DistinctPoints,
    FittedPoints,
    Labels,
    Points,
    build_tree_among,
    find_connected_parts,
)


@dataclass(frozen=True)
class NeighbourTree:
    """A spanning tree in mutual reachability, and what it was built from."""

    pairs: Labels
    heights: Points
    reached: Points  # how far each distinct place is from so many others


@dataclass(frozen=True)
class Neighbourhood:
    """The distinct places, sorted, each with the places nearest to it, itself the first."""

    order: Labels  # of the customers, as HDBSCAN sorts them: it decides between equal heights
    distinct: DistinctPoints
    distances: Points
    places: Labels

    @classmethod
    def of(cls, points: Points, count: int) -> Self:
        """Find the nearest so many places of each."""
        order = np.lexsort(points.T)
        distinct = DistinctPoints.of(points[order])
        return cls(order, distinct, *FittedPoints(distinct.points).nearest(distinct.points, count))

    def build_tree(self, others: int) -> NeighbourTree:
        """The tree in which nobody is nearer to anybody than to so many others."""
        copies = np.cumsum(self.distinct.copies[self.places], axis=1)
        enough = (copies >= min(others + 1, len(self.order))).argmax(axis=1)
        reached = self.distances[np.arange(len(enough)), enough]
        return NeighbourTree(*build_tree_among(self.distinct, reached), reached)

    def cut_at(self, eps: float, tree: NeighbourTree) -> Labels:
        """DBSCAN's segments: core points that reach each other, and those near one of them."""
        core = tree.reached <= eps
        together = find_connected_parts(tree.pairs[tree.heights <= eps * (1 + ROUNDING)], len(self.order))
        labels = np.where(core, together[self.distinct.first], NOISE)
        others = np.flatnonzero(~core)
        joins = core[self.places[others]] & (self.distances[others] <= eps)
        nearest = self.places[others, joins.argmax(axis=1)]
        labels[others] = np.where(joins.any(axis=1), labels[nearest], NOISE)
        return self._give_to_customers(labels[self.distinct.place])

    def cut_branches(self, min_cluster_size: int, method: str, tree: NeighbourTree) -> Labels:
        """HDBSCAN's segments, by the function that its class calls."""
        from fast_hdbscan.hdbscan import clusters_from_spanning_tree

        edges = np.column_stack([tree.pairs, tree.heights])
        found = clusters_from_spanning_tree(
            edges, min_cluster_size=min_cluster_size, cluster_selection_method=method
        )
        return self._give_to_customers(found[0])

    def _give_to_customers(self, labels: Labels) -> Labels:
        unsorted = np.empty(len(labels), dtype=np.int64)
        unsorted[self.order] = labels
        return unsorted
