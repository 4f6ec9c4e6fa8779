"""What to have in stock for whom: expected demand by product and segment, with intervals that were tried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import poisson

from segmentlab.goods.demand import (
    WAYS,
    YEAR_DAYS,
    Amounts,
    DemandBefore,
    Places,
    cap_purchases,
    forecast_last_period,
    forecast_last_year,
    get_amounts,
    list_possible_ways,
)
from segmentlab.goods.product_days import ProductDays
from segmentlab.value import OrderLaw

EVERYBODY: Final = "all"
NEWCOMERS: Final = "new customers"
UNNAMED: Final = "unknown customers"
LEAST_CELLS: Final = 20  # products of about the same demand, of which an interval can be told
LEVELS: Final = (0.05, 0.95)
FEW_SHARE: Final = 0.5  # of what is bought: where three customers buy as much, demand hangs on them
LEAST_EXPECTED: Final = 0.5  # pieces; rows of less, of which nothing was bought lately, say nothing


class EarlierDay(NamedTuple):
    """A day on which a forecast is tried: how many days ago, and the segments and the law known by then."""

    ago: int
    labels: pd.Series | None  # nothing where nobody knows: customers are tried all together then
    law: OrderLaw[Any] | None


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
        way: The way to forecast, that which was best on earlier days.
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
    earlier: Sequence[EarlierDay],
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
            f"the log covers {days.days} days, and two periods of {horizon} days are needed to try a forecast "
            "on (stock.weeks)"
        )
    segments = np.unique(labels)
    today = _look_from(days, EarlierDay(0, labels, law), segments, horizon)
    tried = [
        _look_from(days, one, segments, horizon)
        for one in earlier
        if days.days - one.ago >= horizon <= one.ago
    ]
    told = all(one.labels is not None for one in earlier)
    ways = [way for way in WAYS if all(way in list_possible_ways(one) for one in (today, *tried))]
    forecasts = {way: [WAYS[way](one) for one in tried] for way in ways}
    judged = _judge_ways(forecasts, tried, segments)
    if not told:
        judged = judged[judged["segment"].isin([EVERYBODY, NEWCOMERS, UNNAMED])].reset_index(drop=True)
    own = judged[judged["segment"] == EVERYBODY].groupby("way", sort=False)["error"].mean()
    way = str(own.idxmin()) if len(own) else ways[0]
    expected = WAYS[way](today)
    outcomes = [
        _pair_outcomes(forecast, one) for forecast, one in zip(forecasts.get(way, ()), tried, strict=True)
    ]
    table = _make_table(today, expected, outcomes, products, segments)
    return Stock(
        table,
        weeks,
        way,
        judged,
        _try_intervals(outcomes),
        "money" if days.pieces is None else "pieces",
        tuple(_list_limits(days, labels, len(tried), horizon)),
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


def _look_from(days: ProductDays, day: EarlierDay, segments: npt.NDArray[Any], horizon: int) -> DemandBefore:
    place = np.zeros(len(days.customers), dtype=np.int64)
    if day.labels is not None:
        known = pd.Index(segments).get_indexer(day.labels.reindex(days.customers.to_numpy()))
        place = np.where(known >= 0, known, len(segments)).astype(np.int64)
    return DemandBefore(days, cap_purchases(days, day.ago), place, len(segments), day.ago, horizon, day.law)


def _judge_ways(
    forecasts: Mapping[str, Sequence[Amounts]], tried: Sequence[DemandBefore], segments: npt.NDArray[Any]
) -> pd.DataFrame:
    """How far each way was off on each day: by segment, and of all of them product by product."""
    rows = [
        {"days_ago": one.ago, "way": way, "segment": name, "error": error}
        for way, made in forecasts.items()
        for forecast, one in zip(made, tried, strict=True)
        for name, error in _measure_errors(forecast, one, segments)
    ]
    return pd.DataFrame(rows, columns=["days_ago", "way", "segment", "error"])


def _measure_errors(
    forecast: Amounts, one: DemandBefore, segments: npt.NDArray[Any]
) -> list[tuple[str, float]]:
    off, came = np.abs(forecast - one.came).sum(axis=1), one.came.sum(axis=1)
    names = _name_groups(segments)
    told = [(name, off[row] / came[row]) for row, name in names.items() if came[row] > 0]
    whole = came[: len(segments)].sum()
    return [*told, (EVERYBODY, off[: len(segments)].sum() / whole)] if whole > 0 else told


def _name_groups(segments: npt.NDArray[Any]) -> dict[int, str]:
    """The groups that a table tells of, by their row; who came since segments were learnt is of no use."""
    named = {row: str(segment) for row, segment in enumerate(segments)}
    return named | {len(segments) + 1: NEWCOMERS, len(segments) + 2: UNNAMED}


# Intervals: what came beside what was expected, among products of about the same demand.


class Outcomes(NamedTuple):
    """What was expected and what came on one day: of segments, and of all together."""

    segments: tuple[Amounts, Amounts]
    whole: tuple[Amounts, Amounts]


def _pair_outcomes(forecast: Amounts, one: DemandBefore) -> Outcomes:
    rows = np.delete(np.arange(one.groups), one.segments)
    pairs = forecast[rows].ravel(), one.came[rows].ravel()
    whole = forecast.sum(axis=0), one.came.sum(axis=0)
    return Outcomes(*(tuple(part[pair[0] > 0] for part in pair) for pair in (pairs, whole)))


def _bound(expected: Amounts, known: Sequence[tuple[Amounts, Amounts]]) -> tuple[Amounts, Amounts]:
    """The interval of each: the widest that any of the earlier days asks for, and never less than chance."""
    low, high = poisson.ppf(LEVELS[0], expected), poisson.ppf(LEVELS[1], expected)
    bins = _find_bins(expected)
    for before, came in known:
        if not len(before):
            continue
        own = _find_bins(before)
        for size in np.unique(bins):
            near = np.argsort(np.abs(own - size), kind="stable")
            like = own == size if (own == size).sum() >= LEAST_CELLS else near[:LEAST_CELLS]
            least, most = np.quantile(came[like] / before[like], LEVELS)
            here = bins == size
            low[here] = np.minimum(low[here], least * expected[here])
            high[here] = np.maximum(high[here], most * expected[here])
    return np.minimum(low, expected), np.maximum(high, expected)


def _find_bins(expected: Amounts) -> Places:
    """Doublings of demand."""
    return np.floor(np.log2(np.maximum(expected, 1e-3))).astype(np.int64)


def _try_intervals(outcomes: Sequence[Outcomes]) -> float | None:
    """The share of outcomes inside, on each day by what the others taught."""
    if len(outcomes) < 2:
        return None
    held = []
    for number, (one, _) in enumerate(outcomes):
        others = [other.segments for place, other in enumerate(outcomes) if place != number]
        stocked = one[0] >= LEAST_EXPECTED
        low, high = _bound(one[0][stocked], others)
        came = one[1][stocked]
        held.append(float(((came >= low) & (came <= high)).mean()) if len(came) else np.nan)
    return float(np.nanmean(held)) if not np.isnan(held).all() else None


# The table of a day.


def _make_table(
    today: DemandBefore,
    expected: Amounts,
    outcomes: Sequence[Outcomes],
    products: pd.DataFrame,
    segments: npt.NDArray[Any],
) -> pd.DataFrame:
    names = _name_groups(segments)
    rows, size = [*names], len(today.days.products)
    parts = {
        "expected": expected,
        "last_period": forecast_last_period(today),
        "last_year": forecast_last_year(today)
        if today.reach >= YEAR_DAYS
        else np.full_like(expected, np.nan),
    }
    few = _find_few(today, rows)
    pieces = [few]
    for name, values in parts.items():
        pieces.append(pd.DataFrame({name: np.vstack([values[rows], values.sum(axis=0)]).ravel()}))
    table = pd.concat(pieces, axis=1)
    table.insert(0, "segment", np.repeat([*names.values(), EVERYBODY], size))
    table.insert(0, "product", np.tile(np.arange(size), len(rows) + 1))
    scale = 1 / today.days.share  # who was sampled stands for all
    shown = (table["expected"] >= LEAST_EXPECTED) | (table["last_period"] > 0)
    table = table[shown].reset_index(drop=True)
    whole = (table["segment"] == EVERYBODY).to_numpy()
    values = table["expected"].to_numpy()
    low, high = np.zeros_like(values), np.zeros_like(values)
    for chosen, kind in ((~whole, "segments"), (whole, "whole")):
        low[chosen], high[chosen] = _bound(values[chosen], [getattr(one, kind) for one in outcomes])
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


def _find_few(today: DemandBefore, rows: Sequence[int]) -> pd.DataFrame:
    """On how few customers the demand of a year hangs, by group and product, and of all groups together."""
    days, size = today.days, len(today.days.products)
    year = np.flatnonzero((days.customer >= 0) & (days.age <= YEAR_DAYS))
    pair = days.customer[year].astype(np.int64) * size + days.product[year]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    bought = np.add.reduceat(get_amounts(days)[year], first) if len(first) else np.zeros(0)
    customer, product = pair[first] // size, pair[first] % size
    told = [_concentrate(today.place[customer] * size + product, bought, today.groups * size)]
    whole = _concentrate(product, bought, size)
    place = np.concatenate([np.arange(row * size, (row + 1) * size) for row in rows])
    return pd.concat([told[0].iloc[place], whole], ignore_index=True)


def _concentrate(cell: Places, bought: Amounts, cells: int) -> pd.DataFrame:
    """Shares of the first buyers of each cell, and the number of equal ones that they count as."""
    order = np.lexsort((-bought, cell))
    cell, bought = cell[order], bought[order]
    rank = np.arange(len(cell)) - np.searchsorted(cell, cell)
    whole = np.bincount(cell, bought, minlength=cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = {
            f"top_{most}": np.bincount(cell[rank < most], bought[rank < most], minlength=cells) / whole
            for most in (1, 3, 5)
        }
        effective = whole**2 / np.bincount(cell, bought**2, minlength=cells)
    table = pd.DataFrame(
        {"buyers": np.bincount(cell, minlength=cells), **shares, "effective_buyers": effective}
    )
    return table.round(4).assign(few_customers=shares["top_3"] >= FEW_SHARE)


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
            f"Segment{'s' if len(few) > 1 else ''} {', '.join(sorted(few))}: fewer than {LEAST_CELLS} customers, "
            "so what they will buy is mostly what everybody buys."
        )
    return notes
