"""Purchases: when each customer comes, and what they put in the basket."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from segmentlab.transactions.shop.calendar import (
    DAYS,
    ORDINARY,
    draw_days,
    draw_minutes,
    find_open_day,
    move_to_open_day,
)
from segmentlab.transactions.shop.catalogue import PRODUCTS, SLOTS, make_assortment
from segmentlab.transactions.shop.choices import Visits, list_rows
from segmentlab.transactions.shop.people import HOME_COUNTRY, POOLED_TASTE, Shoppers
from segmentlab.transactions.shop.sales import (
    NO_CUSTOMER,
    SALE_KIND,
    BookColumns,
    Floats,
    Ints,
    Invoices,
    Lines,
    Sales,
)
from segmentlab.transactions.shop.segments import Trait

BASKET_SPREAD = 0.5  # sd of the log lines of an invoice around its customer's
SPEND_SPREAD = 0.5  # sd of the log pounds of a line around its customer's
HALF_DOZEN = 6  # larger quantities are sold by the half dozen

# Sales without a customer: visitors of the website, at retail prices.
VISITOR_LINES = 0.295  # per line of a known customer
VISITOR_BASKET = Trait(6.0, 1.2)
VISITOR_SPEND = 8.0
RETAIL_MARKUP = 1.6


@dataclass(frozen=True)
class Baskets(BookColumns):
    """What is known of each invoice before its lines are drawn."""

    customer: Ints
    minute: Ints
    country: Ints
    size: Floats  # median lines
    spend: Floats  # median pounds of a line
    taste: Ints


def draw_purchases(
    rng: np.random.Generator, people: Shoppers, choose: Callable[[Visits], Ints] | None = None
) -> Sales:
    """All sales of a piece of the world, by its customers and by visitors.

    Who comes when for how many lines and pounds hangs on the generator alone; `choose` takes the visits of
    known customers, and gives the product of each line where they have a taste of their own.
    """
    known = _draw_baskets(rng, people)
    known_lines = float(known.size.sum()) * Trait(1, BASKET_SPREAD).mean
    baskets = Baskets.concat([known, _draw_visitor_baskets(rng, known_lines)])
    # Sorted while there are few rows: the records are sorted again when dirt has joined them, and lines
    # that are nearly in order sort in no time.
    return _fill_baskets(rng, baskets.take(np.argsort(baskets.minute, kind="stable")), choose)


def draw_orders_of(
    rng: np.random.Generator,
    people: Shoppers,
    customer: Ints,
    day: Ints,
    choose: Callable[[Visits], Ints] | None = None,
) -> Sales:
    """Sales of customers on days that are given, as they always buy."""
    baskets = _make_baskets(rng, people, customer, day)
    return _fill_baskets(rng, baskets.take(np.argsort(baskets.minute, kind="stable")), choose)


def _draw_baskets(rng: np.random.Generator, people: Shoppers) -> Baskets:
    customer = np.repeat(np.arange(len(people)), people.invoices)
    return _make_baskets(rng, people, customer, _draw_purchase_days(rng, people, customer))


def _make_baskets(rng: np.random.Generator, people: Shoppers, customer: Ints, day: Ints) -> Baskets:
    return Baskets(
        customer=customer,
        minute=draw_minutes(rng, day),
        country=people.country[customer],
        size=people.basket[customer],
        spend=people.spend[customer],
        taste=people.taste[customer],
    )


def _draw_purchase_days(rng: np.random.Generator, people: Shoppers, customer: Ints) -> Ints:
    """First and last day by the customer's traits, those between by the season."""
    last = move_to_open_day(DAYS - people.recency)
    span = (people.invoices - 1) * people.gap
    # Who would have begun before the history begins somewhere in its first weeks instead.
    room = last * rng.uniform(0.85, 1.0, size=len(people))
    first = move_to_open_day((last - np.minimum(span, room)).astype(np.int64))
    festive = rng.random(len(customer)) < people.festive[customer]
    day = draw_days(rng, first[customer], last[customer], festive)
    ends = np.cumsum(people.invoices)
    day[ends - people.invoices] = first
    day[ends - 1] = last
    return day


def _draw_visitor_baskets(rng: np.random.Generator, known_lines: float) -> Baskets:
    count = round(VISITOR_LINES * known_lines / (VISITOR_BASKET.mean * Trait(1, BASKET_SPREAD).mean))
    return Baskets(
        customer=np.full(count, NO_CUSTOMER),
        minute=draw_minutes(rng, find_open_day(rng.random(count) * ORDINARY[-1])),
        country=np.full(count, HOME_COUNTRY),
        size=rng.lognormal(np.log(VISITOR_BASKET.median), VISITOR_BASKET.spread, count),
        spend=np.full(count, VISITOR_SPEND),
        taste=np.full(count, POOLED_TASTE),
    )


def _fill_baskets(
    rng: np.random.Generator, baskets: Baskets, choose: Callable[[Visits], Ints] | None
) -> Sales:
    """Draw the lines: a product by taste and popularity, and as many pieces as the spend allows.

    Cheap things are bought by the dozen and dear ones singly, so that the pounds of a line follow the
    customer and not the product.
    """
    size = np.rint(baskets.size * rng.lognormal(0, BASKET_SPREAD, len(baskets)))
    size = np.maximum(size, 1).astype(np.int64)
    invoice = np.repeat(np.arange(len(size), dtype=np.int32), size)
    tastes, prices = make_assortment().tastes, _make_price_lists()
    slot = rng.integers(0, SLOTS, size=len(invoice), dtype=np.uint16)
    item = tastes.ravel()[(baskets.taste * SLOTS)[invoice] + slot]
    if choose is not None:
        known = np.flatnonzero(baskets.customer != NO_CUSTOMER)
        visits = Visits.of(baskets.customer[known], baskets.minute[known], size[known])
        item[list_rows((np.cumsum(size) - size)[known], size[known])] = choose(visits)
    pence = prices.ravel()[((baskets.customer == NO_CUSTOMER) * PRODUCTS)[invoice] + item]
    noise = rng.standard_normal(len(invoice), dtype=np.float32)
    pounds = baskets.spend.astype(np.float32)[invoice] * np.exp(SPEND_SPREAD * noise)
    invoices = Invoices.of(baskets.customer, baskets.minute, baskets.country, SALE_KIND)
    return Sales(invoices, Lines.of(invoice, item, _round_pieces(100 * pounds / pence), pence))


def _make_price_lists() -> Ints:
    """Pence per product: trade prices, then retail prices."""
    trade = 100 * make_assortment().price
    return np.rint([trade, RETAIL_MARKUP * trade]).astype(np.int32)


def _round_pieces(wanted: Floats) -> Floats:
    """Whole pieces, at least one."""
    by_half_dozen = HALF_DOZEN * np.rint(wanted / HALF_DOZEN)
    return np.where(wanted < HALF_DOZEN, np.maximum(np.rint(wanted), 1), by_half_dozen)
