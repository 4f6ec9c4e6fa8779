"""Geography: at home or abroad, and in how large a market."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import ibis
import ibis.expr.types as ir

from segmentlab.features.feature_set import Column

UNKNOWN_COUNTRY = "Unspecified"  # how Online Retail names the countries that it does not know

GEOGRAPHY_COLUMNS = (
    Column("geography_abroad", "0 in the country that most customers are in, else 1", "0 or 1"),
    Column("geography_market", "share of the known customers who are in the customer's country", "share"),
)
GEOGRAPHY_NEEDS = frozenset({"customer_id", "country"})


@dataclass(frozen=True)
class Geography:
    """Where customers are. Which country is home is read from the data, not assumed."""

    columns: ClassVar[tuple[Column, ...]] = GEOGRAPHY_COLUMNS
    requires: ClassVar[frozenset[str]] = GEOGRAPHY_NEEDS

    def learn(self, transactions: ir.Table, as_of: date) -> "Markets":  # noqa: ARG002  (countries do not age)
        """Learn how the customers are distributed over countries."""
        homes = _find_countries(transactions)
        customers = homes.group_by("country").aggregate(customers=homes.count()).to_pandas()
        customers = customers.sort_values(["customers", "country"], ascending=[False, True])
        shares = customers["customers"] / customers["customers"].sum()
        return Markets(dict(zip(customers["country"], shares, strict=True)))


@dataclass(frozen=True)
class Markets:
    """Customers by the countries of those it learnt from; a country that is new has a share of 0."""

    shares: Mapping[str, float]  # of customers by country, the largest first

    columns: ClassVar[tuple[Column, ...]] = GEOGRAPHY_COLUMNS
    requires: ClassVar[frozenset[str]] = GEOGRAPHY_NEEDS

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002  (countries do not age)
        """One row per customer."""
        homes = _find_countries(transactions)
        home = next(iter(self.shares))
        markets = [(homes["country"] == country, share) for country, share in self.shares.items()]
        return homes.select(
            "customer_id",
            geography_abroad=(homes["country"] != home).cast("float64"),
            geography_market=ibis.cases(*markets, else_=0.0),
        )


def _find_countries(transactions: ir.Table) -> ir.Table:
    """One row per customer: the country with most of the lines (the first in the alphabet of equals)."""
    country = transactions["country"].fill_null(UNKNOWN_COUNTRY)
    pairs = transactions.group_by("customer_id", country=country).aggregate(lines=transactions.count())
    first = ibis.window(group_by="customer_id", order_by=[ibis.desc("lines"), "country"])
    ranked = pairs.mutate(place=ibis.row_number().over(first))
    return ranked.filter(ranked["place"] == 0).select("customer_id", "country")
