"""How a model answers a trial from what earlier trials have built.

Models of other classes are fitted for every proposal. K-Means and mixtures are among them: started from
the groups of another fit, they end at other labels than a plain fit, and a trial has to be that.
"""

import warnings
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Final, Protocol, TypeVar, cast

import numpy as np
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from segmentlab.lab.tuning.neighbourhood import Neighbourhood, NeighbourTree
from segmentlab.modelling import (
    Clusterer,
    Dbscan,
    Hdbscan,
    Hierarchical,
    Labels,
    Points,
    check_parameters,
    fit_model,
    limit_threads,
)

# What trials have in common: made once, kept within a bound, and forgotten in the order of last use.


Made = TypeVar("Made")
GIB = 2**30


class SharedStore:
    """Answers from memory, or makes the answer; what was asked for longest ago makes room."""

    def __init__(self, memory_gib: float) -> None:
        self.bytes_left = memory_gib * GIB
        self._kept: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept under the key; made now if nothing is."""
        if key not in self._kept:
            made = make()
            self._kept[key] = made
            self.bytes_left -= measure_size(made)
            while self.bytes_left < 0:
                self.bytes_left += measure_size(self._kept.popitem(last=False)[1])
            return made
        self._kept.move_to_end(key)
        return cast("Made", self._kept[key])

    def __len__(self) -> int:
        return len(self._kept)


def measure_size(thing: object) -> int:
    """The bytes of the arrays in an object, in a tuple or by themselves: all else is small."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    parts = thing if isinstance(thing, tuple) else vars(thing).values() if hasattr(thing, "__dict__") else ()
    return sum(part.nbytes for part in parts if isinstance(part, np.ndarray))


NEIGHBOURS: Final = 64  # found at once; a trial that asks for more doubles them


class SharedLookup(Protocol):
    """What was built from the same points."""

    def __call__(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is known under the key; made now if nothing is."""
        ...


def compute_trial_labels(model: Clusterer, points: Points, known: SharedLookup) -> Labels:
    """The labels that a fit of the model gives, up to their numbers."""
    share = SHARED_FITS.get(type(model))
    shared = None if share is None else share(model, points, known)
    return _fit_labels(model, points) if shared is None else shared


def _fit_labels(model: Clusterer, points: Points) -> Labels:
    """A plain fit. A mixture may not settle on what a sampler proposes; its scores show that."""
    with limit_threads(len(points)), warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
        return np.asarray(fit_model(clone(model), points).labels_, dtype=np.int64)


# Where a parameter asks for more customers than there are, nothing is shared: the class says what is wrong.


def _cut_shared_tree(model: Hierarchical, points: Points, known: SharedLookup) -> Labels | None:
    """All numbers of segments are cuts of one tree."""
    check_parameters(model)
    if model.n_clusters > len(points):
        return None
    others = {name: value for name, value in model.get_params().items() if name != "n_clusters"}
    tree: Hierarchical = known(("hierarchy", *others.values()), lambda: clone(model).fit(points))
    return tree.cut(model.n_clusters)


def _cut_at_radius(model: Dbscan, points: Points, known: SharedLookup) -> Labels | None:
    """All radii are cuts of one spanning tree; a radius that is to be chosen is left to the class."""
    check_parameters(model)
    if model.eps is None or model.min_samples > len(points):
        return None
    near = _find_neighbourhood(points, model.min_samples, known)
    return near.cut_at(model.eps, _find_shared_tree(near, model.min_samples - 1, known))


def _cut_branches(model: Hdbscan, points: Points, known: SharedLookup) -> Labels | None:
    """All sizes and both ways to select are cuts of one spanning tree."""
    check_parameters(model)
    others = model.min_cluster_size if model.min_samples is None else model.min_samples
    if max(model.min_cluster_size, others) > len(points):
        return None
    near = _find_neighbourhood(points, others + 1, known)
    return near.cut_branches(
        model.min_cluster_size, model.cluster_selection_method, _find_shared_tree(near, others, known)
    )


def _find_neighbourhood(points: Points, least: int, known: SharedLookup) -> Neighbourhood:
    count = NEIGHBOURS
    while count < least:
        count *= 2
    return known(("neighbourhood", count), lambda: Neighbourhood.of(points, count))


def _find_shared_tree(near: Neighbourhood, others: int, known: SharedLookup) -> NeighbourTree:
    return known(("tree", others), lambda: near.build_tree(others))


SHARED_FITS: Final[dict[type, Callable[[Any, Points, SharedLookup], Labels | None]]] = {
    Hierarchical: _cut_shared_tree,
    Dbscan: _cut_at_radius,
    Hdbscan: _cut_branches,
}
