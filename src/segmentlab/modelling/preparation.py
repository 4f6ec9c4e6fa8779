"""Stages of preparation: caps, logarithms and normal scores, for the columns that ask for them.

Every stage works feature by feature and keeps the order of customers within a feature.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from typing import Any, ClassVar, Final, Self, TypeVar, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri
from sklearn.base import BaseEstimator, OneToOneFeatureMixin, TransformerMixin, clone
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentlab.errors import ConfigError
from segmentlab.modelling.interfaces import Points, Transformer
from segmentlab.modelling.parameters import ColumnNames, Nothing, Number, ParameterTable, check_parameters

# Which columns a stage is meant for: all, those named, or those that the feature sets suggest.


SUGGESTED_COLUMNS: Final = (
    "suggested"  # what a configuration writes for `columns` when it follows the feature sets
)

Stage = TypeVar("Stage")


def follow_suggestions(stage: Stage, suggested: Sequence[str]) -> Stage:
    """An unfitted copy of a stage; its `columns: suggested` have become the names of columns."""
    copy = clone(stage)
    asking = [name for name, value in copy.get_params().items() if _has_column_choice(name, value)]
    copy.set_params(**dict.fromkeys(asking, tuple(suggested)))
    return cast("Stage", copy)


def mark_chosen_columns(estimator: BaseEstimator) -> npt.NDArray[np.bool_]:
    """A mark for each column that the estimator has just seen; all are meant when it names none."""
    columns = estimator.columns
    if columns is None:
        return np.ones(estimator.n_features_in_, dtype=np.bool_)
    seen = [str(name) for name in getattr(estimator, "feature_names_in_", ())]
    unknown = [name for name in columns if name not in seen]
    if unknown:
        raise ConfigError(
            f"columns=[{','.join(columns)}] of {type(estimator).__name__}: there is no feature "
            f"{', '.join(unknown)}. Choose among {', '.join(seen) or 'none: a matrix has no names'}."
        )
    return np.isin(seen, columns)


def _has_column_choice(name: str, value: object) -> bool:
    return name.endswith("columns") and isinstance(value, str) and value == SUGGESTED_COLUMNS


# Caps: a value beyond them counts as the cap, so that nobody is further out than that.


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

    Args:
        lower: The quantile that lower values count as.
        upper: The quantile that higher values count as.

    Attributes:
        low_: The lower cap of each feature.
        high_: The upper cap of each feature.

    Example:
        >>> from segmentlab.modelling import QuantileCaps
        >>> caps = QuantileCaps(0.1, 0.9).fit([[day] for day in range(101)])
        >>> caps.transform([[-5], [50], [1000]]).ravel()
        array([10., 50., 90.])
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "lower": (Number(least=0, most=1),),
        "upper": (Number(least=0, most=1),),
    }

    def __init__(self, lower: float = 0.01, upper: float = 0.99) -> None:
        self.lower = lower
        self.upper = upper

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803
        """Learn the caps."""
        check_parameters(self)
        if self.lower >= self.upper:
            raise ConfigError(
                f"lower={self.lower} and upper={self.upper} of QuantileCaps do not work: expected lower to "
                "be below upper, as in 0.01 and 0.99."
            )
        values = validate_data(self, X, dtype=np.float64)
        self.low_, self.high_ = np.quantile(values, [float(self.lower), float(self.upper)], axis=0)
        return self


# The logarithm, for money and counts: a few customers are far larger than all others.


def apply_signed_log(values: Points) -> Points:
    """The logarithm of each value's size plus one, with the value's sign."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)))


def undo_signed_log(values: Points) -> Points:
    """Back to the original units."""
    return np.asarray(np.sign(values) * np.expm1(np.abs(values)))


class SignedLog(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """log1p that also takes negative values: it mirrors the curve, so money owed keeps its sign.

    For values of zero and more it is exactly log1p. With `columns`, the other columns stay as they are.

    Args:
        columns: The columns to take the logarithm of, by name; None means all.

    Attributes:
        logged_: A mark for each column: whether its logarithm is taken.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.modelling import SignedLog
        >>> table = pd.DataFrame({"share": [0.5, 0.1], "money": [99.0, -99.0]})
        >>> SignedLog(columns=["money"]).set_output(transform="pandas").fit_transform(table).round(2)
           share  money
        0    0.5   4.61
        1    0.1  -4.61
    """

    PARAMETERS: ClassVar[ParameterTable] = {"columns": (ColumnNames(), Nothing())}

    def __init__(self, columns: Sequence[str] | None = None) -> None:
        self.columns = columns

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Nothing is learnt but the names of the columns."""
        check_parameters(self)
        validate_data(self, X)
        self.logged_ = mark_chosen_columns(self)
        return self

    def transform(self, X: npt.ArrayLike) -> Points:  # noqa: N803
        """The logarithm of the chosen columns."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64)
        return np.where(self.logged_, apply_signed_log(values), values)


# Numbers and categories side by side: of a category with ten values, ten columns must not count ten times.


CATEGORY_MARK: Final = "_is_"  # between a category and its value, as feature sets write it


class BlockScaler(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Mean 0 and deviation 1 for each number, and variance 1 for all columns of a category together.

    Columns that are called `<category>_is_<value>` belong together. By StandardScaler each of them would
    count as much as a number, and a rare value would put its customers far from everybody.

    Attributes:
        mean_: The mean of each column.
        scale_: What each column is divided by; the same for all columns of a category.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.modelling import BlockScaler
        >>> columns = ["city_is_rome", "city_is_oslo", "age"]
        >>> table = pd.DataFrame([[1, 0, 9], [0, 1, 9], [0, 1, 5], [0, 1, 5]], columns=columns)
        >>> BlockScaler().fit(table).scale_.round(2)
        array([0.61, 0.61, 2.  ])
    """

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Learn means and scales."""
        values = validate_data(self, X, dtype=np.float64)
        names = [str(name) for name in getattr(self, "feature_names_in_", range(values.shape[1]))]
        blocks = pd.Index([name.rpartition(CATEGORY_MARK)[0] or name for name in names])
        spread = pd.Series(values.var(axis=0)).groupby(blocks.to_numpy()).transform("sum")
        self.mean_: Points = values.mean(axis=0)
        # What hardly differs is left as it is: rounding must not become a feature.
        noise = 10 * np.finfo(np.float64).eps * np.maximum(np.abs(self.mean_), 1e-300)
        deviation = np.sqrt(spread.to_numpy())
        self.scale_: Points = np.where(deviation > noise, deviation, 1.0)
        return self

    def transform(self, X: npt.ArrayLike) -> Points:  # noqa: N803
        """Each column less its mean, by its scale."""
        check_is_fitted(self, "scale_")
        values = validate_data(self, X, reset=False, dtype=np.float64)
        return np.asarray((values - self.mean_) / self.scale_)


# Ranks instead of amounts, laid out like a normal distribution.


MOST_KNOTS = (
    1_000  # points of a curve: no customer is further than a hundredth of a deviation from the full one
)


class NormalScores(OneToOneFeatureMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """The normal quantile of each value's rank; customers with one value share the middle of their ranks.

    scikit-learn's QuantileTransformer puts everybody with the smallest value 5.2 deviations out, which
    would make an island of the third of the customers who bought once. It also learns from a random
    sample, above 10,000 rows; here all rows count, so there is no seed and no smallest number of rows.

    A new value between two known ones is interpolated; one beyond them gets the outermost score.

    Attributes:
        curves_: For each feature its values and their scores, thinned to a thousand.

    Example:
        >>> from segmentlab.modelling import NormalScores
        >>> NormalScores().fit_transform([[1.0], [1.0], [7.0], [1e9]]).ravel().round(2)
        array([-0.67, -0.67,  0.32,  1.15])
    """

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Learn one curve per feature."""
        self.curves_ = [_build_curve(column) for column in validate_data(self, X, dtype=np.float64).T]
        return self

    def transform(self, X: npt.ArrayLike) -> Points:  # noqa: N803
        """The score of each value."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64)
        scored = [np.interp(own, *curve) for own, curve in zip(values.T, self.curves_, strict=True)]
        return np.column_stack(scored)


def _build_curve(column: Points) -> tuple[Points, Points]:
    """Values and their scores, thinned to knots that are evenly spaced in the score."""
    values, counts = np.unique(column, return_counts=True)
    scores = ndtri((np.cumsum(counts) - counts / 2) / len(column))
    kept = np.unique(np.searchsorted(scores, np.linspace(scores[0], scores[-1], MOST_KNOTS)))
    return values[kept], scores[kept]


def describe_shapes(before: pd.DataFrame, after: pd.DataFrame, preparation: Transformer) -> pd.DataFrame:
    """A row per feature: its skewness before and after, and the caps in the feature's own unit.

    Skewness is 0 for a symmetric feature and above 0 for a long tail to the right.
    """
    low, high = _find_caps(preparation, before.shape[1])
    table = pd.DataFrame(
        {
            "skewness_before": before.skew(),
            "skewness_after": after.skew(),
            "low_cap": pd.Series(low, before.columns),
            "high_cap": pd.Series(high, before.columns),
        }
    )
    return table.replace([np.inf, -np.inf], np.nan).rename_axis("feature").reset_index()


def list_single_steps(preparation: Transformer) -> Iterator[Any]:
    """The transforms that a preparation consists of, in order."""
    steps = getattr(preparation, "steps", None)
    if steps is None:
        yield preparation
    else:
        for _, step in steps:
            yield from list_single_steps(step)


def _find_caps(preparation: Transformer, features: int) -> tuple[Points, Points]:
    """The caps that work on the features' own units: those before any other transform."""
    low, high = np.full(features, -np.inf), np.full(features, np.inf)
    for caps in takewhile(lambda step: isinstance(step, Caps), list_single_steps(preparation)):
        low, high = np.clip([caps.low_, caps.high_], low, high)
    return low, high
