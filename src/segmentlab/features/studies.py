"""Sets that published studies used and nobody should choose: they are kept to repeat those studies."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal

import ibis.expr.types as ir

from segmentlab.features.feature_set import MONEY_UNIT, Column, divide_safely, sum_spend

# Identity: the number in the customer's id, which says nothing of the customer.


@dataclass(frozen=True)
class Identity:
    """What a study clusters by when it forgets to take the id out. No option of `conf/features` offers it.

    It is here so that such studies can be repeated, and to show that the check SEG007 catches them.
    """

    columns: ClassVar[tuple[Column, ...]] = (
        Column("identity_number", "the first number in the customer's id; 0 where there is none", "id"),
    )
    requires: ClassVar[frozenset[str]] = frozenset({"customer_id"})

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002  (ids do not age)
        """One row per customer."""
        customers = transactions.select("customer_id").distinct()
        digits = customers["customer_id"].re_extract(r"(\d+)", 1)
        return customers.select(
            "customer_id", identity_number=digits.nullif("").cast("float64").fill_null(0.0)
        )


MoneyMethod = Literal["lines", "total_times_mean"]


@dataclass(frozen=True)
class PurchaseValue:
    """Invoices, spend and spend per invoice.

    With `money="total_times_mean"` spend is all pieces times the mean of the lines' prices, as a published
    study has it: the price of each line counts alike, whether one piece was bought at it or a thousand. It
    is here so that such studies can be repeated and held against the sum of lines.
    """

    money: MoneyMethod = "lines"

    columns: ClassVar[tuple[Column, ...]] = (
        Column("purchase_value_frequency", "number of distinct invoices", "invoices", transform="log"),
        Column("purchase_value_spend", "total spend", MONEY_UNIT, transform="log"),
        Column("purchase_value_average", "spend per invoice", MONEY_UNIT, transform="log"),
    )
    requires: ClassVar[frozenset[str]] = frozenset(
        {"customer_id", "invoice_id", "quantity", "unit_price", "timestamp"}
    )

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002  (counts do not age)
        """One row per customer."""
        pieces, price = transactions["quantity"].sum().round(6), transactions["unit_price"].mean().round(9)
        totals = transactions.group_by("customer_id").aggregate(
            invoices=transactions["invoice_id"].nunique(),
            money=sum_spend(transactions) if self.money == "lines" else pieces * price,
        )
        return totals.select(
            "customer_id",
            purchase_value_frequency=totals["invoices"],
            purchase_value_spend=totals["money"],
            purchase_value_average=divide_safely(totals["money"], totals["invoices"]),
        )
