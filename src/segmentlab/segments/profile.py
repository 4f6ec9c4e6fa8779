"""One row per segment: how many, how much, and what they are like in the units people think in."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd


def profile(
    features: pd.DataFrame, revenue: pd.Series, labels: npt.NDArray[np.int_], names: Mapping[int, str]
) -> pd.DataFrame:
    """Size, shares, and the mean and median of each feature before any transform.

    Noise is a row of its own, so customers and revenue sum to the totals of the dataset.
    """
    groups = features.groupby(labels)
    money = revenue.reindex(features.index).groupby(labels).sum()
    table = pd.DataFrame({"customers": groups.size(), "revenue": money})
    table.insert(0, "name", [names[int(segment)] for segment in table.index])
    table.insert(2, "customer_share", table["customers"] / len(features))
    table["revenue_share"] = table["revenue"] / table["revenue"].sum()
    for feature in features.columns:
        table[f"{feature}_mean"] = groups[feature].mean()
        table[f"{feature}_median"] = groups[feature].median()
    return table.rename_axis("segment")
