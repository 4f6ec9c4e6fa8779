"""Learns the stages one after the other, and takes from memory what other segmentations have learnt alike."""

from collections.abc import Callable, Hashable, Sequence
from copy import copy
from typing import NamedTuple, Protocol, TypeVar

import joblib
import numpy as np
import pandas as pd
from sklearn.base import clone

from segmentlab.modelling.fitting import (
    check_groups_found,
    check_prepared,
    check_size,
    find_k_parameter,
    fit_model,
    introduce_customers,
    limit_threads,
    name_stage_errors,
)
from segmentlab.modelling.interfaces import Clusterer, Points, Transformer
from segmentlab.modelling.preparation import follow_suggestions

Made = TypeVar("Made")
GROWN_AT = 1  # the number of segments at which a tree is kept: it is cut for every other


class StageMemory(Protocol):
    """What was made before from the same customers, by a key."""

    def __call__(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is known under the key; made now if nothing is."""
        ...


def make_anew(key: Hashable, make: Callable[[], Made]) -> Made:  # noqa: ARG001  (nothing is kept)
    """The memory of who learns once: there is none."""
    return make()


class Stages(NamedTuple):
    """What is learnt one after the other."""

    preparation: Transformer
    projection: Transformer
    model: Clusterer


def learn_stages(
    stages: Stages, long_tailed: Sequence[str], features: pd.DataFrame, known: StageMemory = make_anew
) -> tuple[Stages, Points]:
    """Fit a copy of each stage on what the one before makes of the features; the last sees the points.

    `known` has to be about these features alone. What it holds is shared, and never fitted again.
    """
    check_size(stages.model, features)
    name = id if known is make_anew else identify_stage  # hashing is for who finds a stage again
    wanted = follow_suggestions(stages.preparation, long_tailed)
    with limit_threads(len(features)):
        with name_stage_errors("prepare"):
            key: tuple[Hashable, ...] = ("prepared", name(wanted))
            preparation, values = known(key, lambda: _transform(wanted, features))
            prepared = pd.DataFrame(values, index=features.index, columns=features.columns)
            check_prepared(prepared, preparation)
        with name_stage_errors("projection"):
            key = (*key, "projected", name(stages.projection))
            projection, points = known(key, lambda: _transform(clone(stages.projection), prepared))
        with name_stage_errors("model"):
            model = introduce_customers(stages.model, features, preparation, projection)
            model = _fit_or_cut(model, points, key, known)
    check_groups_found(model)
    return Stages(preparation, projection, model), points


def _transform(stage: Transformer, table: pd.DataFrame) -> tuple[Transformer, Points]:
    fitted = stage.fit(table)
    return fitted, np.asarray(fitted.transform(table), dtype=np.float64)


def _fit_or_cut(model: Clusterer, points: Points, key: tuple[Hashable, ...], known: StageMemory) -> Clusterer:
    """All numbers of segments are cuts of one tree, where a model grows one."""
    k = find_k_parameter(model)
    if known is make_anew:
        return fit_model(model, points)
    if k is None or not hasattr(model, "cut"):
        return known((*key, identify_stage(model)), lambda: fit_model(model, points))
    number = model.get_params()[k]
    seed: Clusterer = clone(model).set_params(**{k: GROWN_AT})
    own = copy(known((*key, identify_stage(seed)), lambda: fit_model(seed, points)))
    own.set_params(**{k: number})
    own.labels_ = own.cut(number)  # type: ignore[attr-defined]  # looked for above
    return own


def identify_stage(stage: object) -> Hashable:
    """Equal for stages of one class with equal parameters, arrays among them.

    A class of the user's own may hold what can't be read, and fail in any way: it is equal to nothing and
    learnt anew, so no error is lost that anybody could act on.
    """
    try:
        return type(stage), joblib.hash(stage)
    except Exception:
        return object()
