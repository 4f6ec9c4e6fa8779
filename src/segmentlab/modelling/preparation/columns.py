"""Which columns a stage is meant for: all, those named, or those that the feature sets suggest."""

from collections.abc import Sequence
from typing import Final, TypeVar, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, clone

from segmentlab.errors import ConfigError

SUGGESTED: Final = "suggested"  # what a configuration writes for `columns` when it follows the feature sets

Stage = TypeVar("Stage")


def following(stage: Stage, suggested: Sequence[str]) -> Stage:
    """An unfitted copy of a stage; its `columns: suggested` have become the names of columns."""
    copy = clone(stage)
    asking = [name for name, value in copy.get_params().items() if _asks(name, value)]
    copy.set_params(**dict.fromkeys(asking, tuple(suggested)))
    return cast("Stage", copy)


def chosen_columns(
    estimator: BaseEstimator, columns: Sequence[str] | None, group: str
) -> npt.NDArray[np.bool_]:
    """A mark for each column that the estimator has just seen; all are meant when none is named.

    `group` is where the configuration names them, for the message when one is not there.
    """
    if columns is None:
        return np.ones(estimator.n_features_in_, dtype=np.bool_)
    seen = [str(name) for name in getattr(estimator, "feature_names_in_", ())]
    unknown = [name for name in columns if name not in seen]
    if unknown:
        raise ConfigError(
            f"{group}: columns=[{','.join(columns)}]: there is no feature {', '.join(unknown)}. "
            f"Choose among {', '.join(seen)}."
        )
    return np.isin(seen, columns)


def _asks(name: str, value: object) -> bool:
    return name.endswith("columns") and isinstance(value, str) and value == SUGGESTED
