"""One row per segment: how many, how much, and what they are like in the units people think in."""

from collections.abc import Mapping
from typing import Final

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.transactions import compute_line_value

# What each customer brought, whatever features the model saw.


def sum_customer_value(transactions: ir.Table) -> pd.Series:
    """Revenue per customer over the clean lines."""
    worth = find_customer_value(transactions).order_by("customer_id")
    revenue: pd.Series = worth.to_pandas().set_index("customer_id")["revenue"]
    return revenue


def find_customer_value(transactions: ir.Table) -> ir.Table:
    """The same where the lines are."""
    return transactions.group_by("customer_id").aggregate(
        revenue=compute_line_value(transactions).sum().round(6)
    )


# Feature by feature: what is typical of a segment, and how far that sets it apart from everybody else.


def compare_segment_features(features: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
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
        "effect": _compute_effect(features, labels),
    }
    pairs = pd.MultiIndex.from_product([mean.index, features.columns], names=["segment", "feature"])
    flat = {name: table[list(features)].to_numpy().ravel() for name, table in stated.items()}
    return pd.DataFrame(flat, index=pairs).reset_index()


def _compute_effect(features: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """The rank-biserial correlation, from mean ranks; missing where nobody is outside."""
    places, segments = pd.factorize(labels.to_numpy(), sort=True)
    inside = pd.Series(np.bincount(places), index=segments)
    outside = (len(features) - inside).where(lambda count: count > 0)
    # The mean rank in a segment is (inside + 1) / 2 when everybody outside ranks higher.
    ranks = {name: _average_ranks(column.to_numpy(), places) for name, column in features.items()}
    mean = pd.DataFrame(ranks, index=segments)
    higher = mean.sub((inside + 1) / 2, axis="index").div(outside, axis="index")
    return 2 * higher - 1


def _average_ranks(values: npt.NDArray[np.float64], places: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    """The mean rank at each place; equal values share the mean of their ranks. Sums of halves are exact."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    sizes = np.diff(starts, append=len(ordered))
    ranks = np.repeat(starts + (sizes + 1) / 2, sizes)
    return np.asarray(np.bincount(places[order], ranks) / np.bincount(places))


_SHARE_COLUMNS: Final = {"customer_share": "share", "revenue_share": "revenue"}


def profile_segments(
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


def list_share_columns(table: pd.DataFrame) -> dict[str, str]:
    """The columns of a profile that are shares of a whole, and what to call each."""
    return {column: heading for column, heading in _SHARE_COLUMNS.items() if column in table}
