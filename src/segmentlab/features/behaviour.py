"""Behaviour: how often, how much and how dear a customer buys."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import ibis
import ibis.expr.types as ir

from segmentlab.features.feature_set import MONEY_UNIT, Column, count_days_until, divide_safely, sum_spend

MONTH_DAYS = 30


@dataclass(frozen=True)
class Behaviour:
    """Rates and averages of a customer's purchases.

    There is no return rate: the cleaning takes cancelled lines out, and a rate of what is left would be
    0 for everybody.
    """

    columns: ClassVar[tuple[Column, ...]] = (
        Column(
            "behaviour_frequency",
            "invoices per 30 days since the first purchase; newer customers count as 30 days old",
            "invoices per 30 days",
            transform="log",
        ),
        Column("behaviour_quantity", "total pieces bought", "pieces", transform="log"),
        Column("behaviour_spend", "total spend", MONEY_UNIT, transform="log"),
        Column("behaviour_purchase_value", "spend per invoice", MONEY_UNIT, transform="log"),
        Column("behaviour_unit_price", "spend per piece", MONEY_UNIT, transform="log"),
        Column(
            "behaviour_usual_quantity",
            "the quantity that most lines have; the smaller one of equals",
            "pieces",
            transform="log",
        ),
        Column("behaviour_basket_items", "pieces per invoice", "pieces", transform="log"),
    )
    requires: ClassVar[frozenset[str]] = frozenset(
        {"customer_id", "invoice_id", "quantity", "line_total", "timestamp"}
    )

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """One row per customer."""
        totals = transactions.group_by("customer_id").aggregate(
            invoices=transactions["invoice_id"].nunique(),
            pieces=transactions["quantity"].sum().round(6),
            money=sum_spend(transactions),
            tenure=count_days_until(as_of, transactions["timestamp"].min().date()),
        )
        both = totals.inner_join(_find_usual_quantity(transactions), "customer_id")
        return both.select(
            "customer_id",
            # Somebody who came yesterday for the first time does not come thirty times a month.
            behaviour_frequency=MONTH_DAYS * both["invoices"] / ibis.greatest(both["tenure"], MONTH_DAYS),
            behaviour_quantity=both["pieces"],
            behaviour_spend=both["money"],
            behaviour_purchase_value=divide_safely(both["money"], both["invoices"]),
            behaviour_unit_price=divide_safely(both["money"], both["pieces"]),
            behaviour_usual_quantity=both["usual"],
            behaviour_basket_items=divide_safely(both["pieces"], both["invoices"]),
        )


def _find_usual_quantity(transactions: ir.Table) -> ir.Table:
    """The most frequent quantity by counting: Spark has no mode, and a mode does not say which of equals."""
    counts = transactions.group_by("customer_id", usual="quantity").aggregate(lines=transactions.count())
    first = ibis.window(group_by="customer_id", order_by=[ibis.desc("lines"), "usual"])
    ranked = counts.mutate(place=ibis.row_number().over(first))
    return ranked.filter(ranked["place"] == 0).select("customer_id", "usual")
