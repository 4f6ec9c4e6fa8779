"""Models that predict by themselves: those with centres, and mixtures."""

from copy import copy
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy.spatial.distance import cdist

from segmentlab.modelling.contract import Labels, Points


class Predictor(Protocol):
    """What scikit-learn's centre models and mixtures offer."""

    cluster_centers_: Points  # of those that have centres
    labels_: Labels

    def predict(self, X: Points) -> Labels:  # noqa: N803  (scikit-learn's own name)
        """The group of each point."""
        ...


@dataclass(frozen=True)
class OwnPrediction:
    """The model's own answer."""

    model: Predictor

    @classmethod
    def of(cls, model: Predictor) -> Self:
        """Keep the model without the labels of its customers: predicting does not need them."""
        kept = copy(model)
        vars(kept).pop("labels_")
        return cls(kept)

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label and the confidence of each point."""
        labels = np.asarray(self.model.predict(points), dtype=np.int64)
        return labels, _confidence(self.model, points, labels)


def _confidence(model: Predictor, points: Points, labels: Labels) -> Points:
    """Probability where the model has one, otherwise the margin between its centre and the next.

    The margin is 1 - own / next nearest: a customer half-way between two centres has 0, one who sits on a
    centre has 1. Bisecting K-Means may give a customer to a centre that is not the nearest: that is 0 too.
    """
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(points).max(axis=1))
    # Not scikit-learn's distances: those of one row differ in the last digits from those of a batch.
    distances = cdist(points, model.cluster_centers_)
    rows = np.arange(len(points))
    own = distances[rows, labels]
    distances[rows, labels] = np.inf
    other = distances.min(axis=1)
    # Two centres on one spot leave no margin at all.
    ratio = np.divide(own, other, out=np.ones_like(own), where=other > 0)
    return np.asarray(1 - ratio.clip(max=1.0))
