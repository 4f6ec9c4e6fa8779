"""Small feature tables whose segments are known."""

import numpy as np
import pandas as pd


def customers(per_segment: int = 40, seed: int = 0) -> tuple[pd.DataFrame, pd.Series, np.ndarray]:
    """Three far groups: features, money, and the group of each customer."""
    generator = np.random.default_rng(seed)
    centres = np.array([[5.0, 200.0, 9000.0], [60.0, 20.0, 700.0], [300.0, 1.0, 40.0]])
    truth = np.repeat([0, 1, 2], per_segment)
    values = centres[truth] * np.exp(generator.normal(0, 0.15, (len(truth), 3)))
    names = [f"c{number:04d}" for number in generator.permutation(len(truth))]
    index = pd.Index(names, name="customer_id")
    features = pd.DataFrame(values, index=index, columns=["rfm_recency", "rfm_frequency", "rfm_monetary"])
    order = np.argsort(features.index)
    features = features.iloc[order]
    return features, features["rfm_monetary"], truth[order]
