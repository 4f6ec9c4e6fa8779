"""One row per segment: how many, how much, and what they are like in the units people think in."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

_SHARES: Final = {"customer_share": "share", "revenue_share": "revenue"}


def profile(
    features: pd.DataFrame,
    revenue: pd.Series | None,
    labels: npt.NDArray[np.int_],
    names: Mapping[int, str],
) -> pd.DataFrame:
    """Size, shares, and the mean and median of each feature before any transform.

    Noise is a row of its own, so customers and revenue sum to the totals of the dataset. Where the
    revenue of customers is not known, the columns about it are not there.
    """
    groups = features.groupby(labels)
    table = pd.DataFrame({"customers": groups.size()})
    table.insert(0, "name", [names[int(segment)] for segment in table.index])
    table["customer_share"] = table["customers"] / len(features)
    if revenue is not None:
        table["revenue"] = revenue.reindex(features.index).groupby(labels).sum()
        table["revenue_share"] = table["revenue"] / table["revenue"].sum()
    both = {"mean": groups.mean(), "median": groups.median()}
    columns = {f"{name}_{kind}": both[kind][name] for name in features.columns for kind in both}
    return pd.concat([table, pd.DataFrame(columns, index=table.index)], axis="columns").rename_axis("segment")


def shares(table: pd.DataFrame) -> dict[str, str]:
    """The columns of a profile that are shares of a whole, and what to call each."""
    return {column: heading for column, heading in _SHARES.items() if column in table}
