"""How a model answers a trial from what earlier trials have built.

Models of other classes are fitted for every proposal. K-Means and mixtures are among them: started from
the groups of another fit, they end at other labels than a plain fit, and a trial has to be that.
"""

import warnings
from collections.abc import Callable, Hashable
from typing import Any, Final, Protocol, TypeVar

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from segmentlab.modelling.contract import Clusterer, Labels, Points
from segmentlab.modelling.density import Dbscan, Hdbscan
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.modelling.segmenter import fit_model
from segmentlab.modelling.threads import threads_for
from segmentlab.tuning.neighbourhood import Neighbourhood, Tree

NEIGHBOURS: Final = 64  # found at once; a trial that asks for more doubles them

Made = TypeVar("Made")


class Known(Protocol):
    """What was built from the same points."""

    def __call__(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is known under the key; made now if nothing is."""
        ...


def labels_of(model: Clusterer, points: Points, known: Known) -> Labels:
    """The labels that a fit of the model gives, up to their numbers."""
    shared = SHARED.get(type(model), _nothing)(model, points, known)
    return _fitted(model, points) if shared is None else shared


def _fitted(model: Clusterer, points: Points) -> Labels:
    """A plain fit. A mixture may not settle on what a sampler proposes; its scores show that."""
    with threads_for(len(points)), warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
        return np.asarray(fit_model(clone(model), points).labels_, dtype=np.int64)


def _nothing(*_: object) -> None:
    """Nothing is shared by the trials of this model."""


# Where a parameter is out of its range, nothing is shared either: the class says best what is wrong.


def _cut(model: Hierarchical, points: Points, known: Known) -> Labels | None:
    """All numbers of segments are cuts of one tree."""
    if not 1 <= model.n_clusters <= len(points):
        return None
    others = {name: value for name, value in model.get_params().items() if name != "n_clusters"}
    tree: Hierarchical = known(("hierarchy", *others.values()), lambda: clone(model).fit(points))
    return tree.cut(model.n_clusters)


def _within(model: Dbscan, points: Points, known: Known) -> Labels | None:
    """All radii are cuts of one spanning tree; a radius that is to be chosen is left to the class."""
    if model.eps is None or model.eps <= 0 or not 2 <= model.min_samples <= len(points):
        return None
    near = _neighbourhood(points, model.min_samples, known)
    return near.within(model.eps, _tree(near, model.min_samples - 1, known))


def _branches(model: Hdbscan, points: Points, known: Known) -> Labels | None:
    """All sizes and both ways to select are cuts of one spanning tree."""
    others = model.min_cluster_size if model.min_samples is None else model.min_samples
    if not (2 <= model.min_cluster_size <= len(points) and 1 <= others <= len(points)):
        return None
    near = _neighbourhood(points, others + 1, known)
    return near.branches(model.min_cluster_size, model.cluster_selection_method, _tree(near, others, known))


def _neighbourhood(points: Points, least: int, known: Known) -> Neighbourhood:
    count = NEIGHBOURS
    while count < least:
        count *= 2
    return known(("neighbourhood", count), lambda: Neighbourhood.of(points, count))


def _tree(near: Neighbourhood, others: int, known: Known) -> Tree:
    return known(("tree", others), lambda: near.tree(others))


SHARED: Final[dict[type, Callable[[Any, Points, Known], Labels | None]]] = {
    Hierarchical: _cut,
    Dbscan: _within,
    Hdbscan: _branches,
}
