"""How far two groups of customers are apart, number by number.

At 200,000 customers every p-value is small, so a difference counts only when it is large as well. And of
many features one always looks odd, so p-values are corrected for their number.
"""

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

BINS: Final = 10
HALF: Final = 0.5  # added to every count: a bin that nobody is in has no logarithm

Floats = npt.NDArray[np.float64]


def stability_index(before: Sequence[float] | Floats, after: Sequence[float] | Floats) -> float:
    """The population stability index of counts over the same bins: 0 where all shares are equal.

    The usual reading: below 0.1 nothing, from 0.25 on another population.
    """
    then, now = (np.asarray(counts, dtype=np.float64) + HALF for counts in (before, after))
    then, now = then / then.sum(), now / now.sum()
    return float(np.sum((now - then) * np.log(now / then)))


def binned(values: Floats, edges: Floats) -> Floats:
    """How many values lie at or below each edge and above the one before it; the last bin is open."""
    return np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1).astype(np.float64)


def quantile_edges(values: Floats) -> Floats:
    """Edges of bins that are equally full before; where many values are equal, bins fall together."""
    inner = np.quantile(values, np.arange(1, BINS) / BINS, method="inverted_cdf")
    return np.unique(inner[inner < values.max()])


def feature_drift(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """One row per feature: `psi`, `gap`, `p`, and the medians of both.

    `gap` is the largest distance between the two cumulative shares, which is the statistic of the
    Kolmogorov-Smirnov test: a difference in customers, whatever the unit. `p` is corrected by Benjamini and
    Hochberg for as many tests as there are features. Where there is nobody on one side, nothing is known.
    """
    from scipy.stats import false_discovery_control

    rows = [{"feature": name, **_compared(before[name], after[name])} for name in before.columns]
    table = pd.DataFrame(rows)
    return table.assign(p=false_discovery_control(table["p"]))


def _compared(before: pd.Series, after: pd.Series) -> dict[str, float]:
    from scipy.stats import ks_2samp

    if before.empty or after.empty:
        return {"psi": np.nan, "gap": np.nan, "p": 1.0, "median_before": np.nan, "median_after": np.nan}
    then, now = before.to_numpy(), after.to_numpy()
    edges = quantile_edges(then)
    test = ks_2samp(then, now, method="asymp")
    return {
        "psi": stability_index(binned(then, edges), binned(now, edges)),
        "gap": float(test.statistic),
        "p": float(test.pvalue),
        "median_before": float(np.median(then)),
        "median_after": float(np.median(now)),
    }


def share_drift(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """One row per category, in the order of its share before: the share before and after."""
    counts = pd.DataFrame({"before": before.value_counts(), "after": after.value_counts()}).fillna(0)
    shares: pd.DataFrame = counts / counts.sum()
    return shares.sort_values("before", ascending=False)
