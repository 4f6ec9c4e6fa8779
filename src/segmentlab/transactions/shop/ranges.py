"""What belongs together in the shop, and when it is on sale: ranges, sets, and products that come and go.

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

RANGES: Final = 50  # of eighty products each
MONTH_OF_DAY: Final = (np.arange(START, END).astype("datetime64[M]") - START.astype("datetime64[M]")).astype(
    np.int64
)
MONTHS: Final = int(MONTH_OF_DAY[-1]) + 1
WHOLE_HISTORY: Final = MONTHS  # the row behind the months, in which everything is on sale
SET: Final = 4  # products, each of which brings the next, and the last the first
COME: Final = 0.15  # of the sets, that are launched within the history
GO: Final = 0.15  # ... and that are dropped within it
FASHION: Final = 0.6  # sd of the log of how much more a product is wanted at the end than halfway


@dataclass(frozen=True)
class Offer:
    """What is on sale month by month. A *place* is a product's in the order of ranges."""

    product: Ints  # by place: those of a range stand side by side
    ends: Ints  # the first place of each range, and the end of the last
    brings: Ints  # by product: what it is used with, which is on sale in the same months
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
        within: Floats = shares / np.repeat(sums, np.diff(self.ends))
        return within

    def _find(self, row: Ints, sums: Floats, first: Ints | int, end: Ints | int) -> Ints:
        place = np.searchsorted(self._sums.ravel(), sums, side="right") - 1 - row * (PRODUCTS + 1)
        products: Ints = self.product[np.clip(place, first, end - 1)]
        return products


@cache
def make_offer() -> Offer:
    """The offer, the same in every process."""
    rng = np.random.default_rng(353)  # any constant: what is on offer is no parameter
    shop = make_assortment()
    # Ranges are of one family (but where two meet), and so are sets, which run across its ranges.
    product = np.lexsort((rng.random(PRODUCTS), shop.family))
    ends = np.linspace(0, PRODUCTS, RANGES + 1).astype(np.int64)
    of_set = _draw_sets(rng, shop.family)
    on_sale = _draw_life(rng, of_set)
    # The best of a range, and its set, is always there: no range is ever empty.
    best = [part[np.argmax(shop.weights[POOLED_TASTE, part])] for part in np.split(product, ends[1:-1])]
    on_sale[:, np.isin(of_set, of_set[best])] = True
    passed = 2 * np.arange(MONTHS) / (MONTHS - 1) - 1
    wanted = np.exp(np.outer(passed, FASHION * rng.standard_normal(PRODUCTS))) * on_sale
    months = np.vstack([wanted, np.ones(PRODUCTS)])
    shares = (shop.weights[:, None, :] * months)[:, :, product]
    shares /= shares.sum(axis=2, keepdims=True)
    sums = np.concatenate([np.zeros((*shares.shape[:2], 1)), shares.cumsum(axis=2)], axis=2)
    sums = (sums / sums[:, :, -1:]).reshape(-1, PRODUCTS + 1)
    return Offer(product, ends, _go_round(of_set), on_sale, shares, sums + np.arange(len(sums))[:, None])


def _draw_sets(rng: np.random.Generator, family: Ints) -> Ints:
    """By product its set; a few products of each family are left over and are a smaller one."""
    order = np.lexsort((rng.random(PRODUCTS), family))
    begins = np.flatnonzero(np.diff(family[order], prepend=-1))
    place = np.arange(PRODUCTS) - np.repeat(begins, np.diff(begins, append=PRODUCTS))
    of_set = np.empty(PRODUCTS, dtype=np.int64)
    of_set[order] = np.cumsum(place % SET == 0) - 1
    return of_set


def _go_round(of_set: Ints) -> Ints:
    """By product the next one of its set, and of the last the first."""
    order = np.argsort(of_set, kind="stable")
    begins = np.flatnonzero(np.diff(of_set[order], prepend=-1))
    after = np.arange(1, PRODUCTS + 1)
    after[np.r_[begins[1:], PRODUCTS] - 1] = begins
    brings = np.empty(PRODUCTS, dtype=np.int64)
    brings[order] = order[after]
    return brings


def _draw_life(rng: np.random.Generator, of_set: Ints) -> Flags:
    """Months on sale; a set comes and goes together."""
    count = int(of_set.max()) + 1
    first = np.where(rng.random(count) < COME, rng.integers(1, MONTHS - 1, count), 0)
    last = np.where(rng.random(count) < GO, rng.integers(first + 1, MONTHS), MONTHS)
    month = np.arange(MONTHS)[:, None]
    life: Flags = (month >= first[of_set]) & (month <= last[of_set])
    return life
