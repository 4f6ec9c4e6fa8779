"""The fitted points nearest to a new one, and who is within reach of a core point."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.spatial import KDTree

from segmentlab.modelling.interfaces import Labels, Points
from segmentlab.modelling.numbering import NOISE

# Finds the fitted points nearest to a new one.


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


REACH_SLACK = 1 + 1e-9


@dataclass(frozen=True)
class CoreReach:
    """The label of the nearest core point within `eps`, otherwise noise, as DBSCAN defines it.

    scikit-learn's DBSCAN gives a fitted point at the border of two segments to the one that it found first;
    here it goes to the nearer one, as in our own `Dbscan`.
    """

    core: FittedPoints
    labels: Labels
    eps: float

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label of each point, and how near its core point is: 1 there, 0 at `eps`."""
        # SciPy looks nearer than the limit, and a point may be as far as the radius.
        distances, positions = self.core.nearest(points, 1, within=self.eps * REACH_SLACK)
        distance, near = distances[:, 0], distances[:, 0] <= self.eps
        label = np.full(len(points), NOISE, dtype=np.int64)
        label[near] = self.labels[positions[near, 0]]
        return label, (1 - distance / self.eps).clip(min=0.0)
