"""The logarithm, for money and counts: a few customers are far larger than all others."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentlab.modelling.contract import Points
from segmentlab.modelling.preparation.columns import chosen_columns


def signed_log(values: Points) -> Points:
    """The logarithm of each value's size plus one, with the value's sign."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def undo_signed_log(values: Points) -> Points:
    """Back to the original units."""
    return np.asarray(np.sign(values) * np.expm1(np.abs(values)))


class SignedLog(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """log1p that also takes negative values: it mirrors the curve, so money owed keeps its sign.

    For values of zero and more it is exactly log1p. With `columns`, the other columns stay as they are.
    """

    def __init__(self, columns: Sequence[str] | None = None) -> None:
        self.columns = columns

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Nothing is learnt but the names of the columns."""
        validate_data(self, X)
        self.logged_ = chosen_columns(self, self.columns, "prepare")
        return self

    def transform(self, X: npt.ArrayLike) -> Points:  # noqa: N803
        """The logarithm of the chosen columns."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64)
        return np.where(self.logged_, signed_log(values), values)
