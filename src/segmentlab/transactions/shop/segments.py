"""The planted segments, as a table, and the single population that has the same margins.

Each customer has five traits. Within a segment the log of each trait is normal and independent of
the others: a segment is a round cloud, the planted world a mixture of such clouds. The world without
structure is one normal cloud with the mean and the covariance of that mixture: every trait keeps its
centre and its spread, only the segments are gone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import NamedTuple

import numpy as np

from segmentlab.transactions.shop.sales import Floats


class Trait(NamedTuple):
    """A lognormal trait: half of the segment lies below `median`; `spread` is the sd of its log."""

    median: float
    spread: float

    @property
    def mean(self) -> float:
        """The expected value, above the median because the tail is long."""
        return self.median * exp(self.spread**2 / 2)


@dataclass(frozen=True)
class PlantedSegment:
    """How the customers of one segment buy."""

    name: str
    share: float  # of the customers
    recency: Trait  # days since the last purchase: small while they stay, large once they dropped out
    invoices: Trait  # purchases in the whole history
    gap: Trait  # days from one purchase to the next
    basket: Trait  # lines of an invoice
    spend: Trait  # pounds of a line
    abroad: float  # share of customers outside the United Kingdom
    festive: float  # share of purchases that follow the Christmas season
    giants: float  # share of extreme wholesalers, who spend GIANT_SPEND times as much on a line
    taste: Mapping[str, float]  # how much more they like a product family than others do

    @property
    def traits(self) -> tuple[Trait, ...]:
        """The traits in the order of the columns that `people` draws."""
        return (self.recency, self.invoices, self.gap, self.basket, self.spend)

    @property
    def lines(self) -> float:
        """Expected lines of all customers of the segment, per customer of the world."""
        return self.share * self.invoices.mean * self.basket.mean


GIANT_SPEND = 12.0

PLANTED_SEGMENTS = (
    PlantedSegment(
        name="champions",
        share=0.10,
        recency=Trait(4, 0.60),
        invoices=Trait(18, 0.35),
        gap=Trait(28, 0.40),
        basket=Trait(7.0, 0.35),
        spend=Trait(34, 0.50),
        abroad=0.16,
        festive=0.05,
        giants=0.03,
        taste={"storage": 3.0, "kitchen": 2.0},
    ),
    PlantedSegment(
        name="loyal",
        share=0.20,
        recency=Trait(20, 0.50),
        invoices=Trait(6.0, 0.28),
        gap=Trait(55, 0.45),
        basket=Trait(6.0, 0.35),
        spend=Trait(18, 0.35),
        abroad=0.09,
        festive=0.15,
        giants=0.002,
        taste={"kitchen": 2.5, "bags": 2.5},
    ),
    PlantedSegment(
        name="lapsed",
        share=0.20,
        recency=Trait(300, 0.35),
        invoices=Trait(4.5, 0.28),
        gap=Trait(40, 0.45),
        basket=Trait(6.0, 0.35),
        spend=Trait(18, 0.35),
        abroad=0.08,
        festive=0.20,
        giants=0.001,
        taste={"garden": 3.0, "lighting": 2.0},
    ),
    PlantedSegment(
        name="newcomers",
        share=0.23,
        recency=Trait(22, 0.50),
        invoices=Trait(2.0, 0.30),
        gap=Trait(20, 0.45),
        basket=Trait(5.5, 0.35),
        spend=Trait(12, 0.35),
        abroad=0.07,
        festive=0.50,
        giants=0.0,
        taste={"party": 3.0, "stationery": 2.5},
    ),
    PlantedSegment(
        name="one-time",
        share=0.27,
        recency=Trait(340, 0.35),
        invoices=Trait(0.6, 0.30),
        gap=Trait(30, 0.45),
        basket=Trait(6.0, 0.35),
        spend=Trait(12, 0.35),
        abroad=0.06,
        festive=0.60,
        giants=0.0,
        taste={"christmas": 4.0, "toys": 2.0},
    ),
)

PLANTED_SHARES = np.array([segment.share for segment in PLANTED_SEGMENTS])
LOG_MEDIANS = np.array([[log(trait.median) for trait in segment.traits] for segment in PLANTED_SEGMENTS])
SPREADS = np.array([[trait.spread for trait in segment.traits] for segment in PLANTED_SEGMENTS])


def pool_moments() -> tuple[Floats, Floats]:
    """Mean and covariance of the log traits over all segments.

    Total covariance: what lies within the segments plus what lies between their centres.
    """
    mean = PLANTED_SHARES @ LOG_MEDIANS
    offsets = LOG_MEDIANS - mean
    within = np.diag(PLANTED_SHARES @ SPREADS**2)
    between = (offsets * PLANTED_SHARES[:, None]).T @ offsets
    return mean, within + between
