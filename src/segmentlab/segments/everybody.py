"""A portrait from sums over everybody, where customers are too many to be looked at one by one.

What a sample told of sizes, money and features gives way to the sums; names, rules and the shares of what
stands in words stay those of the sample.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from typing import Final

import pandas as pd

from segmentlab.segments.habits import compute_growth, divide_or_missing
from segmentlab.segments.portrait import Portrait

SUMMED: Final = ("revenue", "gross", "returned", "net", "orders", "lines", "items", "kept_nothing")


def list_totals(columns: Collection[str]) -> dict[str, str]:
    """What has to be summed over the customers of a segment, in SQL, as far as there are such columns."""
    sums = {name: f"sum({name})" for name in SUMMED if name in columns}
    return {
        "customers": "count(*)",
        **sums,
        "one_time": "avg(cast(orders = 1 as double))",
        "first": "min(first)",
    }


def portray_everybody(
    portrait: Portrait, totals: pd.DataFrame, months: pd.DataFrame, as_of: date, note: str
) -> Portrait:
    """The portrait of a sample with sizes, money, habits, months and features of all customers.

    `totals` has a row per segment, a column for each that `list_totals` names, and `<feature>_mean` and
    `<feature>_median`; `months` has segment, month, customers, revenue and orders.
    """
    profile = portrait.profile.reindex(totals.index)
    for name in profile.columns.intersection(totals.columns):
        profile[name] = totals[name]
    profile["customer_share"] = totals["customers"] / totals["customers"].sum()
    profile["revenue_share"] = totals["revenue"] / totals["revenue"].sum()
    profile["return_rate"] = divide_or_missing(totals["returned"], totals["gross"])
    profile["average_order_value"] = divide_or_missing(totals["revenue"], totals["orders"])
    if "items" in totals:
        profile["items_per_order"] = divide_or_missing(totals["items"], totals["orders"])
    profile["one_time_share"] = totals["one_time"]
    growth = compute_growth(months, pd.Timestamp(totals["first"].min()), as_of)
    profile = profile.drop(columns=["growth", "yearly_growth"], errors="ignore")
    profile[growth.name] = growth
    return replace(
        portrait, profile=profile.rename_axis("segment"), months=months, notes=(*portrait.notes, note)
    )
