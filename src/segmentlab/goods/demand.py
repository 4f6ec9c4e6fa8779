"""What groups of customers will buy of each product: ways to go on from what they bought before a day."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.product_days import ProductDays
from segmentlab.value import OrderLaw

YEAR_DAYS: Final = 364  # 52 weeks: the same days of the week a year ago
RECENT_HALF: Final = 14.0  # days after which a purchase says half as much of what is in demand
TASTE_HALF: Final = 60.0  # the same of what a group prefers, which changes more slowly
TASTE_PRIOR: Final = 100.0  # pieces of a product that are added to what a group bought and would have bought
ORDER_PRIOR: Final = 30.0  # orders of everybody that are added to those of a group
SEASON_PRIOR: Final = 4.0  # times what a product sells on average in a period, added to a year ago
USUAL_SHARE: Final = 0.95  # of a product's purchases: larger ones count as much as the largest of these
USUAL_OF_ALL: Final = 0.999  # the same of all purchases, for products that were bought a few times

Amounts = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
SEGMENTS_WAY, SEASON_WAY, LAST_PERIOD_WAY, LAST_YEAR_WAY = "segments", "season", "last_period", "last_year"


def cap_purchases(days: ProductDays, before: int) -> Amounts:
    """The amounts, where one purchase larger than is usual for its product counts as the largest usual one.

    One customer's thousand pieces of a product that nobody else bought would else be expected again. What is
    usual is taken from purchases more than `before` days ago.
    """
    amount = get_amounts(days)
    known = np.flatnonzero(days.age > before)
    order = known[np.lexsort((amount[known], days.product[known]))]
    counts = np.bincount(days.product[known], minlength=len(days.products))
    last = np.cumsum(counts) - counts + np.ceil(USUAL_SHARE * counts).astype(np.int64) - 1
    largest = np.quantile(amount[known], USUAL_OF_ALL) if len(known) else np.inf
    usual = np.full(len(counts), largest)
    sold = counts > 0
    usual[sold] = np.minimum(amount[order][last[sold]], largest)
    capped: Amounts = np.minimum(amount, usual[days.product])
    return capped


def get_amounts(days: ProductDays) -> Amounts:
    """Pieces, or money in a log without quantities."""
    return days.revenue if days.pieces is None else days.pieces


@dataclass(frozen=True)
class DemandBefore:
    """What groups had bought until a day, and what they bought in the period from it on, where that is past.

    Groups are the segments; then customers who came since these were learnt, customers whose first purchase
    falls into the period, and lines that name nobody.

    Attributes:
        days: All purchases.
        usual: Their amounts, as `cap_purchases` has them.
        place: The segment of each customer; those who came since have `segments`.
        segments: How many there are.
        ago: How many days the day lies before the day of reference.
        horizon: The length of a period in days.
        law: By which customers order; without one, groups go on as in their last period.
    """

    days: ProductDays
    usual: Amounts
    place: Places
    segments: int
    ago: int
    horizon: int
    law: OrderLaw[Any] | None

    @property
    def groups(self) -> int:
        """The segments and the three others."""
        return self.segments + 3

    @cached_property
    def age(self) -> npt.NDArray[np.int32]:
        """Days from each purchase to the day: 1 on the day before it, 0 or less after it."""
        return self.days.age - np.int32(self.ago)

    @cached_property
    def first(self) -> npt.NDArray[np.int32]:
        """The same of each customer's first purchase."""
        first = np.zeros(len(self.days.customers), dtype=np.int32)
        np.maximum.at(first, self.days.customer[self._named], self.days.age[self._named])
        return first - np.int32(self.ago)

    @cached_property
    def _named(self) -> npt.NDArray[np.bool_]:
        return self.days.customer >= 0

    @cached_property
    def _group(self) -> Places:
        nobody = self.segments + 2
        return np.where(self._named, self.place[self.days.customer], nobody)

    @cached_property
    def _newcomers(self) -> npt.NDArray[np.bool_]:
        """Purchases in the period in which their customer came first."""
        periods = (self.age - 1) // self.horizon
        first = (self.first[self.days.customer] - 1) // self.horizon
        return np.asarray(self._named & (periods == first))

    def sum_between(self, least: int, most: int, amounts: Amounts) -> Amounts:
        """By group and product, of purchases so many days before the day."""
        return self.sum_chosen((self.age >= least) & (self.age <= most), amounts)

    def sum_chosen(self, chosen: npt.NDArray[np.bool_], amounts: Amounts) -> Amounts:
        """By group and product, of some purchases."""
        size = len(self.days.products)
        cells = self._group[chosen] * size + self.days.product[chosen]
        sums = _count(cells, amounts[chosen], self.groups * size).reshape(-1, size)
        new = chosen & self._newcomers
        sums[self.segments + 1] = np.bincount(self.days.product[new], amounts[new], minlength=size)
        return sums

    @cached_property
    def came(self) -> Amounts:
        """What was bought in the period, by those who had come before it and by those who are new in it."""
        chosen = (self.age <= 0) & (self.age > -self.horizon)
        known = chosen & ~(self._named & (self.first[self.days.customer] <= 0))
        sums = self.sum_chosen(known, get_amounts(self.days))
        new, size = chosen & ~known, len(self.days.products)
        sums[self.segments + 1] = np.bincount(
            self.days.product[new], get_amounts(self.days)[new], minlength=size
        )
        return sums

    @cached_property
    def reach(self) -> int:
        """How many days before the day the purchases begin."""
        return self.days.days - self.ago

    @cached_property
    def _visits(self) -> tuple[Places, Places]:
        """Customers and days on which they bought anything, before the day."""
        past = self._named & (self.age > 0)
        length = np.int64(self.days.days + 1)
        visits = np.unique(self.days.customer[past] * length + self.age[past])
        return visits // length, visits % length

    def expect_orders(self) -> Amounts:
        """By group, how many orders customers are expected to make in the period."""
        customer, age = self._visits
        if self.law is None:
            own = self.place[customer[age <= self.horizon]]
            return _count(own, np.ones(len(own)), self.groups)
        count = np.bincount(customer, minlength=len(self.first))
        there = np.flatnonzero(count)
        last = np.full(len(count), np.iinfo(np.int32).max)
        np.minimum.at(last, customer, age)
        first = self.first[there].astype(np.float64)
        histories = pd.DataFrame(
            {"repeats": count[there] - 1.0, "recency": first - last[there], "age": first}
        )
        times, places = self.law.read_histories(histories)
        each = self.law.compute_alive(times) * self.law.expect_orders(times, self.horizon)
        return _count(self.place[there], each[places], self.groups)

    def count_orders(self, half: float) -> Amounts:
        """By group, the orders before the day, each of which counts by how recent it is."""
        customer, age = self._visits
        return _count(self.place[customer], 0.5 ** (age / half), self.groups)


def _count(places: Places, weights: Amounts, size: int) -> Amounts:
    return np.bincount(places, weights, minlength=size).astype(np.float64)


def forecast_by_segments(before: DemandBefore) -> Amounts:
    """The orders that are expected of a group, times what it buys in one, shared among products.

    Shares are those of everybody's recent purchases, times what the group has bought more than its share
    of. Groups without orders of their own (who is new, who is unknown) go on at their recent level.
    """
    past = before.age > 0
    recent = before.usual * np.where(past, 0.5 ** (before.age / RECENT_HALF), 0.0)
    slow = before.usual * np.where(past, 0.5 ** (before.age / TASTE_HALF), 0.0)
    taste = before.sum_chosen(past, slow)
    known = np.delete(np.arange(before.groups), before.segments + 1)
    every = taste[known].sum(axis=0)
    if every.sum() <= 0:
        return np.zeros_like(taste)
    mix = before.sum_chosen(past, recent)[known].sum(axis=0)
    own = taste.sum(axis=1)
    expected = own[:, None] * every / every.sum()
    shares = mix * (taste + TASTE_PRIOR) / (expected + TASTE_PRIOR)
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    return np.asarray(_expect_amounts(before, own)[:, None] * shares)


def _expect_amounts(before: DemandBefore, own: Amounts) -> Amounts:
    """What each group will buy in all: by its orders, or by the level of the last weeks."""
    orders, segments = before.count_orders(TASTE_HALF), before.segments + 1
    usual = own[:segments].sum() / max(orders.sum(), 1e-9)
    per_order = (own + ORDER_PRIOR * usual) / (orders + ORDER_PRIOR)
    amounts = before.expect_orders() * per_order
    # Weights that halve in so many days sum to a level of so many days, as far as the log reaches.
    seen = (1 - 0.5 ** (before.reach / TASTE_HALF)) / (1 - 0.5 ** (1 / TASTE_HALF))
    amounts[segments:] = own[segments:] / seen * before.horizon
    return np.asarray(amounts)


def forecast_with_season(before: DemandBefore) -> Amounts:
    """The same, times what the same weeks of last year sold for each piece of the weeks before them."""
    span = before.horizon
    then = before.sum_between(YEAR_DAYS - span + 1, YEAR_DAYS, before.usual)
    earlier = before.sum_between(YEAR_DAYS + 1, YEAR_DAYS + span, before.usual)
    known = np.delete(np.arange(before.groups), before.segments + 1)
    then, earlier = then[known].sum(axis=0), earlier[known].sum(axis=0)
    whole = then.sum() / max(earlier.sum(), 1e-9)
    prior = SEASON_PRIOR * earlier.sum() / max(int((earlier > 0).sum()), 1)
    season = (then + prior * whole) / np.maximum(earlier + prior, 1e-9)
    return np.asarray(forecast_by_segments(before) * season)


def forecast_last_period(before: DemandBefore) -> Amounts:
    """What the same customers bought in the last period."""
    return before.sum_between(1, before.horizon, get_amounts(before.days))


def forecast_last_year(before: DemandBefore) -> Amounts:
    """What the same customers bought in the same weeks a year ago."""
    return before.sum_between(YEAR_DAYS - before.horizon + 1, YEAR_DAYS, get_amounts(before.days))


WAYS: Final[Mapping[str, Callable[[DemandBefore], Amounts]]] = {
    SEGMENTS_WAY: forecast_by_segments,
    SEASON_WAY: forecast_with_season,
    LAST_PERIOD_WAY: forecast_last_period,
    LAST_YEAR_WAY: forecast_last_year,
}


def list_possible_ways(before: DemandBefore) -> tuple[str, ...]:
    """The ways that the log is long enough for: a year ago has to be in it, for a season the weeks before."""
    needed = {SEASON_WAY: YEAR_DAYS + before.horizon, LAST_YEAR_WAY: YEAR_DAYS}
    return tuple(way for way in WAYS if before.reach >= needed.get(way, before.horizon))
