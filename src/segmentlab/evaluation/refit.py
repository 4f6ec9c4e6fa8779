"""The model of a run, fitted again: on a resample, on half of the customers, on data without structure."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from segmentlab.modelling import Clusterer, Labels, Points, Transformer, UmapMap, fit_model, make_assigner

# What the evidence asks of a model: to be fitted again on other points.


@dataclass(frozen=True)
class Partition:
    """A model fitted once more: the label of each of its points, and of points that it has not seen.

    Labels are the model's own: they mean nothing across fits. -1 is noise.
    """

    labels: Labels
    assign: Callable[[Points], Labels]


class Refit(Protocol):
    """Projection and model, ready to be fitted on any points of the scoring space."""

    def __call__(self, points: Points, seed: int) -> Partition:
        """Fit anew; the seed decides every random choice."""
        ...


Estimator = TypeVar("Estimator", bound=Any)


@dataclass(frozen=True)
class Flow:
    """Projection and model as the run has them. The preparation stays: it defines the scoring space.

    The projection is fitted anew as well, or a map that makes islands of anything would go unnoticed.
    """

    projection: Transformer
    model: Clusterer

    @property
    def slow(self) -> bool:
        """Whether a fit takes seconds: a map of neighbours is drawn step by step."""
        return isinstance(self.projection, UmapMap)

    def __call__(self, points: Points, seed: int) -> Partition:
        """Fit both on these points.

        A draw may hold fewer different customers than segments, and a mixture may not settle on it. The
        draw shows that by itself, so nobody needs to be warned each time.
        """
        with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
            projection = _set_seed(self.projection, seed).fit(points)
            projected = _project_points(projection, points)
            model = fit_model(_set_seed(self.model, seed), projected)

        def assign(others: Points) -> Labels:
            return make_assigner(model, projected).assign(_project_points(projection, others))[0]

        return Partition(np.asarray(model.labels_), assign)


def _project_points(projection: Transformer, points: Points) -> Points:
    return np.asarray(projection.transform(points), dtype=np.float64)


def _set_seed(estimator: Estimator, seed: int) -> Estimator:
    fresh: Estimator = clone(estimator)
    if "random_state" in fresh.get_params():
        fresh.set_params(random_state=seed)
    return fresh
