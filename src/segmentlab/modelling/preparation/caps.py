"""Caps: a value beyond them counts as the cap, so that nobody is further out than that."""

from typing import Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentlab.modelling.contract import Points


class Caps(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Moves values to the nearer of two caps per feature; a way to learn the caps makes it complete.

    Attributes:
        low_: The lower cap of each feature, -inf where there is none.
        high_: The upper cap of each feature, inf where there is none.
    """

    low_: Points
    high_: Points

    def transform(self, X: npt.ArrayLike) -> Points:  # noqa: N803  (scikit-learn's own name)
        """The values, none of them beyond the caps."""
        check_is_fitted(self, "low_")
        values = validate_data(self, X, reset=False, dtype=np.float64)
        return np.asarray(np.clip(values, self.low_, self.high_))


class QuantileCaps(Caps):
    """Winsorizes: caps at two quantiles of each feature, so the same share is moved in all of them.

    A feature where fewer customers than that share differ from the rest becomes constant.
    """

    def __init__(self, lower: float = 0.01, upper: float = 0.99) -> None:
        self.lower = lower
        self.upper = upper

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803
        """Learn the caps."""
        if not 0 <= self.lower < self.upper <= 1:
            raise ValueError(
                f"lower={self.lower} and upper={self.upper} can't be caps: both are quantiles between 0 and "
                "1, and lower is below upper, as in 0.01 and 0.99."
            )
        values = validate_data(self, X, dtype=np.float64)
        self.low_, self.high_ = np.quantile(values, [self.lower, self.upper], axis=0)
        return self
