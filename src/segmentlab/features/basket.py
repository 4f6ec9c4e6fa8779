"""Baskets: how large, how varied, how dear, and how much on one product."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import ibis.expr.types as ir

from segmentlab.features.feature_set import MONEY_UNIT, Column, divide_safely, sum_spend


@dataclass(frozen=True)
class Basket:
    """What lies in a customer's baskets, and whether it is always the same."""

    columns: ClassVar[tuple[Column, ...]] = (
        Column("basket_lines", "lines per invoice", "lines", transform="log"),
        Column("basket_products", "distinct products per invoice", "products", transform="log"),
        Column("basket_variety", "distinct products over all invoices", "products", transform="log"),
        Column("basket_price", "mean price of a line's piece", MONEY_UNIT, transform="log"),
        Column("basket_favourite", "share of spend on the product with the most spend", "share"),
        Column(
            "basket_concentration",
            "Herfindahl index of spend over products: 1 is all on one, 1/n is evenly on n",
            "index",
        ),
    )
    requires: ClassVar[frozenset[str]] = frozenset(
        {"customer_id", "invoice_id", "product_id", "unit_price", "line_total"}
    )

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002  (no date in a basket)
        """One row per customer."""
        by_invoice = _sum_by_invoice(transactions)
        both = by_invoice.inner_join(_sum_by_product(transactions), "customer_id")
        return both.select(
            "customer_id",
            basket_lines=divide_safely(both["lines"], both["invoices"]),
            basket_products=divide_safely(both["products_of_invoices"], both["invoices"]),
            basket_variety=both["variety"],
            basket_price=divide_safely(both["prices"], both["lines"]),
            basket_favourite=divide_safely(both["favourite"], both["money"]),
            basket_concentration=divide_safely(both["squares"], both["money"] * both["money"]).round(10),
        )


def _sum_by_invoice(transactions: ir.Table) -> ir.Table:
    baskets = transactions.group_by("customer_id", "invoice_id").aggregate(
        lines=transactions.count(), products=transactions["product_id"].nunique()
    )
    return baskets.group_by("customer_id").aggregate(
        invoices=baskets.count(), lines=baskets["lines"].sum(), products_of_invoices=baskets["products"].sum()
    )


def _sum_by_product(transactions: ir.Table) -> ir.Table:
    products = transactions.group_by("customer_id", "product_id").aggregate(
        money=sum_spend(transactions), prices=transactions["unit_price"].sum().round(6)
    )
    return products.group_by("customer_id").aggregate(
        variety=products["product_id"].count(),
        prices=products["prices"].sum().round(6),
        money=products["money"].sum().round(6),
        favourite=products["money"].max(),
        squares=(products["money"] * products["money"]).sum(),
    )
