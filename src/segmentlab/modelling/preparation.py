"""Transforms that scikit-learn does not ship."""

from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data


class SignedLog(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """log1p that also takes negative values: it mirrors the curve, so money owed keeps its sign.

    For values of zero and more it is exactly log1p.
    """

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Nothing is learnt but the names of the columns."""
        validate_data(self, X)
        return self

    def transform(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:  # noqa: N803
        """The logarithm of each value's size, with the value's sign."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64)
        return np.asarray(np.sign(values) * np.log1p(np.abs(values)))
