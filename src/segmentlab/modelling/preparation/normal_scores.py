"""Ranks instead of amounts, laid out like a normal distribution."""

from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentlab.modelling.contract import Points

KNOTS = 1_000  # points of a curve: no customer is further than a hundredth of a deviation from the full one


class NormalScores(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """The normal quantile of each value's rank; customers with one value share the middle of their ranks.

    scikit-learn's QuantileTransformer puts everybody with the smallest value 5.2 deviations out, which
    would make an island of the third of the customers who bought once. It also learns from a random
    sample, above 10,000 rows; here all rows count, so there is no seed and no smallest number of rows.

    A new value between two known ones is interpolated; one beyond them gets the outermost score.
    """

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Learn one curve per feature."""
        self.curves_ = [_curve(column) for column in validate_data(self, X, dtype=np.float64).T]
        return self

    def transform(self, X: npt.ArrayLike) -> Points:  # noqa: N803
        """The score of each value."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64)
        scored = [np.interp(own, *curve) for own, curve in zip(values.T, self.curves_, strict=True)]
        return np.column_stack(scored)


def _curve(column: Points) -> tuple[Points, Points]:
    """Values and their scores, thinned to knots that are evenly spaced in the score."""
    values, counts = np.unique(column, return_counts=True)
    scores = ndtri((np.cumsum(counts) - counts / 2) / len(column))
    kept = np.unique(np.searchsorted(scores, np.linspace(scores[0], scores[-1], KNOTS)))
    return values[kept], scores[kept]
