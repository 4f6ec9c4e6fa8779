"""Customers who are not clustered with the others: one-time buyers, and those far from all others.

Rules take them out before the model sees them, or cap what is far.
"""

from collections.abc import Sequence
from typing import ClassVar, Final, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentlab.errors import ConfigError
from segmentlab.modelling.interfaces import ApartRule, Labels, Points
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.parameters import (
    ColumnNames,
    Nothing,
    Number,
    OneOf,
    ParameterTable,
    Text,
    check_parameters,
)
from segmentlab.modelling.preparation import Caps, apply_signed_log, mark_chosen_columns, undo_signed_log

# Customers who are not clustered with the others: rules take them out before the model sees them.


NOT_APART = -1


def find_apart_rules(rules: Sequence[ApartRule], features: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The position of the first rule that takes each customer out; NOT_APART where none does."""
    taken = np.full(len(features), NOT_APART, dtype=np.int64)
    for position, rule in enumerate(rules):
        taken[(taken == NOT_APART) & rule.applies(features)] = position
    return taken


def find_left_out(rules: Sequence[ApartRule], features: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Who belongs to no segment because a rule without a name took them out."""
    nameless = [position for position, rule in enumerate(rules) if rule.name is None]
    return np.isin(find_apart_rules(rules, features), nameless)


def add_apart_labels(taken: Labels, rules: Sequence[ApartRule], clustered: Labels, first_free: int) -> Labels:
    """Labels for everybody: the model's for those who stayed, and one more for each rule with a name."""
    own = [NOISE if rule.name is None else first_free + position for position, rule in enumerate(rules)]
    labels = np.asarray([*own, NOISE], dtype=np.int64)[taken]  # NOT_APART points at the last
    labels[taken == NOT_APART] = clustered
    return labels


# Customers who bought once: a third of many shops, and an island in every count.


INVOICE_COUNT_COLUMN = "rfm_frequency"
# A total and its mean per invoice are equal when there is one invoice.
TOTAL_COLUMNS = {
    "behaviour_quantity": "behaviour_basket_items",
    "behaviour_spend": "behaviour_purchase_value",
}


class OneTimeBuyers(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Takes out customers with a single invoice, as far as the features tell how many there are.

    It knows features by their names, so it needs a table with names: `rfm_frequency`, which counts
    invoices, or a total beside its mean per invoice.

    Args:
        name: What their segment is called.

    Attributes:
        evidence_: The feature that tells.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.modelling import OneTimeBuyers
        >>> table = pd.DataFrame({"rfm_frequency": [1.0, 7.0], "rfm_monetary": [20.0, 300.0]})
        >>> OneTimeBuyers().fit(table).applies(table)
        array([ True, False])
    """

    PARAMETERS: ClassVar[ParameterTable] = {"name": (Text(),)}

    def __init__(self, name: str = "One-time buyers") -> None:
        self.name = name

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Find the feature that tells; nothing else is learnt."""
        check_parameters(self)
        validate_data(self, X, dtype=np.float64)
        names = [str(name) for name in getattr(self, "feature_names_in_", ())]
        pairs = [total for total, mean in TOTAL_COLUMNS.items() if {total, mean} <= set(names)]
        evidence = [INVOICE_COUNT_COLUMN] * (INVOICE_COUNT_COLUMN in names) + pairs
        if not evidence:
            possible = " or ".join(f"{total} with {mean}" for total, mean in TOTAL_COLUMNS.items())
            raise ConfigError(
                "one_time=apart needs to know how many invoices a customer has: "
                f"{INVOICE_COUNT_COLUMN}, or {possible}. The features are "
                f"{', '.join(names) or 'without names'}. Add features=[rfm,...] or use one_time=together."
            )
        self.evidence_ = evidence[0]
        return self

    def applies(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which customers bought once."""
        check_is_fitted(self)
        values = features[self.evidence_].to_numpy(dtype=np.float64)
        if self.evidence_ == INVOICE_COUNT_COLUMN:
            return np.asarray(values == 1)
        mean = features[TOTAL_COLUMNS[self.evidence_]].to_numpy(dtype=np.float64)
        return np.asarray((values == mean) & (values != 0))


FenceScale = Literal["log", "raw"]


class Fences(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Tukey's fences: `factor` interquartile ranges below the first and above the third quartile.

    On the scale `log` they are measured in logarithms. Spend has a long tail by nature: on the raw
    scale the fences take the best customers for errors. A feature whose middle half is one value has
    no fences, for the smallest difference would lie beyond them. With `columns`, only these have fences.

    Attributes:
        low_: The lower fence of each feature, in the feature's own unit.
        high_: The upper fence.
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "factor": (Number(above=0),),
        "scale": (OneOf(("log", "raw")),),
        "columns": (ColumnNames(), Nothing()),
    }

    low_: Points
    high_: Points

    def __init__(
        self, factor: float = 1.5, scale: FenceScale = "log", columns: Sequence[str] | None = None
    ) -> None:
        self.factor = factor
        self.scale = scale
        self.columns = columns

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Learn the fences."""
        check_parameters(self)
        if self.columns is not None and not self.columns:
            raise ConfigError(
                f"columns of {type(self).__name__} names no feature, so nobody could be an outlier. "
                "Name some: outliers.columns=[rfm_monetary]. (suggested: those with a long tail, and there "
                "are none.)"
            )
        values = validate_data(self, X, dtype=np.float64)
        low, high = FENCE_METHODS[self.scale](values, self.factor)
        fenced = mark_chosen_columns(self) & (low < high)
        self.low_, self.high_ = np.where(fenced, low, -np.inf), np.where(fenced, high, np.inf)
        return self


class FenceCaps(Fences, Caps):
    """Moves values beyond Tukey's fences to the fence.

    Args:
        factor: How many interquartile ranges the fences are from the quartiles: 1.5, or 3 for what is far.
        scale: `log` measures in logarithms, as money and counts want; `raw` in the feature's own unit.
        columns: The columns that have fences, by name; None means all.

    Attributes:
        low_: The lower fence of each feature, in the feature's own unit; -inf where it has none.
        high_: The upper fence; inf where it has none.

    Example:
        >>> from segmentlab.modelling import FenceCaps
        >>> caps = FenceCaps(scale="raw").fit([[1], [2], [3], [4], [5]])
        >>> caps.transform([[-50], [3], [1000]]).ravel()
        array([-1.,  3.,  7.])
    """


class BeyondFences(Fences):
    """Takes out customers with a value beyond Tukey's fences; the rule is for everybody, old and new.

    Args:
        name: What their segment is called; None leaves them out of all segments.
        factor: How many interquartile ranges the fences are from the quartiles: 1.5, or 3 for what is far.
        scale: `log` measures in logarithms, as money and counts want; `raw` in the feature's own unit.
        columns: The columns that have fences, by name; None means all.

    Attributes:
        low_: The lower fence of each feature, in the feature's own unit; -inf where it has none.
        high_: The upper fence; inf where it has none.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.modelling import BeyondFences
        >>> table = pd.DataFrame({"rfm_monetary": [1.0, 2.0, 3.0, 4.0, 1e6]})
        >>> BeyondFences("Outliers").fit(table).applies(table)
        array([False, False, False, False,  True])
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "name": (Text(), Nothing()),
        **Fences.PARAMETERS,
    }

    def __init__(
        self,
        name: str | None = "Outliers",
        factor: float = 1.5,
        scale: FenceScale = "log",
        columns: Sequence[str] | None = None,
    ) -> None:
        super().__init__(factor, scale, columns)
        self.name = name

    def applies(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which customers lie beyond a fence."""
        check_is_fitted(self)
        names = getattr(self, "feature_names_in_", None)
        values = np.asarray(features if names is None else features[list(names)], dtype=np.float64)
        beyond = (values < self.low_) | (values > self.high_)
        return np.asarray(beyond.any(axis=1))


def _find_raw_fences(values: Points, factor: float) -> tuple[Points, Points]:
    first, third = np.quantile(values, [0.25, 0.75], axis=0)
    reach = factor * (third - first)
    return first - reach, third + reach


def _find_log_fences(values: Points, factor: float) -> tuple[Points, Points]:
    low, high = _find_raw_fences(apply_signed_log(values), factor)
    return undo_signed_log(low), undo_signed_log(high)


FENCE_METHODS: Final = {"log": _find_log_fences, "raw": _find_raw_fences}
