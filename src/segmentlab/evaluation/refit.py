"""The model of a run, fitted again: on a resample, on half of the customers, on data without structure."""

import warnings
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from segmentlab.evaluation.contract import Partition
from segmentlab.modelling.assignment import assigner_for
from segmentlab.modelling.contract import Clusterer, Labels, Points, Transformer
from segmentlab.modelling.segmenter import fit_model
from segmentlab.modelling.umap_map import UmapMap

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
            projection = _seeded(self.projection, seed).fit(points)
            projected = _projected(projection, points)
            model = fit_model(_seeded(self.model, seed), projected)

        def assign(others: Points) -> Labels:
            return assigner_for(model, projected).assign(_projected(projection, others))[0]

        return Partition(np.asarray(model.labels_), assign)


def _projected(projection: Transformer, points: Points) -> Points:
    return np.asarray(projection.transform(points), dtype=np.float64)


def _seeded(estimator: Estimator, seed: int) -> Estimator:
    fresh: Estimator = clone(estimator)
    if "random_state" in fresh.get_params():
        fresh.set_params(random_state=seed)
    return fresh
