"""What the customers of a segment do together: money, orders, baskets, returns, and where it is heading."""

from datetime import date
from typing import Final

import pandas as pd

from segmentlab.segments.facts import Facts

QUARTER: Final = 3  # months


def habits(facts: Facts, labels: pd.Series, as_of: date) -> pd.DataFrame:
    """One row per segment, computed from its sums: a mean of ratios would let small customers decide.

    `growth` is the revenue of the last three complete months against the three before. A segment whose
    customers left long ago shrinks by its nature: compare it with the same segment of other runs.
    """
    own = facts.customers.reindex(labels.index)
    told = [name for name in ("gross", "returned", "net", "orders", "lines", "items") if name in own]
    table = own.groupby(labels.to_numpy())[told].sum()
    revenue = own["revenue"].groupby(labels.to_numpy()).sum()
    table["return_rate"] = _over(table["returned"], table["gross"])
    table["average_order_value"] = _over(revenue, table["orders"])
    if "items" in table:
        table["items_per_order"] = _over(table["items"], table["orders"])
        table["usual_quantity"] = _usual_quantity(facts.quantities, labels)
    table["one_time_share"] = (own["orders"] == 1).groupby(labels.to_numpy()).mean()
    table["growth"] = growth(by_month(facts, labels), own["first"].min(), as_of)
    return table.rename_axis("segment")


def by_month(facts: Facts, labels: pd.Series) -> pd.DataFrame:
    """Who bought and for how much, per segment and month; the months sum to the totals of the dataset."""
    months = facts.months.assign(segment=facts.months["customer_id"].map(labels))
    groups = months.groupby(["segment", "month"])
    return groups.agg(
        customers=("customer_id", "size"), revenue=("revenue", "sum"), orders=("orders", "sum")
    ).reset_index()


def growth(months: pd.DataFrame, first: pd.Timestamp, as_of: date) -> pd.Series:
    """Per segment; missing where there are no two quarters of complete months, or the first sold nothing."""
    end = pd.Timestamp(as_of).to_period("M").to_timestamp()
    middle, start = (end - pd.DateOffset(months=count) for count in (QUARTER, 2 * QUARTER))
    segments = months["segment"].unique()
    if start < first:
        return pd.Series(float("nan"), index=segments)
    revenue = months.set_index("segment")["revenue"]
    when = months["month"].to_numpy()
    late = revenue[(when >= middle) & (when < end)].groupby("segment").sum().reindex(segments, fill_value=0.0)
    early = revenue[(when >= start) & (when < middle)].groupby("segment").sum().reindex(segments)
    return _over(late, early) - 1


def _over(part: pd.Series, whole: pd.Series) -> pd.Series:
    """A part over its whole; missing where there is nothing to divide by."""
    return part / whole.where(whole > 0)


def _usual_quantity(quantities: pd.DataFrame, labels: pd.Series) -> pd.Series:
    """The quantity that most lines of a segment have; the smaller one of equals."""
    pairs = quantities.assign(segment=quantities["customer_id"].map(labels))
    lines = pairs.groupby(["segment", "quantity"])["lines"].sum().reset_index()
    ranked = lines.sort_values(["lines", "quantity"], ascending=[False, True])
    usual: pd.Series = ranked.drop_duplicates("segment").set_index("segment")["quantity"]
    return usual
