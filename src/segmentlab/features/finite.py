"""Finds the first value that no model can work with. A copy travels inside every logged model."""

from typing import NamedTuple

import numpy as np
import pandas as pd


class BrokenValue(NamedTuple):
    """A value that is missing or infinite, where it stands, and how many customers have such values."""

    feature: str
    customer: str
    value: float
    customers: int


def find_broken_value(features: pd.DataFrame) -> BrokenValue | None:
    """The first value that is not finite, by row; nothing when all are."""
    values = features.to_numpy(dtype=np.float64)
    broken = ~np.isfinite(values)
    if not broken.any():
        return None
    row, column = np.argwhere(broken)[0]
    return BrokenValue(
        feature=str(features.columns[column]),
        customer=str(features.index[row]),
        value=float(values[row, column]),
        customers=int(broken.any(axis=1).sum()),
    )
