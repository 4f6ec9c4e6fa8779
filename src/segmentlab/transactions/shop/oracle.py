"""What customers will buy by the truth: the chances that nobody can know better.

The oracle knows the tastes, what is on sale when, all that was bought until a day, and when customers come
afterwards and how many lines they take. It does not know what for. The chance that a product is in one of
these baskets follows from that, exactly but for two things: lines that favourites leave over, and what
baskets after that day bring later, are counted by their mean.
"""

from collections.abc import Iterator
from functools import cache
from typing import Final, NamedTuple

import numpy as np

from segmentlab.transactions.shop.catalogue import PRODUCTS
from segmentlab.transactions.shop.choices import FAVOURITE, FOLLOWS, LATER, OF_RANGE, Choices, list_rows
from segmentlab.transactions.shop.ranges import MONTH_OF_DAY, MONTHS, make_offer
from segmentlab.transactions.shop.sales import Floats, Ints
from segmentlab.transactions.shop.tastes import FAVOURITE_SHARES, LIKED_RANGES, RANGE_SHARES

CUSTOMERS_AT_A_TIME: Final = 250
LEAST: Final = 1e-12


class Chances(NamedTuple):
    """For customers the chance of each product to be bought at least once."""

    customer: Ints
    bought: Floats  # customers by products


def foresee_purchases(choices: Choices, day: int, days: int) -> Iterator[Chances]:
    """Chances of so many days after the one until which choices are made, for who comes again in them.

    In blocks of customers, so that memory does not grow with them.
    """
    visits = choices.visits
    coming = np.flatnonzero((visits.day > day) & (visits.day <= day + days))
    known = choices.before[visits.customer[coming]] >= 0
    coming = coming[known][np.argsort(visits.customer[coming[known]], kind="stable")]
    customers = np.unique(visits.customer[coming])
    for part in np.split(customers, range(CUSTOMERS_AT_A_TIME, len(customers), CUSTOMERS_AT_A_TIME)):
        of_part = np.isin(visits.customer[coming], part)
        yield Chances(part, _Foresight(choices, part).pass_visits(coming[of_part]))


class _Foresight:
    """What may have happened to some customers until their next visit."""

    def __init__(self, choices: Choices, customers: Ints) -> None:
        self.choices, self.customers = choices, customers
        self.none = np.ones((len(customers), PRODUCTS))  # chance that a product was in no basket
        # Of the basket before: the share of its lines that a product has if it is in, and the chance that it is.
        self.share = _find_shares_of_baskets(choices, choices.before[customers])
        self.chance = (self.share > 0).astype(np.float64)
        self.taken: list[tuple[Ints, Ints, Floats]] = []  # of each visit: who, the day, which favourites

    def pass_visits(self, visits: Ints) -> Floats:
        """The chances after these visits."""
        number = self.choices.visits.number[visits]
        row = np.searchsorted(self.customers, self.choices.visits.customer[visits])
        first = np.full(len(self.customers), np.iinfo(np.int64).max)
        np.minimum.at(first, row, number)
        for turn in range(int((number - first[row]).max(initial=-1)) + 1):
            now = number - first[row] == turn
            self._pass(row[now], visits[now])
        return 1 - self.none

    def _pass(self, row: Ints, visit: Ints) -> None:
        """One visit of each of these customers."""
        offer, visits, tastes = make_offer(), self.choices.visits, self.choices.tastes
        customer, day, lines = visits.customer[visit], visits.day[visit], visits.lines[visit]
        month = MONTH_OF_DAY[day]
        favourites = tastes.favourites[customer]
        there = offer.on_sale[month[:, None], favourites]
        lasts = day[:, None] - self.choices.last[customer] < tastes.interval[customer]
        open_, wanted = there & ~lasts, FAVOURITE * FAVOURITE_SHARES
        due = np.where(open_, 1 - self._find_taken(row, day, tastes.interval[customer]), 0.0)
        taken = due * (1 - _count_none(wanted, 0.0, lines[:, None]))
        taken_by_head = taken / (lines - FOLLOWS * (lines // 2))[:, None]
        # What is brought by the basket before, if that was in it; and what comes by itself.
        chance = self.chance[row][:, _find_bringers()] * offer.on_sale[month]
        share = LATER * self.share[row][:, _find_bringers()]
        left = 1 - taken_by_head.sum(axis=1) - (chance * share).sum(axis=1)
        own = left[:, None] * _find_unprompted(tastes.segment[customer], tastes.ranges[customer], month)
        head = _add_favourites(own + chance * share, favourites, taken_by_head)
        brought = head[:, _find_bringers()] * (offer.brings != np.arange(PRODUCTS))
        own = _add_favourites(own, favourites, wanted * open_)
        without, within = (_count_none(own + later, brought, lines[:, None]) for later in (0.0, share))
        self.none[row] *= (1 - chance) * without + chance * within
        self.chance[row] = 1 - _count_none(head, brought, lines[:, None])
        follows = (FOLLOWS * (lines // 2) / lines)[:, None]
        self.share[row] = ((1 - follows) * head + follows * brought) / np.maximum(self.chance[row], LEAST)
        self.taken.append((row, day, taken))

    def _find_taken(self, row: Ints, day: Ints, interval: Floats) -> Floats:
        """The chance that a favourite lasts since a visit that was foreseen: since one of them at most."""
        lasts = np.zeros(interval.shape)
        for rows, days, taken in self.taken:
            at = np.searchsorted(rows, row)
            lasts += taken[at] * (day[:, None] - days[at][:, None] < interval)
        return lasts


def _count_none(chance: Floats, brought: Floats | float, lines: Ints) -> Floats:
    """The chance that no line is for a product, by its chance at a head and that of what brings it."""
    pair = FOLLOWS * (1 - chance - brought) + (1 - FOLLOWS) * (1 - chance) ** 2
    none: Floats = pair ** (lines // 2) * (1 - chance) ** (lines % 2)
    return none


def _add_favourites(head: Floats, favourites: Ints, chance: Floats) -> Floats:
    added = head.copy()
    np.add.at(added, (np.arange(len(head))[:, None], favourites), chance)
    return added


def _find_shares_of_baskets(choices: Choices, visits: Ints) -> Floats:
    """Which share of the lines of these visits each product has."""
    lines = choices.visits.lines[visits]
    row = np.repeat(np.arange(len(visits)), lines)
    product = choices.product[list_rows(choices.begin[visits], lines)]
    counts = np.bincount(row * PRODUCTS + product, minlength=len(visits) * PRODUCTS)
    return counts.reshape(-1, PRODUCTS) / lines[:, None]


def _find_unprompted(segment: Ints, ranges: Ints, month: Ints) -> Floats:
    """By customer the share of each product, where nothing prompts a line."""
    of_shop, of_range = _share_by_product()
    shares = (1 - OF_RANGE) * of_shop[segment, month]
    for number in range(LIKED_RANGES):
        product = _find_members()[ranges[:, number]]
        chance = OF_RANGE * RANGE_SHARES[number] * of_range[month[:, None], product]
        # A range that is shorter than the longest stands with its last product twice.
        chance[:, 1:][product[:, 1:] == product[:, :-1]] = 0
        shares = _add_favourites(shares, product, chance)
    return shares


@cache
def _share_by_product() -> tuple[Floats, Floats]:
    """Taste, month, product: the share in the shop; and month, product: the share within the range."""
    offer = make_offer()
    place = np.argsort(offer.product)
    within = np.array([offer.find_shares_of_ranges(month) for month in range(MONTHS)])
    return offer.shares[:, :, place], within[:, place]


@cache
def _find_bringers() -> Ints:
    """By product: what brings it."""
    return np.argsort(make_offer().brings)


@cache
def _find_members() -> Ints:
    offer = make_offer()
    size = int(np.diff(offer.ends).max())
    place = np.minimum(offer.ends[:-1, None] + np.arange(size), offer.ends[1:, None] - 1)
    members: Ints = offer.product[place]
    return members
