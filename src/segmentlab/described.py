"""Between data and model: customers as rows of features, and what happened to the data on the way."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from segmentlab.features.table import FeatureTable
from segmentlab.segments.facts import Facts
from segmentlab.segments.portrait import People
from segmentlab.segments.purchases import BeforeAndAfter, Purchases
from segmentlab.transactions.dataset import About


@dataclass(frozen=True)
class Sales:
    """What only transactions tell of customers beside their features."""

    revenue: pd.Series  # per customer
    ledger: pd.DataFrame
    suspicious: pd.DataFrame  # lines that stayed, of a size that asks to be looked at
    facts: Facts
    purchases: Purchases | str  # a text says why there are none


@dataclass(frozen=True)
class Past:
    """Customers as they were known on an earlier day, and what each spent in the days after it."""

    cut: date
    days: int
    features: pd.DataFrame
    rfm: pd.DataFrame  # for the grid that everybody could have drawn
    revenue: pd.Series
    spend: pd.Series
    baskets: BeforeAndAfter | None  # nothing where the log does not name products


@dataclass(frozen=True)
class Described:
    """All that a segmentation needs of the data; nothing of it is larger than the customers."""

    about: About
    features: FeatureTable
    sales: Sales | None = None  # nothing where the data has customers and no transactions
    past: Past | str | None = None  # nothing where none was asked for; a text says why there is none
    traits: pd.DataFrame | None = None  # what the customers table says in words, where there is one

    @property
    def revenue(self) -> pd.Series | None:
        """What each customer brought, where that is known."""
        return None if self.sales is None else self.sales.revenue

    @property
    def people(self) -> People:
        """What is known of customers beside their features."""
        return People(None if self.sales is None else self.sales.facts, self.traits)

    @property
    def notes(self) -> tuple[str, ...]:
        """What can't be told of this data, and why."""
        if self.sales is not None:
            return ()
        return (
            f"{self.about.name} has customers and no transactions: there is no revenue, no date and nothing "
            "to clean, and segments are numbered by their size.",
        )
