"""Gives every clusterer a way to place customers that it has not seen.

What a fitted model has decides how: its own prediction, the cells of a grid, HDBSCAN's tree, DBSCAN's core
points, and the neighbours' vote for everything that has nothing but labels. So a new algorithm needs no
line here.
"""

from copy import copy
from dataclasses import dataclass
from typing import Protocol, Self, cast

import numpy as np
from scipy.spatial.distance import cdist

from segmentlab.errors import ConfigError
from segmentlab.modelling.balanced_kmeans import WeightedCentres
from segmentlab.modelling.branches import BranchMembership, TreeModel
from segmentlab.modelling.interfaces import Assigner, Clusterer, Labels, Points
from segmentlab.modelling.neighbours import CoreReach, FittedPoints
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.rfm_grid import GridCells

# Models that predict by themselves: those with centres, and mixtures.


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
        vars(kept).pop("labels_", None)  # a model made of what another has learnt has none
        return cls(kept)

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label and the confidence of each point."""
        labels = np.asarray(self.model.predict(points), dtype=np.int64)
        return labels, _compute_confidence(self.model, points, labels)


def _compute_confidence(model: Predictor, points: Points, labels: Labels) -> Points:
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


# Models that only label what they were fitted on: their neighbours decide for a new point.


VOTERS = 10
WEIGHT_SLACK = (
    1.0  # on a million customers the voters are 3 % farther away, and found in a quarter of the time
)


@dataclass(frozen=True)
class NeighbourVote:
    """The vote of ten near fitted points, each by the inverse of its distance.

    A fitted point is at distance zero of itself and decides alone. Noise votes for noise: who lives among
    customers that belong to no segment belongs to none either, and a model that leaves people out
    would otherwise take everybody in. On a tie the nearest wins.
    """

    fitted: FittedPoints
    labels: Labels

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label and the confidence of each point.

        Confidence is the lead of the winner among the ten, counted without weights, or a fitted point
        would always be sure of itself. Noise has none.
        """
        distances, positions = self.fitted.nearest(points, VOTERS, WEIGHT_SLACK)
        voices = self.labels[positions]
        same = voices[:, :, None] == voices[:, None, :]
        won = (same * _compute_weights(distances)[:, None, :]).sum(axis=2).argmax(axis=1)
        label = voices[np.arange(len(voices)), won]
        counts = same.sum(axis=2)
        own = counts[np.arange(len(voices)), won]
        strongest_other = np.where(voices == label[:, None], 0, counts).max(axis=1)
        lead = (own - strongest_other).clip(min=0) / voices.shape[1]
        return label, np.where(label == NOISE, 0.0, lead)


def _compute_weights(distances: Points) -> Points:
    here = distances == 0
    inverse = 1 / np.where(here, 1.0, distances)
    return np.where(here.any(axis=1, keepdims=True), here, inverse)


class CoreModel(Protocol):
    """What is read from a fitted DBSCAN."""

    labels_: Labels
    core_sample_indices_: Labels
    eps: float
    eps_: float  # of a model that chooses it


def make_assigner(model: Clusterer, points: Points) -> Assigner:
    """How a fitted model's groups are continued to new points."""
    if hasattr(model, "handicaps_"):
        return WeightedCentres(cast("Predictor", model).cluster_centers_, model.handicaps_)
    if _can_predict(model, points):
        return OwnPrediction.of(cast("Predictor", model))
    _check_metric(model)
    if hasattr(model, "cells_"):
        return GridCells.of(model, points)
    if hasattr(model, "condensed_tree_"):
        return BranchMembership.of(cast("TreeModel", model), points)
    if hasattr(model, "core_sample_indices_"):
        return _make_core_reach(cast("CoreModel", model), points)
    return NeighbourVote(FittedPoints(points), np.asarray(model.labels_, dtype=np.int64))


ASKED, LEAST_RETURNED = 1_000, 0.9  # fitted points, and the share of them that get their own label back


def _can_predict(model: Clusterer, points: Points) -> bool:
    """Whether it says how sure it is too, or has centres from which that can be told, and knows its own.

    Not every package does: kmedoids predicts the rows of medoids where its labels are the numbers of groups.
    """
    has_confidence = hasattr(model, "predict_proba") or hasattr(model, "cluster_centers_")
    if not (hasattr(model, "predict") and has_confidence):
        return False
    asked = points[:ASKED]
    returned = np.asarray(cast("Predictor", model).predict(asked)) == model.labels_[: len(asked)]
    return bool(returned.mean() >= LEAST_RETURNED)


def _make_core_reach(model: CoreModel, points: Points) -> CoreReach:
    core = model.core_sample_indices_
    labels = np.asarray(model.labels_[core], dtype=np.int64)
    eps = model.eps_ if hasattr(model, "eps_") else model.eps
    return CoreReach(FittedPoints(points[core]), labels, eps)


def _check_metric(model: Clusterer) -> None:
    """Neighbours are searched by straight distance: in another metric they would be other neighbours."""
    metric, power = (model.get_params().get(name) for name in ("metric", "p"))
    if metric in (None, "euclidean", "l2") or (metric == "minkowski" and power in (None, 2)):
        return
    raise ConfigError(
        f"model.metric={metric}: new customers are placed by Euclidean distance, so the model has to be "
        "fitted with it. Leave model.metric out."
    )
