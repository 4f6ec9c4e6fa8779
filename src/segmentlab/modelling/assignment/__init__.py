"""Gives every clusterer a way to place customers that it has not seen."""

from typing import cast

from segmentlab.errors import ConfigError
from segmentlab.modelling.assignment.own import OwnPrediction, Predictor
from segmentlab.modelling.contract import Assigner, Clusterer, Points


def assigner_for(model: Clusterer, points: Points) -> Assigner:  # noqa: ARG001
    """How a fitted model's groups are continued to new points."""
    if hasattr(model, "predict"):
        return OwnPrediction(cast("Predictor", model))
    raise ConfigError(
        f"{type(model).__name__} can't place customers it has not seen, so its segments can't be scored. "
        "Choose a model that can, such as model=kmeans."
    )
