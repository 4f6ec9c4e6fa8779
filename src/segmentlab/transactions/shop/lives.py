"""Customers whose whole life is known: when they come, when they leave for good, and what an order brings.

Everyone lives in a *time of their own*, in which they order at a steady rate: by chance, or on a fixed day.
It passes as the calendar does, but for customers of a season: theirs stands still outside of it and runs
faster within, so that a year has as many orders as anybody's.
"""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np

from segmentlab.transactions.shop.calendar import DAYS, ORDINARY
from segmentlab.transactions.shop.sales import BookColumns, Flags, Floats, Ints

# MBG/NBD: rate ~ Gamma(r, alpha), chance to leave after each order, the first one too, ~ Beta(a, b).
R, ALPHA, A, B = 0.8, 60.0, 0.8, 3.2
# Gamma-Gamma: an order ~ Gamma(p, nu), nu ~ Gamma(q, v).
P, Q, V = 6.0, 4.0, 30.0
# Of subscribers: days from one payment to the next, the share of each, the chance that a payment is the last.
PERIODS: Final = (30.4375, 14.0, 61.0)
PERIOD_SHARES: Final = (0.7, 0.15, 0.15)
LAST_PAYMENT: Final = 0.05
LATE_BY: Final = 1.0  # days, sd of a payment's day around the period
SEASON: Final = 60.0  # days of the year, in which a customer of a season orders
YEAR: Final = 365.0

KINDS: Final = ("law", "seasonal", "subscriber")
LAW, SEASONAL, SUBSCRIBER = range(3)


class Shares(NamedTuple):
    """Shares of the customers whose life is known, kind by kind; all others are planted, or a population."""

    after_law: float = 0.0
    seasonal: float = 0.0
    subscribers: float = 0.0


@dataclass(frozen=True)
class Lives(BookColumns):
    """What is drawn for a customer once."""

    kind: Ints
    gap: Floats  # mean days from one order to the next
    leaves: Floats  # chance that an order is the last
    spend: Floats  # mean pounds of an order
    begin: Floats  # the moment at which their season begins: before their first order, and each year again
    part: Floats  # of the season that is over when they come first
    length: Floats  # days of the season: a year for those who have none

    def find_moments(self, passed: Floats, rows: Ints) -> Floats:
        """Where on the calendar their own time is, so long after the first order."""
        years, rest = np.divmod(YEAR * self.part[rows] + passed, YEAR)
        moments: Floats = self.begin[rows] + YEAR * years + rest / YEAR * self.length[rows]
        return moments


@dataclass(frozen=True)
class Orders(BookColumns):
    """When whose order comes; by customer, then by day."""

    customer: Ints  # a row of the lives
    day: Ints  # an open one, and each of a customer another


def draw_lives(rng: np.random.Generator, counts: Ints) -> Lives:
    """Draw so many customers of each kind."""
    kind = np.repeat(np.arange(len(KINDS)), counts)
    count = len(kind)
    paying = kind == SUBSCRIBER
    period = rng.choice(PERIODS, size=count, p=PERIOD_SHARES)
    rate = np.maximum(rng.gamma(R, 1 / ALPHA, count), 1e-9)
    length, part = np.where(kind == SEASONAL, SEASON, YEAR), rng.random(count)
    return Lives(
        kind=kind,
        gap=np.where(paying, period, 1 / rate),
        leaves=np.where(paying, LAST_PAYMENT, rng.beta(A, B, count)),
        spend=P / rng.gamma(Q, 1 / V, count),
        begin=DAYS * rng.random(count) - part * length,
        part=part,
        length=length,
    )


def draw_orders(rng: np.random.Generator, lives: Lives) -> tuple[Orders, Flags]:
    """Draw all orders of the history, and tell who has left within it: their last order is their last."""
    customers, moments = [], []
    there, passed, left = np.arange(len(lives)), np.zeros(len(lives)), np.zeros(len(lives), dtype=bool)
    while len(there):
        moment = lives.find_moments(passed[there], there)
        there, moment = there[moment < DAYS], moment[moment < DAYS]
        customers.append(there)
        moments.append(moment)
        goes = rng.random(len(there)) < lives.leaves[there]
        left[there[goes]] = True
        there = there[~goes]
        passed[there] += _draw_gaps(rng, lives, there)
    customer, moment = np.concatenate(customers), np.concatenate(moments)
    order = np.lexsort((moment, customer))
    orders, late = _move_to_open_days(customer[order], moment[order])
    left[late] = False
    return orders, left


def _draw_gaps(rng: np.random.Generator, lives: Lives, rows: Ints) -> Floats:
    """Own time until the next order: by chance, or a period."""
    gap = lives.gap[rows]
    around = np.maximum(gap + LATE_BY * rng.standard_normal(len(rows)), 1.0)
    return np.where(lives.kind[rows] == SUBSCRIBER, around, gap * rng.standard_exponential(len(rows)))


def _move_to_open_days(customer: Ints, moment: Floats) -> tuple[Orders, Ints]:
    """Each order on an open day that has none of the customer's yet; and whose came too late for the history.

    An order is a customer's day: two on one day would be one, and fewer than the law has drawn.
    """
    open_days = np.flatnonzero(np.diff(ORDINARY) > 0)
    first = np.flatnonzero(np.diff(customer, prepend=-1))
    number = np.arange(len(customer)) - np.repeat(first, np.diff(first, append=len(customer)))
    apart = customer * (4 * DAYS)  # farther than anything that is added to it
    place = np.searchsorted(open_days, np.floor(moment)) - number + apart
    place = np.maximum.accumulate(place) + number - apart
    in_time = place < len(open_days)
    return Orders(customer[in_time], open_days[place[in_time]]), customer[~in_time]
