"""Feature by feature: what is typical of a segment, and how far that sets it apart from everybody else."""

import numpy as np
import pandas as pd


def feature_table(features: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Long: segment, feature, mean, quartiles, `difference_sd` and `effect`, in the units people think in.

    `difference_sd` is the mean's distance from the mean of all customers, in standard deviations of all.
    A few giants move it. `effect` does not mind them: take a customer of the segment and one from outside
    at random; it is how much oftener the former has the higher value than the lower one, from -1 to 1.
    """
    groups = features.groupby(labels.to_numpy())
    mean = groups.mean()
    stated = {
        "mean": mean,
        "median": groups.median(),
        "q25": groups.quantile(0.25),
        "q75": groups.quantile(0.75),
        "difference_sd": (mean - features.mean()) / features.std(ddof=0).replace(0.0, np.nan),
        "effect": _effect(features, labels),
    }
    pairs = pd.MultiIndex.from_product([mean.index, features.columns], names=["segment", "feature"])
    flat = {name: table[list(features)].to_numpy().ravel() for name, table in stated.items()}
    return pd.DataFrame(flat, index=pairs).reset_index()


def _effect(features: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """The rank-biserial correlation, from mean ranks; missing where nobody is outside."""
    groups = features.rank().groupby(labels.to_numpy())
    inside = groups.size()
    outside = (len(features) - inside).where(lambda count: count > 0)
    # The mean rank in a segment is (inside + 1) / 2 when everybody outside ranks higher.
    higher = groups.mean().sub((inside + 1) / 2, axis="index").div(outside, axis="index")
    return 2 * higher - 1
