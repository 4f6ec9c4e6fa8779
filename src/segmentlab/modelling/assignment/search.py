"""Finds the fitted points nearest to a new one."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import KDTree

from segmentlab.modelling.contract import Labels, Points


@dataclass(frozen=True)
class FittedPoints:
    """The points that a model was fitted on; the search tree over them is built when it is first asked.

    The tree is never stored: it takes about a second for a million points, and it is no plain array.
    Distances are measured pair by pair, so a fitted point is at exactly zero from itself, and a point's
    neighbours do not depend on the batch that it comes in.
    """

    points: Points

    def nearest(
        self, points: Points, neighbours: int, slack: float = 0.0, within: float = np.inf
    ) -> tuple[Points, Labels]:
        """Distances and positions, the nearest first; as many as there are when that is fewer.

        With `slack` a neighbour may be that share farther away than the true one, which saves most of the
        search; a point at distance zero is found all the same. A neighbour that is not within that distance
        has an infinite one, and the position after the last.
        """
        ranks = np.arange(1, min(neighbours, len(self.points)) + 1)
        # Neighbours ask one after the other, so that the part of the tree they walk through is still in the
        # processor's cache: half the time or less, for a sort that costs next to nothing.
        order = KDTree(points, compact_nodes=False, balanced_tree=False).indices
        distances, positions = self._tree.query(
            points[order], k=ranks, eps=slack, distance_upper_bound=within, workers=-1
        )
        back = np.argsort(order)
        return distances[back], positions[back].astype(np.int64, copy=False)

    @cached_property
    def _tree(self) -> KDTree:
        # Split in the middle of the space, not of the points: customers far from all others are set apart
        # early, and ten neighbours of 200,000 customers with long tails are found in half the time.
        return KDTree(self.points, leafsize=32, balanced_tree=False)

    def __getstate__(self) -> dict[str, Points]:
        return {"points": self.points}
