"""Models that predict by themselves: those with centres, and mixtures."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from sklearn.metrics import pairwise_distances

from segmentlab.modelling.contract import Labels, Points


class Predictor(Protocol):
    """What scikit-learn's centre models and mixtures offer."""

    cluster_centers_: Points  # of those that have centres

    def predict(self, X: Points) -> Labels:  # noqa: N803  (scikit-learn's own name)
        """The group of each point."""
        ...


@dataclass(frozen=True)
class OwnPrediction:
    """The model's own answer."""

    model: Predictor

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label and the confidence of each point."""
        return np.asarray(self.model.predict(points), dtype=np.int64), _confidence(self.model, points)


def _confidence(model: Predictor, points: Points) -> Points:
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
