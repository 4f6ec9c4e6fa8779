"""How sure an assignment is, on one scale for every model: 0 at a border, 1 at the heart of a segment."""

import numpy as np
from sklearn.metrics import pairwise_distances

from segmentlab.modelling.contract import Clusterer, Points


def confidence(model: Clusterer, points: Points) -> Points:
    """Probability where the model has one, otherwise the margin between the two nearest centres.

    The margin is 1 - nearest / second nearest: a customer half-way between two centres has 0, one who
    sits on a centre has 1.
    """
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(points).max(axis=1))
    distances = pairwise_distances(points, model.cluster_centers_)
    if distances.shape[1] < 2:
        return np.ones(len(points))
    nearest, second = np.partition(distances, 1, axis=1)[:, :2].T
    # Two centres on one spot leave no margin at all.
    return np.asarray(1 - np.divide(nearest, second, out=np.ones_like(nearest), where=second > 0))
