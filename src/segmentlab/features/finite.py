"""Finds the first value that no model can work with."""

from typing import NamedTuple

import numpy as np
import pandas as pd


class Broken(NamedTuple):
    """A value that is missing or infinite, where it stands, and how many customers have such values."""

    feature: str
    customer: str
    value: float
    customers: int


def first_broken(features: pd.DataFrame) -> Broken | None:
    """The first value that is not finite, by row; nothing when all are."""
    values = features.to_numpy(dtype=np.float64)
    broken = ~np.isfinite(values)
    if not broken.any():
        return None
    row, column = np.argwhere(broken)[0]
    return Broken(
        feature=str(features.columns[column]),
        customer=str(features.index[row]),
        value=float(values[row, column]),
        customers=int(broken.any(axis=1).sum()),
    )
