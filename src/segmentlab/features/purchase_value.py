"""Purchase value: how often, for how much, and how much at a time; with a common mistake to switch on."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

import ibis.expr.types as ir

from segmentlab.features.contract import MONEY, Column
from segmentlab.features.measures import ratio, spend

Money = Literal["lines", "total_times_mean"]


@dataclass(frozen=True)
class PurchaseValue:
    """Invoices, spend and spend per invoice.

    With `money="total_times_mean"` spend is all pieces times the mean of the lines' prices, as a published
    study has it: the price of each line counts alike, whether one piece was bought at it or a thousand. It
    is here so that such studies can be repeated and held against the sum of lines.
    """

    money: Money = "lines"

    columns: ClassVar[tuple[Column, ...]] = (
        Column("purchase_value_frequency", "number of distinct invoices", "invoices", transform="log"),
        Column("purchase_value_spend", "total spend", MONEY, transform="log"),
        Column("purchase_value_average", "spend per invoice", MONEY, transform="log"),
    )
    requires: ClassVar[frozenset[str]] = frozenset(
        {"customer_id", "invoice_id", "quantity", "unit_price", "timestamp"}
    )

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002  (counts do not age)
        """One row per customer."""
        pieces, price = transactions["quantity"].sum().round(6), transactions["unit_price"].mean().round(9)
        totals = transactions.group_by("customer_id").aggregate(
            invoices=transactions["invoice_id"].nunique(),
            money=spend(transactions) if self.money == "lines" else pieces * price,
        )
        return totals.select(
            "customer_id",
            purchase_value_frequency=totals["invoices"],
            purchase_value_spend=totals["money"],
            purchase_value_average=ratio(totals["money"], totals["invoices"]),
        )
