"""Centres that follow their customers slowly, and never far from where they were learnt."""

from copy import copy
from dataclasses import replace
from typing import cast

import numpy as np
from scipy.spatial.distance import cdist

from segmentlab.modelling.balanced_kmeans import WeightedCentres
from segmentlab.modelling.interfaces import Assigner, Labels, Points
from segmentlab.modelling.placement import OwnPrediction


def read_centres(assigner: Assigner) -> Points | None:
    """The centres by which points are placed; nothing where something else decides, such as a tree."""
    if isinstance(assigner, WeightedCentres):
        return assigner.centres
    if not isinstance(assigner, OwnPrediction):
        return None
    others = any(hasattr(assigner.model, name) for name in ("predict_proba", "_bisecting_tree"))
    return None if others else getattr(assigner.model, "cluster_centers_", None)


def replace_centres(assigner: Assigner, centres: Points) -> Assigner:
    """The same with other centres. Their numbers stay, so do those of segments."""
    if isinstance(assigner, WeightedCentres):
        return replace(assigner, centres=centres)
    model = copy(cast("OwnPrediction", assigner).model)
    model.cluster_centers_ = np.ascontiguousarray(centres)
    return OwnPrediction(model)


def follow_points(
    home: Points, centres: Points, points: Points, labels: Labels, rate: float, most: float
) -> Points:
    """Move each centre a part of the way to the mean of its points, and keep it near where it was learnt.

    Args:
        home: The centres as they were learnt.
        centres: Where they stand now.
        points: Those of today.
        labels: The centre of each; others than theirs, such as noise, count for none.
        rate: The part of the way, from 0 to 1.
        most: How far from home a centre may stand, in distances from its home to the next one: below one half
            no centre reaches the place of another.

    Returns:
        The centres. One without a point stays.

    Example:
        >>> import numpy as np
        >>> from segmentlab.modelling import follow_points
        >>> home, points = np.array([[0.0], [10.0]]), np.array([[2.0], [4.0], [20.0]])
        >>> follow_points(home, home, points, np.array([0, 0, 1]), rate=0.5, most=0.2)
        array([[ 1.5],
               [12. ]])
    """
    moved = centres.copy()
    for label in range(len(centres)):
        own = points[labels == label]
        if len(own):
            moved[label] += rate * (own.mean(axis=0) - centres[label])
    drift = measure_drift(home, moved)
    back = np.divide(most, drift, out=np.ones_like(drift), where=drift > most)
    return np.asarray(home + (moved - home) * back[:, None])


def measure_drift(home: Points, centres: Points) -> Points:
    """How far each centre stands from where it was learnt, in distances from there to the next one."""
    between = cdist(home, home)
    np.fill_diagonal(between, np.inf)
    nearest = between.min(axis=1)
    gone = np.linalg.norm(centres - home, axis=1)
    known = np.isfinite(nearest) & (nearest > 0)
    return np.asarray(np.divide(gone, nearest, out=np.zeros_like(gone), where=known))
