"""Customers: one row of traits each, drawn from the planted segments or from one population."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from segmentlab.transactions.shop.calendar import DAYS
from segmentlab.transactions.shop.sales import Floats, Ints
from segmentlab.transactions.shop.segments import (
    GIANT_SPEND,
    LOG_MEDIANS,
    PLANTED_SEGMENTS,
    PLANTED_SHARES,
    SPREADS,
    pool_moments,
)

Structure = Literal["planted", "none"]

COUNTRIES = {
    "United Kingdom": 0.0,  # the home country; the numbers are shares among customers abroad
    "Germany": 0.20,
    "France": 0.18,
    "Spain": 0.08,
    "EIRE": 0.07,
    "Belgium": 0.06,
    "Netherlands": 0.06,
    "Portugal": 0.05,
    "Switzerland": 0.05,
    "Sweden": 0.04,
    "Italy": 0.04,
    "Australia": 0.03,
    "Channel Islands": 0.03,
    "Finland": 0.03,
    "Norway": 0.03,
    "Japan": 0.02,
    "Unspecified": 0.02,
    "USA": 0.01,
}
HOME_COUNTRY = 0
POOLED_TASTE = len(
    PLANTED_SEGMENTS
)  # the taste of a population without segments comes after those of the segments


@dataclass(frozen=True)
class Shoppers:
    """Customers, column by column."""

    segment: Ints | None  # the truth; there is none in a world without structure
    recency: Ints
    invoices: Ints
    gap: Floats
    basket: Floats
    spend: Floats
    festive: Floats
    taste: Ints
    country: Ints

    def __len__(self) -> int:
        """How many customers."""
        return len(self.recency)


def draw_shoppers(rng: np.random.Generator, count: int, structure: Structure) -> Shoppers:
    """Draw customers; without structure every habit is drawn independently from the pooled margin."""
    habits = np.array([[s.abroad, s.festive, s.giants] for s in PLANTED_SEGMENTS])
    if structure == "planted":
        segment = rng.choice(len(PLANTED_SEGMENTS), size=count, p=PLANTED_SHARES)
        logs = rng.normal(LOG_MEDIANS[segment], SPREADS[segment])
        abroad, festive, giants = habits[segment].T
        return _make_shoppers(rng, logs, abroad, festive, giants, segment=segment, taste=segment)
    logs = rng.multivariate_normal(*pool_moments(), size=count, method="cholesky")
    abroad, festive, giants = np.broadcast_to(PLANTED_SHARES @ habits, (count, 3)).T
    return _make_shoppers(
        rng, logs, abroad, festive, giants, segment=None, taste=np.full(count, POOLED_TASTE)
    )


def _make_shoppers(
    rng: np.random.Generator,
    logs: Floats,
    abroad: Floats,
    festive: Floats,
    giants: Floats,
    *,
    segment: Ints | None,
    taste: Ints,
) -> Shoppers:
    count = len(logs)
    # A last purchase before the history would be no customer: reflect the tail, which leaves no atom.
    logs[:, 0] = np.minimum(logs[:, 0], 2 * np.log(DAYS - 1) - logs[:, 0])
    recency, invoices, gap, basket, spend = np.exp(logs).T
    giant = rng.random(count) < giants
    foreign = rng.choice(len(COUNTRIES), size=count, p=list(COUNTRIES.values()))
    return Shoppers(
        segment=segment,
        recency=np.maximum(np.ceil(recency), 1).astype(np.int64),
        invoices=np.maximum(np.rint(invoices), 1).astype(np.int64),
        gap=gap,
        basket=basket,
        spend=np.where(giant, GIANT_SPEND * spend, spend),
        festive=festive,
        taste=taste,
        country=np.where(rng.random(count) < abroad, foreign, HOME_COUNTRY),
    )
