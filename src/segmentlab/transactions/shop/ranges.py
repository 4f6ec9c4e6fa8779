"""What belongs together in the shop, and when it is on sale: ranges, pairs, and products that come and go.

Like the assortment it is the same in every world, and it is looked at only where customers have a taste of
their own.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np

from segmentlab.transactions.shop.calendar import END, START
from segmentlab.transactions.shop.catalogue import PRODUCTS, make_assortment
from segmentlab.transactions.shop.people import POOLED_TASTE
from segmentlab.transactions.shop.sales import Flags, Floats, Ints

RANGES: Final = 250  # of sixteen products each
MONTH_OF_DAY: Final = (
    np.arange(START, END).astype("datetime64[M]") - START.astype("datetime64[M]")
).astype(np.int64)
MONTHS: Final = int(MONTH_OF_DAY[-1]) + 1
WHOLE_HISTORY: Final = MONTHS  # the row behind the months, in which everything is on sale
COME: Final = 0.25  # of the pairs, that are launched within the history
GO: Final = 0.25  # ... and that are dropped within it
FASHION: Final = 0.6  # sd of the log of how much more a product is wanted at the end than halfway


@dataclass(frozen=True)
class Offer:
    """What is on sale month by month. A *place* is a product's in the order of ranges."""

    product: Ints  # by place: those of a range stand side by side
    ends: Ints  # the first place of each range, and the end of the last
    partner: Ints  # by product: what it is used with, which is on sale in the same months
    on_sale: Flags  # month, product
    shares: Floats  # taste, month (and the whole history), place: share of the lines
    _sums: Floats  # the shares summed up, each row from a whole number to the next

    def draw_products(self, rng: np.random.Generator, taste: Ints, month: Ints) -> Ints:
        """A product for each taste and month, from the whole shop."""
        row = taste * (MONTHS + 1) + month
        return self._find(row, row + rng.random(len(row)), 0, PRODUCTS)

    def draw_of_range(self, rng: np.random.Generator, chosen: Ints, month: Ints) -> Ints:
        """A product of each range, as everybody likes it in that month."""
        row = POOLED_TASTE * (MONTHS + 1) + month
        first, end = self.ends[chosen], self.ends[chosen + 1]
        low, high = self._sums[row, first], self._sums[row, end]
        return self._find(row, low + rng.random(len(row)) * (high - low), first, end)

    def find_shares_of_ranges(self, month: int) -> Floats:
        """By place: the share of each product within its range, as everybody likes it."""
        shares = self.shares[POOLED_TASTE, month]
        sums = np.add.reduceat(shares, self.ends[:-1])
        return shares / np.repeat(sums, np.diff(self.ends))

    def _find(self, row: Ints, sums: Floats, first: Ints | int, end: Ints | int) -> Ints:
        place = np.searchsorted(self._sums.ravel(), sums, side="right") - 1 - row * (PRODUCTS + 1)
        products: Ints = self.product[np.clip(place, first, end - 1)]
        return products


@cache
def make_offer() -> Offer:
    """The offer, the same in every process."""
    rng = np.random.default_rng(353)  # any constant: what is on offer is no parameter
    shop = make_assortment()
    # Ranges are of one family, and so is a pair, but of two ranges.
    product = np.lexsort((rng.random(PRODUCTS), shop.family))
    ends = np.linspace(0, PRODUCTS, RANGES + 1).astype(np.int64)
    partner = _draw_partners(rng, shop.family)
    on_sale = _draw_life(rng, partner)
    # The best of a range is always there: no range is ever empty.
    best = [part[np.argmax(shop.weights[POOLED_TASTE, part])] for part in np.split(product, ends[1:-1])]
    on_sale[:, best] = on_sale[:, partner[best]] = True
    passed = 2 * np.arange(MONTHS) / (MONTHS - 1) - 1
    wanted = np.exp(np.outer(passed, FASHION * rng.standard_normal(PRODUCTS))) * on_sale
    months = np.vstack([wanted, np.ones(PRODUCTS)])
    shares = (shop.weights[:, None, :] * months)[:, :, product]
    shares /= shares.sum(axis=2, keepdims=True)
    sums = np.concatenate([np.zeros((*shares.shape[:2], 1)), shares.cumsum(axis=2)], axis=2)
    sums = (sums / sums[:, :, -1:]).reshape(-1, PRODUCTS + 1)
    return Offer(product, ends, partner, on_sale, shares, sums + np.arange(len(sums))[:, None])


def _draw_partners(rng: np.random.Generator, family: Ints) -> Ints:
    """Pairs within a family; who is left over goes with itself."""
    partner = np.arange(PRODUCTS)
    for own in (np.flatnonzero(family == number) for number in np.unique(family)):
        one, other = rng.permutation(own)[: len(own) // 2 * 2].reshape(2, -1)
        partner[one], partner[other] = other, one
    return partner


def _draw_life(rng: np.random.Generator, partner: Ints) -> Flags:
    """Months on sale; a pair comes and goes together."""
    first = np.where(rng.random(PRODUCTS) < COME, rng.integers(1, MONTHS - 1, PRODUCTS), 0)
    last = np.where(rng.random(PRODUCTS) < GO, rng.integers(first + 1, MONTHS), MONTHS)
    leader = np.minimum(np.arange(PRODUCTS), partner)
    month = np.arange(MONTHS)[:, None]
    life: Flags = (month >= first[leader]) & (month <= last[leader])
    return life
