"""Customers who are not clustered with the others: one-time buyers, and those far from all others.

Rules take them out before the model sees them, or cap what is far.
"""

from collections.abc import Sequence
from typing import Final, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from segmentlab.errors import ConfigError
from segmentlab.modelling.interfaces import ApartRule, Labels, Points
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.preparation import Caps, apply_signed_log, mark_chosen_columns, undo_signed_log

# Customers who are not clustered with the others: rules take them out before the model sees them.


NOT_APART = -1


def find_apart_rules(rules: Sequence[ApartRule], features: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The position of the first rule that takes each customer out; STAYS where none does."""
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
    labels = np.asarray([*own, NOISE], dtype=np.int64)[taken]  # STAYS points at the last
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

    Attributes:
        evidence_: The feature that tells.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Find the feature that tells; nothing else is learnt."""
        pairs = [total for total, mean in TOTAL_COLUMNS.items() if {total, mean} <= set(X.columns)]
        telling = [INVOICE_COUNT_COLUMN] * (INVOICE_COUNT_COLUMN in X.columns) + pairs
        if not telling:
            told = " or ".join(f"{total} with {mean}" for total, mean in TOTAL_COLUMNS.items())
            raise ConfigError(
                "one_time=apart needs to know how many invoices a customer has: "
                f"{INVOICE_COUNT_COLUMN}, or {told}. The "
                f"features are {', '.join(X.columns)}. Add features=[rfm,...] or use one_time=together."
            )
        self.evidence_ = telling[0]
        return self

    def applies(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which customers bought once."""
        told = features[self.evidence_].to_numpy(dtype=np.float64)
        if self.evidence_ == INVOICE_COUNT_COLUMN:
            return np.asarray(told == 1)
        mean = features[TOTAL_COLUMNS[self.evidence_]].to_numpy(dtype=np.float64)
        return np.asarray((told == mean) & (told != 0))


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
        self._check_parameters()
        values = validate_data(self, X, dtype=np.float64)
        low, high = FENCE_METHODS[self.scale](values, self.factor)
        fenced = mark_chosen_columns(self, self.columns, "outliers") & (low < high)
        self.low_, self.high_ = np.where(fenced, low, -np.inf), np.where(fenced, high, np.inf)
        return self

    def _check_parameters(self) -> None:
        if self.factor <= 0:
            raise ConfigError(
                f"outliers.factor={self.factor} is not above 0. Tukey's are 1.5, and 3 for far."
            )
        if self.scale not in FENCE_METHODS:
            raise ConfigError(f"outliers.scale={self.scale} is unknown. Choose {' or '.join(FENCE_METHODS)}.")
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
        scale: FenceScale = "log",
        columns: Sequence[str] | None = None,
    ) -> None:
        super().__init__(factor, scale, columns)
        self.name = name

    def applies(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which customers lie beyond a fence."""
        values = features[list(self.feature_names_in_)].to_numpy(dtype=np.float64)
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
