"""Gives every clusterer a way to place customers that it has not seen.

What a fitted model has decides how: its own prediction, HDBSCAN's tree, DBSCAN's core points, and the
neighbours' vote for everything that has nothing but labels. So a new algorithm needs no line here.
"""

from typing import Protocol, cast

import numpy as np

from segmentlab.errors import ConfigError
from segmentlab.modelling.assignment.branches import BranchMembership, TreeModel
from segmentlab.modelling.assignment.core import CoreReach
from segmentlab.modelling.assignment.own import OwnPrediction, Predictor
from segmentlab.modelling.assignment.search import FittedPoints
from segmentlab.modelling.assignment.vote import NeighbourVote
from segmentlab.modelling.contract import Assigner, Clusterer, Labels, Points


class CoreModel(Protocol):
    """What is read from a fitted DBSCAN."""

    labels_: Labels
    core_sample_indices_: Labels
    eps: float
    eps_: float  # of a model that chooses it


def assigner_for(model: Clusterer, points: Points) -> Assigner:
    """How a fitted model's groups are continued to new points."""
    if _predicts(model):
        return OwnPrediction.of(cast("Predictor", model))
    _check_metric(model)
    if hasattr(model, "condensed_tree_"):
        return BranchMembership.of(cast("TreeModel", model), points)
    if hasattr(model, "core_sample_indices_"):
        return _core_reach(cast("CoreModel", model), points)
    return NeighbourVote(FittedPoints(points), np.asarray(model.labels_, dtype=np.int64))


def _predicts(model: Clusterer) -> bool:
    """Whether it says how sure it is too, or has centres from which that can be told."""
    has_confidence = hasattr(model, "predict_proba") or hasattr(model, "cluster_centers_")
    return hasattr(model, "predict") and has_confidence


def _core_reach(model: CoreModel, points: Points) -> CoreReach:
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
