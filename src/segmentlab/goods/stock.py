"""What to have in stock for whom: expected demand by product and segment, with intervals that were tried."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.demand import (
    YEAR_DAYS,
    Amounts,
    DemandBefore,
    cap_purchases,
    forecast_last_period,
    forecast_last_year,
)
from segmentlab.goods.demand_intervals import (
    LEAST_CELLS,
    LEAST_EXPECTED,
    Outcomes,
    bound_demand,
    try_intervals,
)
from segmentlab.goods.demand_trial import (
    ALL_SHOPPERS,
    StockDay,
    forecast_best,
    look_from,
    name_groups,
    try_ways,
)
from segmentlab.goods.few_buyers import find_few_buyers
from segmentlab.goods.product_days import ProductDays
from segmentlab.value import OrderLaw


@dataclass(frozen=True)
class Stock:
    """What each segment is expected to buy in the next weeks.

    Attributes:
        table: By product and segment (`segment`, in words for who is no segment yet): `expected` with a 90 %
            interval (`low`, `high`), in pieces, or in money where the log has no quantities; `money`, what
            it is worth; `last_period` and `last_year`, what the same customers bought in the weeks before
            and in the same weeks of last year; `buyers` in a year, the share that the first one, three and
            five of them buy (`top_1` ...), and as how many equal ones they count (`effective_buyers`);
            `few_customers`, whether three buy half.
        weeks: How many.
        way: The way to forecast segments, that which was best on earlier days; customers who are new or
            unknown have their own.
        judged: By `days_ago`, `way` and `segment`: `error`, the sum of what forecasts of products were off,
            over what was bought.
        coverage: Of the intervals, on each tried day by what the others taught; None from one day alone.
        unit: `pieces` or `money`.
        notes: What can't be told, and why.
    """

    table: pd.DataFrame
    weeks: int
    way: str
    judged: pd.DataFrame
    coverage: float | None
    unit: str
    notes: tuple[str, ...]


def find_stock(
    days: ProductDays,
    products: pd.DataFrame,
    labels: pd.Series,
    law: OrderLaw[Any] | None,
    earlier: Sequence[StockDay],
    weeks: int,
) -> Stock | str:
    """Forecast by the way that was best on earlier days; a text says why nothing can be told.

    Args:
        days: All purchases.
        products: `product_id`, `description` where there are any, and whether it is a `charge`.
        labels: The segment of each customer.
        law: By which customers order.
        earlier: The days to try forecasts on.
        weeks: How many ahead.
    """
    horizon = 7 * weeks
    days = _leave_out_charges(days, products)
    if not len(days.age):
        return "no line names a product that is no charge"
    if days.days < 2 * horizon:
        return (
            f"the log covers {days.days} days, and two periods of {horizon} days are needed, one to tell the "
            "other (stock.weeks)"
        )
    segments = np.unique(labels)
    today = look_from(days, cap_purchases(days, 0), StockDay(0, labels, law), segments, horizon)
    trial = try_ways(days, earlier, today, segments)
    return Stock(
        _make_table(today, forecast_best(trial.ways, today), trial.outcomes, products, segments),
        weeks,
        trial.ways[ALL_SHOPPERS],
        trial.judged,
        try_intervals(trial.outcomes),
        "money" if days.pieces is None else "pieces",
        tuple(_list_limits(days, labels, len(trial.outcomes), horizon)),
    )


def _leave_out_charges(days: ProductDays, products: pd.DataFrame) -> ProductDays:
    charges = products.loc[products["charge"], "product_id"].astype("str")
    stays = ~days.products.isin(set(charges)).to_numpy()[days.product]
    return replace(
        days,
        customer=days.customer[stays],
        product=days.product[stays],
        age=days.age[stays],
        pieces=None if days.pieces is None else days.pieces[stays],
        revenue=days.revenue[stays],
    )


def _make_table(
    today: DemandBefore,
    expected: Amounts,
    outcomes: Sequence[Outcomes],
    products: pd.DataFrame,
    segments: npt.NDArray[Any],
) -> pd.DataFrame:
    names = name_groups(segments)
    rows, size = [*names], len(today.days.products)
    parts = {
        "expected": expected,
        "last_period": forecast_last_period(today),
        "last_year": forecast_last_year(today)
        if today.reach >= YEAR_DAYS
        else np.full_like(expected, np.nan),
    }
    few = find_few_buyers(today, rows)
    pieces = [few]
    for name, values in parts.items():
        pieces.append(pd.DataFrame({name: np.vstack([values[rows], values.sum(axis=0)]).ravel()}))
    table = pd.concat(pieces, axis=1)
    table.insert(0, "segment", np.repeat([*names.values(), ALL_SHOPPERS], size))
    table.insert(0, "product", np.tile(np.arange(size), len(rows) + 1))
    scale = 1 / today.days.share  # who was sampled stands for all
    shown = (table["expected"] >= LEAST_EXPECTED) | (table["last_period"] > 0)
    table = table[shown].reset_index(drop=True)
    whole = (table["segment"] == ALL_SHOPPERS).to_numpy()
    values = table["expected"].to_numpy()
    low, high = np.zeros_like(values), np.zeros_like(values)
    for chosen, kind in ((~whole, "segments"), (whole, "whole")):
        low[chosen], high[chosen] = bound_demand(values[chosen], [getattr(one, kind) for one in outcomes])
    money = values * _find_prices(today)[table["product"]]
    table = table.assign(low=low, high=high, money=money)
    amounts = ["expected", "low", "high", "money", "last_period", "last_year"]
    table[amounts] = (table[amounts] * scale).round(2)
    return _name_products(table, today.days, products)


def _find_prices(today: DemandBefore) -> Amounts:
    """What a piece brought, in the last half year where it was sold then."""
    days = today.days
    if days.pieces is None:
        return np.ones(len(days.products))
    prices = np.zeros(len(days.products))
    for most in (days.days, YEAR_DAYS // 2):
        recent = days.age <= most
        sums = [
            np.bincount(days.product[recent], one[recent], len(prices)) for one in (days.revenue, days.pieces)
        ]
        sold = sums[1] > 0
        prices[sold] = sums[0][sold] / sums[1][sold]
    return prices


def _name_products(table: pd.DataFrame, days: ProductDays, products: pd.DataFrame) -> pd.DataFrame:
    """Ids and descriptions, and the order in which people read it: what is worth most first."""
    ids = days.products.to_numpy()[table.pop("product")]
    table.insert(0, "product_id", ids)
    if "description" in products:
        told = products.set_index(products["product_id"].astype("str"))["description"]
        table.insert(1, "description", told.reindex(ids).to_numpy())
    first = ["product_id", "description", "segment", "expected", "low", "high", "money"]
    columns = [name for name in first if name in table]
    ordered = table[[*columns, *(name for name in table if name not in columns)]]
    return ordered.sort_values(
        ["segment", "money"], ascending=[True, False], kind="stable", ignore_index=True
    )


def _list_limits(days: ProductDays, labels: pd.Series, tried: int, horizon: int) -> list[str]:
    """What can't be told, and what stands for all."""
    notes = []
    if not tried:
        notes.append(
            "What to have in stock was not tried on an earlier day: intervals are those of chance alone."
        )
    elif tried == 1:
        notes.append("What to have in stock was tried on one earlier day: intervals may be too narrow.")
    if days.pieces is None:
        notes.append("The log has no quantities, so demand is told in money.")
    if not days.with_nobody:
        notes.append("Lines that name no customer are not in what to have in stock.")
    if days.days < YEAR_DAYS + horizon:
        notes.append("The log is shorter than a year and a period: demand has no season, and no last year.")
    if days.share < 1:
        notes.append(f"What to have in stock rests on a sample of {days.share:.1%} of customers, scaled up.")
    if few := [str(segment) for segment, size in labels.value_counts().items() if size < LEAST_CELLS]:
        notes.append(
            f"Segment{'s' if len(few) > 1 else ''} {', '.join(sorted(few))}: fewer than {LEAST_CELLS} "
            "customers, so what they will buy is mostly what everybody buys."
        )
    return notes
