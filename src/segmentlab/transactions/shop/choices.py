"""What customers with a taste of their own put into their baskets, one visit after the other.

A line is a *head*, which is drawn from the customer's taste, or follows the head before it: then it is what
that product brings. A head is for a favourite, if that one is on sale and due again; or for what something in
the basket before brings; and else for a range that the customer likes, or anything by the liking of
the segment. What is not due or not on sale leaves its line to these last two.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from segmentlab.transactions.shop.calendar import MINUTES_A_DAY
from segmentlab.transactions.shop.ranges import MONTH_OF_DAY, make_offer
from segmentlab.transactions.shop.sales import BookColumns, Ints
from segmentlab.transactions.shop.tastes import (
    FAVOURITE_SHARES,
    FAVOURITES,
    LIKED_RANGES,
    NEVER,
    RANGE_SHARES,
    Tastes,
)

FAVOURITE: Final = 0.25  # of the heads
LATER: Final = 0.08  # of the heads, for what the basket before brings
OF_RANGE: Final = 0.7  # of all other heads
FOLLOWS: Final = 0.2  # of every second line


@dataclass(frozen=True)
class Visits(BookColumns):
    """Baskets of known customers in the order of time; their lines stand one behind the other."""

    customer: Ints
    day: Ints
    lines: Ints
    number: Ints  # of the customer's visits, from 0

    @classmethod
    def of(cls, customer: Ints, minute: Ints, lines: Ints) -> "Visits":
        """Number the visits of each customer."""
        order = np.argsort(customer, kind="stable")
        begins = np.flatnonzero(np.diff(customer[order], prepend=-1))
        number = np.empty(len(order), dtype=np.int64)
        number[order] = np.arange(len(order)) - np.repeat(begins, np.diff(begins, append=len(order)))
        return cls(customer, minute // MINUTES_A_DAY, lines, number)


class Choices:
    """The lines of visits as they fill up, and what is remembered from one visit to the next."""

    def __init__(self, rng: np.random.Generator, tastes: Tastes, visits: Visits) -> None:
        self.tastes, self.visits = tastes, visits
        self.begin = np.cumsum(visits.lines) - visits.lines
        self.visit = np.repeat(np.arange(len(visits)), visits.lines)
        self.month = MONTH_OF_DAY[visits.day[self.visit]]
        count = len(self.visit)
        second = (np.arange(count) - self.begin[self.visit]) % 2 == 1
        self.follows = second & (rng.random(count) < FOLLOWS)
        self.kind, self.where = rng.random(count), rng.random(count)
        self.slot = rng.choice(FAVOURITES, count, p=FAVOURITE_SHARES)
        self.product = _draw_unprompted(rng, tastes, visits.customer[self.visit], self.month)
        self.last = np.full((len(tastes), FAVOURITES), NEVER)
        self.before = np.full(len(tastes), -1)  # the visit before

    def fill_until(self, day: int) -> Ints:
        """Fill the baskets until this day, and it too; the product of each line, unprompted in later ones."""
        rounds = np.argsort(self.visits.number, kind="stable")
        for visits in np.split(rounds, np.cumsum(np.bincount(self.visits.number))[:-1]):
            self._fill(visits[self.visits.day[visits] <= day])
        return self.product

    def _fill(self, visits: Ints) -> None:
        """Fill the baskets of visits, one of each customer."""
        lines = list_rows(self.begin[visits], self.visits.lines[visits])
        follows, heads = lines[self.follows[lines]], lines[~self.follows[lines]]
        self._take_favourites(heads[self.kind[heads] < FAVOURITE])
        self._take_what_is_brought(
            heads[(self.kind[heads] >= FAVOURITE) & (self.kind[heads] < FAVOURITE + LATER)]
        )
        self.product[follows] = make_offer().brings[self.product[follows - 1]]
        self.before[self.visits.customer[visits]] = visits

    def _take_favourites(self, lines: Ints) -> None:
        """Those that are due, each once."""
        customer, slot = self.visits.customer[self.visit[lines]], self.slot[lines]
        day = self.visits.day[self.visit[lines]]
        product = self.tastes.favourites[customer, slot]
        due = day - self.last[customer, slot] >= self.tastes.interval[customer, slot]
        due &= make_offer().on_sale[self.month[lines], product]
        _, once = np.unique(customer[due] * FAVOURITES + slot[due], return_index=True)
        bought = np.flatnonzero(due)[once]
        self.product[lines[bought]] = product[bought]
        self.last[customer[bought], slot[bought]] = day[bought]

    def _take_what_is_brought(self, lines: Ints) -> None:
        """What goes with something of the basket before, if it is on sale still."""
        before = self.before[self.visits.customer[self.visit[lines]]]
        lines, before = lines[before >= 0], before[before >= 0]
        row = self.begin[before] + (self.where[lines] * self.visits.lines[before]).astype(np.int64)
        brought = make_offer().brings[self.product[row]]
        there = make_offer().on_sale[self.month[lines], brought]
        self.product[lines[there]] = brought[there]


def _draw_unprompted(rng: np.random.Generator, tastes: Tastes, customer: Ints, month: Ints) -> Ints:
    """Something of a range that the customer likes, or anything by the liking of the segment."""
    offer = make_offer()
    number = rng.choice(LIKED_RANGES, len(customer), p=RANGE_SHARES)
    of_range = offer.draw_of_range(rng, tastes.ranges[customer, number], month)
    of_shop = offer.draw_products(rng, tastes.segment[customer], month)
    return np.where(rng.random(len(customer)) < OF_RANGE, of_range, of_shop)


def list_rows(begin: Ints, lines: Ints) -> Ints:
    """The rows of blocks, one behind the other."""
    ends = np.cumsum(lines)
    return np.repeat(begin - (ends - lines), lines) + np.arange(ends[-1] if len(ends) else 0)
