"""Customers who bought once: a third of many shops, and an island in every count."""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator

from segmentlab.errors import ConfigError

INVOICES = "rfm_frequency"
# A total and its mean per invoice are equal when there is one invoice.
TOTALS = {"behaviour_quantity": "behaviour_basket_items", "behaviour_spend": "behaviour_purchase_value"}


class OneTimeBuyers(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Takes out customers with a single invoice, as far as the features tell how many there are.

    Attributes:
        evidence_: The feature that tells.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, X: pd.DataFrame, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Find the feature that tells; nothing else is learnt."""
        pairs = [total for total, mean in TOTALS.items() if {total, mean} <= set(X.columns)]
        telling = [INVOICES] * (INVOICES in X.columns) + pairs
        if not telling:
            told = " or ".join(f"{total} with {mean}" for total, mean in TOTALS.items())
            raise ConfigError(
                f"one_time=apart needs to know how many invoices a customer has: {INVOICES}, or {told}. The "
                f"features are {', '.join(X.columns)}. Add features=[rfm,...] or use one_time=together."
            )
        self.evidence_ = telling[0]
        return self

    def applies(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which customers bought once."""
        told = features[self.evidence_].to_numpy(dtype=np.float64)
        if self.evidence_ == INVOICES:
            return np.asarray(told == 1)
        mean = features[TOTALS[self.evidence_]].to_numpy(dtype=np.float64)
        return np.asarray((told == mean) & (told != 0))
