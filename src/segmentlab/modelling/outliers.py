"""Customers far from all others: what far means, and the ways to treat them."""

from collections.abc import Sequence
from typing import Final, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from segmentlab.errors import ConfigError
from segmentlab.modelling.contract import Points
from segmentlab.modelling.preparation.caps import Caps
from segmentlab.modelling.preparation.columns import chosen_columns
from segmentlab.modelling.preparation.log import signed_log, undo_signed_log

Scale = Literal["log", "raw"]


class Fences(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Tukey's fences: `factor` interquartile ranges below the first and above the third quartile.

    On the scale `log` they are measured in logarithms. Spend has a long tail by nature: on the raw
    scale the fences take the best customers for errors. A feature whose middle half is one value has
    no fences, for the smallest difference would lie beyond them. With `columns`, only these have fences.

    Attributes:
        low_: The lower fence of each feature, in the feature's own unit.
        high_: The upper fence.
    """

    low_: Points
    high_: Points

    def __init__(
        self, factor: float = 1.5, scale: Scale = "log", columns: Sequence[str] | None = None
    ) -> None:
        self.factor = factor
        self.scale = scale
        self.columns = columns

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Learn the fences."""
        self._check_parameters()
        values = validate_data(self, X, dtype=np.float64)
        low, high = FENCES[self.scale](values, self.factor)
        fenced = chosen_columns(self, self.columns, "outliers") & (low < high)
        self.low_, self.high_ = np.where(fenced, low, -np.inf), np.where(fenced, high, np.inf)
        return self

    def _check_parameters(self) -> None:
        if self.factor <= 0:
            raise ConfigError(
                f"outliers.factor={self.factor} is not above 0. Tukey's are 1.5, and 3 for far."
            )
        if self.scale not in FENCES:
            raise ConfigError(f"outliers.scale={self.scale} is unknown. Choose {' or '.join(FENCES)}.")
        if self.columns is not None and not self.columns:
            raise ConfigError(
                "outliers.columns names no feature, so nobody could be an outlier. Name some: "
                "outliers.columns=[rfm_monetary]. (suggested: those with a long tail, and there are none.)"
            )


class FenceCaps(Fences, Caps):
    """Moves values beyond the fences to the fence."""


class BeyondFences(Fences):
    """Takes out customers with a value beyond the fences; the rule is for everybody, old and new."""

    def __init__(
        self,
        name: str | None,
        factor: float = 1.5,
        scale: Scale = "log",
        columns: Sequence[str] | None = None,
    ) -> None:
        super().__init__(factor, scale, columns)
        self.name = name

    def applies(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which customers lie beyond a fence."""
        values = features[list(self.feature_names_in_)].to_numpy(dtype=np.float64)
        beyond = (values < self.low_) | (values > self.high_)
        return np.asarray(beyond.any(axis=1))


def _raw_fences(values: Points, factor: float) -> tuple[Points, Points]:
    first, third = np.quantile(values, [0.25, 0.75], axis=0)
    reach = factor * (third - first)
    return first - reach, third + reach


def _log_fences(values: Points, factor: float) -> tuple[Points, Points]:
    low, high = _raw_fences(signed_log(values), factor)
    return undo_signed_log(low), undo_signed_log(high)


FENCES: Final = {"log": _log_fences, "raw": _raw_fences}
