"""A taste of one's own: what a customer buys again and again, and the ranges that they look at."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from segmentlab.transactions.shop.calendar import DAYS
from segmentlab.transactions.shop.people import POOLED_TASTE, Shoppers
from segmentlab.transactions.shop.ranges import RANGES, WHOLE_HISTORY, make_offer
from segmentlab.transactions.shop.sales import Flags, Floats, Ints
from segmentlab.transactions.shop.segments import Trait

TasteKind = Literal["segment", "personal"]

FAVOURITES: Final = 6  # products of a customer
OF_OWN_RANGES: Final = 0.8  # of the favourites
INTERVAL: Final = Trait(45, 0.6)  # days for which a favourite lasts
LIKED_RANGES: Final = 2
# Which of them a line is for, if it is for one: the first more often than the last.
FAVOURITE_SHARES: Final = (1 / np.arange(1, FAVOURITES + 1)) / (1 / np.arange(1, FAVOURITES + 1)).sum()
RANGE_SHARES: Final = np.array([0.65, 0.35])
NEVER: Final = -2 * DAYS  # when something was bought last that was not bought yet


@dataclass(frozen=True)
class Tastes:
    """Customers, row by row."""

    segment: Ints  # whose liking of families they share: a taste of the assortment
    favourites: Ints  # products; the first is bought most
    interval: Floats  # days for which each lasts
    ranges: Ints  # the first is bought most

    def __len__(self) -> int:
        """How many customers."""
        return len(self.segment)


def draw_tastes(rng: np.random.Generator, people: Shoppers) -> Tastes:
    """Draw for each customer, after what their segment likes."""
    offer, count = make_offer(), len(people)
    liking = np.add.reduceat(offer.shares[:, WHOLE_HISTORY], offer.ends[:-1], axis=1).cumsum(axis=1)
    where = rng.random((count, LIKED_RANGES))
    ranges = np.empty((count, LIKED_RANGES), dtype=np.int64)
    for taste in range(POOLED_TASTE + 1):
        own = people.taste == taste
        ranges[own] = np.searchsorted(liking[taste] / liking[taste, -1], where[own], side="right")
    ranges = np.minimum(ranges, RANGES - 1)
    of_own = rng.random((count, FAVOURITES)) < OF_OWN_RANGES
    whole = np.full(count * FAVOURITES, WHOLE_HISTORY)
    chosen = np.take_along_axis(ranges, rng.choice(LIKED_RANGES, (count, FAVOURITES), p=RANGE_SHARES), axis=1)
    favourites = np.where(
        of_own,
        offer.draw_of_range(rng, chosen.ravel(), whole).reshape(count, FAVOURITES),
        offer.draw_products(rng, np.repeat(people.taste, FAVOURITES), whole).reshape(count, FAVOURITES),
    )
    interval = rng.lognormal(np.log(INTERVAL.median), INTERVAL.spread, (count, FAVOURITES))
    return Tastes(people.taste, favourites, np.where(_find_repeats(favourites), np.inf, interval), ranges)


def _find_repeats(favourites: Ints) -> Flags:
    """Where a favourite stands further left already: there it is never due."""
    same = favourites[:, :, None] == favourites[:, None, :]
    repeats: Flags = np.tril(same, -1).any(axis=2)
    return repeats
