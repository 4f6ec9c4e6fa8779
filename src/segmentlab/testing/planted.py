"""Customers whose segments are known, because they were put there."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

# Recency, frequency and monetary value of the three groups, far from each other in every one.
CENTRES: Final = ((5.0, 200.0, 9000.0), (60.0, 20.0, 700.0), (300.0, 1.0, 40.0))


def plant_customers(
    per_segment: int = 40, seed: int = 0
) -> tuple[pd.DataFrame, "pd.Series[float]", npt.NDArray[np.int64]]:
    """Three far groups: the features of each customer, the money, and the group."""
    generator = np.random.default_rng(seed)
    truth = np.repeat(np.arange(len(CENTRES)), per_segment)
    values = np.array(CENTRES)[truth] * np.exp(generator.normal(0, 0.15, (len(truth), 3)))
    names = [f"c{number:04d}" for number in generator.permutation(len(truth))]
    index = pd.Index(names, name="customer_id")
    features = pd.DataFrame(values, index=index, columns=["rfm_recency", "rfm_frequency", "rfm_monetary"])
    order = np.argsort(features.index)
    features = features.iloc[order]
    return features, features["rfm_monetary"], truth[order]
