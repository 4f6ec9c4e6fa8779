"""DBSCAN: whoever is within reach of a core point belongs to it."""

from dataclasses import dataclass

import numpy as np

from segmentlab.modelling.assignment.search import FittedPoints
from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.numbering import NOISE

LITTLE_MORE = 1 + 1e-9


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
        distances, positions = self.core.nearest(points, 1, within=self.eps * LITTLE_MORE)
        distance, near = distances[:, 0], distances[:, 0] <= self.eps
        label = np.full(len(points), NOISE, dtype=np.int64)
        label[near] = self.labels[positions[near, 0]]
        return label, (1 - distance / self.eps).clip(min=0.0)
