"""Baskets whose sum is known beforehand: what customers whose life is known put on an invoice.

Each line takes as many pieces as its part of the sum allows, and hands what is left on to the next. The last
one is something cheap, by which the sum is met: it is missed by half a price of that at most.
"""

import numpy as np

from segmentlab.transactions.shop.calendar import draw_minutes
from segmentlab.transactions.shop.catalogue import SLOTS, make_assortment
from segmentlab.transactions.shop.lives import SUBSCRIBER, Lives, Orders, P
from segmentlab.transactions.shop.people import COUNTRIES, HOME_COUNTRY, POOLED_TASTE
from segmentlab.transactions.shop.sales import SALE_KIND, Floats, Ints, Invoices, Lines, Sales

LINES_WANTED = 6.0  # median lines of an invoice
LINES_SPREAD = 0.5  # sd of their log, and of the log pounds of a line around its part
ABROAD = 0.08


def draw_sales(
    rng: np.random.Generator, lives: Lives, orders: Orders, first_customer: int
) -> tuple[Sales, Floats]:
    """Draw the sales of these orders, their customers counted from the first; and say what an order brings.

    A subscriber pays for the same pieces of one product each time. Of all others it is the mean of their law.
    """
    foreign = rng.choice(len(COUNTRIES), size=len(lives), p=list(COUNTRIES.values()))
    country = np.where(rng.random(len(lives)) < ABROAD, foreign, HOME_COUNTRY)
    pence = np.rint(100 * make_assortment().price).astype(np.int64)
    plan = _draw_items(rng, len(lives))
    pieces = np.maximum(np.rint(100 * lives.spend / pence[plan]), 1)
    spend = np.where(lives.kind == SUBSCRIBER, pieces * pence[plan] / 100, lives.spend)
    pays = np.flatnonzero(lives.kind[orders.customer] == SUBSCRIBER)
    shops = np.flatnonzero(lives.kind[orders.customer] != SUBSCRIBER)
    wanted = 100 * rng.gamma(P, spend[orders.customer[shops]] / P)
    own = plan[orders.customer[pays]]
    invoices = Invoices.of(
        orders.customer + first_customer, draw_minutes(rng, orders.day), country[orders.customer], SALE_KIND
    )
    paid = Lines.of(pays, own, pieces[orders.customer[pays]], pence[own])
    bought = fill_baskets(rng, wanted)
    lines = Lines.of(shops[bought.invoice], bought.item, bought.quantity, bought.pence)
    return Sales(invoices, Lines.concat([paid, lines])), spend


def fill_baskets(rng: np.random.Generator, wanted: Floats) -> Lines:
    """Lines that come to these sums of pence, an invoice for each."""
    price = np.rint(100 * make_assortment().price).astype(np.int64)
    cheapest = np.flatnonzero(price == price.min())
    size = np.maximum(np.rint(LINES_WANTED * rng.lognormal(0, LINES_SPREAD, len(wanted))), 1).astype(np.int64)
    invoice = np.repeat(np.arange(len(wanted)), size)
    number = np.arange(len(invoice)) - np.repeat(np.cumsum(size) - size, size)
    last = number == size[invoice] - 1
    parts = rng.lognormal(0, LINES_SPREAD, len(invoice))
    part = wanted[invoice] * parts / np.bincount(invoice, parts, len(wanted))[invoice]
    item = np.where(last, rng.choice(cheapest, len(invoice)), _draw_items(rng, len(invoice)))
    pieces, left = np.zeros(len(invoice)), np.zeros(len(wanted))
    for place in range(int(size.max(initial=0))):
        rows = np.flatnonzero(number == place)
        room = part[rows] + left[invoice[rows]]
        whole = room / price[item[rows]]
        pieces[rows] = np.where(last[rows], np.rint(whole), np.floor(whole))
        left[invoice[rows]] = room - pieces[rows] * price[item[rows]]
    nothing = np.bincount(invoice, pieces, len(wanted)) == 0
    pieces[last & nothing[invoice]] = 1
    lines = Lines.of(invoice, item, pieces, price[item])
    return lines.take(lines.quantity > 0)


def _draw_items(rng: np.random.Generator, count: int) -> Ints:
    """Products by what everybody likes."""
    items: Ints = make_assortment().tastes[POOLED_TASTE][rng.integers(0, SLOTS, size=count)]
    return items
