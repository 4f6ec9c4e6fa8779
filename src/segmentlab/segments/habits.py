"""What the customers of a segment do together, and what stands in words about them."""

from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.features import UNKNOWN_COUNTRY
from segmentlab.segments.facts import Facts
from segmentlab.transactions import has_kept_nothing

# What the customers of a segment do together: money, orders, baskets, returns, and where it is heading.


QUARTER_MONTHS: Final = 3
YEAR_MONTHS: Final = 12


def describe_habits(facts: Facts, labels: pd.Series, as_of: date) -> pd.DataFrame:
    """One row per segment, computed from its sums: a mean of ratios would let small customers decide.

    `yearly_growth` is the revenue of the last three complete months against the same three of the year
    before, so that Christmas is compared with Christmas; a log that does not reach back so far has `growth`
    instead, against the three months before. A segment whose customers left long ago shrinks by its nature:
    compare it with the same segment of other runs.
    `kept_nothing` counts the customers who brought back all that they bought.
    """
    own = facts.customers.reindex(labels.index)
    told = [name for name in ("gross", "returned", "net", "orders", "lines", "items") if name in own]
    table = own.groupby(labels.to_numpy())[told].sum()
    revenue = own["revenue"].groupby(labels.to_numpy()).sum()
    table["kept_nothing"] = has_kept_nothing(own).groupby(labels.to_numpy()).sum()
    table["return_rate"] = divide_or_missing(table["returned"], table["gross"])
    table["average_order_value"] = divide_or_missing(revenue, table["orders"])
    if "items" in table:
        table["items_per_order"] = divide_or_missing(table["items"], table["orders"])
        table["usual_quantity"] = _find_usual_quantities(facts.quantities, labels)
    table["one_time_share"] = (own["orders"] == 1).groupby(labels.to_numpy()).mean()
    growth = compute_growth(sum_by_month(facts, labels), own["first"].min(), as_of)
    table[growth.name] = growth
    return table.rename_axis("segment")


def sum_by_month(facts: Facts, labels: pd.Series) -> pd.DataFrame:
    """Who bought and for how much, per segment and month; the months sum to the totals of the dataset."""
    months = facts.months.assign(segment=_find_segments(facts.months["customer_id"], labels))
    groups = months.groupby(["segment", "month"])
    return groups.agg(
        customers=("customer_id", "size"), revenue=("revenue", "sum"), orders=("orders", "sum")
    ).reset_index()


def _find_segments(customers: pd.Series, labels: pd.Series) -> pd.Series:
    """The segment of each row. Rows in the order of the labels need no search, which takes much memory."""
    begins = (customers != customers.shift()).to_numpy()
    if pd.Index(customers[begins]).equals(labels.index):
        return pd.Series(labels.to_numpy()[np.cumsum(begins) - 1], index=customers.index)
    return customers.map(labels)


def compute_growth(months: pd.DataFrame, first: pd.Timestamp, as_of: date) -> pd.Series:
    """Per segment, revenue of the last quarter against the same of last year, else against the one before.

    Its name says which: `yearly_growth` or `growth`. Missing where the log has no two quarters of complete
    months, or the earlier one sold nothing.
    """
    end = pd.Timestamp(as_of).to_period("M").to_timestamp()
    late = end - pd.DateOffset(months=QUARTER_MONTHS)
    same, before = (late - pd.DateOffset(months=count) for count in (YEAR_MONTHS, QUARTER_MONTHS))
    name, early = ("growth", before) if same < first else ("yearly_growth", same)
    segments = months["segment"].unique()
    if early < first:
        return pd.Series(float("nan"), index=segments, name=name)
    now, then = (
        _sum_quarter(months, start).reindex(segments, fill_value=nothing)
        for start, nothing in ((late, 0.0), (early, float("nan")))
    )
    return (divide_or_missing(now, then) - 1).rename(name)


def _sum_quarter(months: pd.DataFrame, start: pd.Timestamp) -> pd.Series:
    """The revenue per segment of the quarter that begins there."""
    own = (months["month"] >= start) & (months["month"] < start + pd.DateOffset(months=QUARTER_MONTHS))
    revenue: pd.Series = months[own].groupby("segment")["revenue"].sum()
    return revenue


def divide_or_missing(part: pd.Series, whole: pd.Series) -> pd.Series:
    """A part over its whole; missing where there is nothing to divide by."""
    return part / whole.where(whole > 0)


def _find_usual_quantities(quantities: pd.DataFrame, labels: pd.Series) -> pd.Series:
    """The quantity that most lines of a segment have; the smaller one of equals."""
    pairs = quantities.assign(segment=_find_segments(quantities["customer_id"], labels))
    lines = pairs.groupby(["segment", "quantity"])["lines"].sum().reset_index()
    ranked = lines.sort_values(["lines", "quantity"], ascending=[False, True])
    usual: pd.Series = ranked.drop_duplicates("segment").set_index("segment")["quantity"]
    return usual


MOST_TRAIT_VALUES: Final = (
    50  # values; a column with more is a name or an address, and splits nobody into groups
)
UNKNOWN_TRAIT: Final = "unknown"


def read_traits(customers: ir.Table) -> pd.DataFrame:
    """The columns of the customers table that sort people into a few groups, by customer."""
    texts = [
        name
        for name in customers.columns
        if name != "customer_id"
        and (customers[name].type().is_string() or customers[name].type().is_boolean())
    ]
    if texts:
        counts = customers.aggregate(**{name: _read_text(customers[name]).nunique() for name in texts})
        found = counts.to_pyarrow().to_pylist()[0]
        texts = [name for name in texts if 2 <= found[name] <= MOST_TRAIT_VALUES]
    chosen = customers.select("customer_id", **{name: _read_text(customers[name]) for name in texts})
    frame: pd.DataFrame = chosen.to_pandas().set_index("customer_id").sort_index()
    return frame.fillna(UNKNOWN_TRAIT)


def _read_text(column: ir.Value) -> ir.StringValue:
    """A value as it stands there; a blank one, or the word for unknown in any case, is missing."""
    text = column.cast("string").strip().nullif("")
    return (text.lower() == UNKNOWN_TRAIT).ifelse(ibis.null("string"), text)


def compute_trait_shares(traits: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Per segment, trait and value: customers, their share of the segment, and the lift.

    A lift of 2 says that the value is twice as common in the segment as among all customers of whom it is
    known. Who is unknown is counted as such, and is in no base of a lift.
    """
    own = traits.reindex(labels.index).fillna(UNKNOWN_TRAIT)
    tables = [_compute_value_shares(own[name], labels).assign(trait=str(name)) for name in own]
    empty = pd.DataFrame(columns=["segment", "trait", "value", "customers", "share", "lift"])
    return pd.concat(tables, ignore_index=True)[list(empty)] if tables else empty


def _compute_value_shares(values: pd.Series, labels: pd.Series) -> pd.DataFrame:
    counts = pd.DataFrame({"segment": labels.to_numpy(), "value": values.to_numpy()}).value_counts()
    table = counts.rename("customers").reset_index()
    table["share"] = table["customers"] / table["segment"].map(labels.value_counts())
    known = values[~values.isin((UNKNOWN_TRAIT, UNKNOWN_COUNTRY))]
    of_known = table["customers"] / table["segment"].map(labels[known.index].value_counts())
    table["lift"] = of_known / table["value"].map(known.value_counts(normalize=True))
    return table.sort_values(["segment", "customers", "value"], ascending=[True, False, True])
