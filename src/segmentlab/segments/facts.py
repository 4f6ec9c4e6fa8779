"""What customers did, told apart from any model: it describes segments whatever features formed them."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.features import UNKNOWN_COUNTRY
from segmentlab.transactions import From, OrderSums, fetch, sum_money, sum_months

MANY_CUSTOMERS: Final = (
    200_000  # customers; above, pairs of customer and quantity would outgrow all else that is kept
)
COMMON_QUANTITIES: Final = 50  # quantities that are looked at then: they hold nearly every line of a shop


@dataclass(frozen=True)
class Facts:
    """What segments are described by beside the model's features, whatever those are.

    `customers` (index `customer_id`) has, as far as the log has it, over clean lines: revenue, orders,
    lines, items, first, last, country; and over all lines that the customer has in the log as it was
    read, each once: gross, returned (the refunds of the books, as a positive number) and net.
    `months` (customer_id, month, revenue, orders) has months with a purchase only, and `quantities`
    (customer_id, quantity, lines) how many lines have which quantity. `notes` say what is missing and why.
    """

    customers: pd.DataFrame
    months: pd.DataFrame
    quantities: pd.DataFrame
    notes: tuple[str, ...] = ()


def gather_facts(lines: ir.Table, as_read: ir.Table, as_of: date, months: OrderSums | None = None) -> Facts:
    """The facts of clean lines, and what was bought and returned before they were cleaned.

    Sums by purchase are small and hold nearly everything. So lines are read once for them, unless such sums
    of all lines before the day are known (`months`), and once for quantities, however many facts there are.
    Tables of customers are joined by the engine: pandas would keep an object and an entry of a hash table for
    the id of each.
    """
    purchases, money = _find_purchases(lines, as_read, as_of, months)
    facts = _sum_customers(purchases).left_join(money, "customer_id")
    if "country" in purchases.columns:
        facts = facts.drop("customer_id_right").left_join(_find_main_countries(purchases), "customer_id")
    customers = fetch(facts.drop("customer_id_right").order_by("customer_id")).set_index("customer_id")
    customers = customers.astype({"first": "datetime64[us]", "last": "datetime64[us]"})
    quantities, told = _count_quantities(lines, len(customers))
    by_month = fetch(_sum_months(purchases).order_by("customer_id", "month"))
    by_month = by_month.astype({"month": "datetime64[us]"})
    return Facts(customers, by_month, quantities, (*_describe_missing_facts(lines), *told))


def sum_facts(
    lines: ir.Table, as_read: ir.Table, as_of: date, months: OrderSums | None = None
) -> tuple[ir.Table, ir.Table]:
    """Where the lines are: what each customer did and what came of it, and what each paid in which month."""
    purchases, money = _find_purchases(lines, as_read, as_of, months)
    facts = _sum_customers(purchases).left_join(money, "customer_id").drop("customer_id_right")
    return facts, _sum_months(purchases)


def sum_net(as_read: ir.Table, as_of: date) -> pd.Series:
    """What each customer kept, refunds taken off, of all lines before the day as they were read."""
    money = fetch(find_money(as_read, as_of)).set_index("customer_id")
    net: pd.Series = money["net"]
    return net


def _find_purchases(
    lines: ir.Table, as_read: ir.Table, as_of: date, months: OrderSums | None
) -> tuple[ir.Table, ir.Table]:
    """Sums by purchase of the clean lines, and the money of all lines by customer."""
    if months is None or "invoice_id" not in lines.columns:
        return _sum_purchases(lines).cache(), find_money(as_read, as_of)
    return _name_purchases(months.kept), sum_known_money(months.table)


def _sum_months(purchases: ir.Table) -> ir.Table:
    return purchases.group_by("customer_id", "month").aggregate(
        revenue=purchases["revenue"].sum().round(6), orders=purchases["purchase"].nunique()
    )


def _sum_purchases(lines: ir.Table) -> ir.Table:
    """Sums by customer, purchase and month; where there are no invoices, a purchase is a day."""
    if "invoice_id" not in lines.columns:
        lines = lines.mutate(invoice_id=lines["timestamp"].truncate("D").cast("string"))
    return _name_purchases(sum_months(lines, ()).table)


def _name_purchases(months: ir.Table) -> ir.Table:
    """Sums by month as purchases, which are told by days."""
    country = {"country": months["country"].fill_null(UNKNOWN_COUNTRY)} if "country" in months.columns else {}
    return months.mutate(
        purchase=months["invoice_id"],
        revenue=months["gross"] + months["refunds"],
        first=months["first"].truncate("D"),
        last=months["last"].truncate("D"),
        **country,
    )


def _sum_customers(purchases: ir.Table) -> ir.Table:
    items = {"items": purchases["pieces"].sum().round(6)} if "pieces" in purchases.columns else {}
    return purchases.group_by("customer_id").aggregate(
        revenue=purchases["revenue"].sum().round(6),
        orders=purchases["purchase"].nunique(),
        lines=purchases["lines"].sum(),
        first=purchases["first"].min(),
        last=purchases["last"].max(),
        **items,
    )


def find_money(as_read: ir.Table, as_of: date) -> ir.Table:
    """What each customer paid, was given back and kept (`net`), whatever cleaning makes of it."""
    known = as_read.filter(~From(as_of.isoformat()).drops(as_read))
    money = known.group_by("customer_id").aggregate(**sum_money(known))
    return sum_known_money(money)


def sum_known_money(sums: ir.Table) -> ir.Table:
    """What each customer paid and was given back, of sums that have `gross` and `refunds`."""
    named = sums.filter(sums["customer_id"].notnull())
    money = named.group_by("customer_id").aggregate(
        gross=named["gross"].sum().round(6), returned=named["refunds"].sum().abs().round(6)
    )
    return money.mutate(net=money["gross"] - money["returned"])


def _find_main_countries(purchases: ir.Table) -> ir.Table:
    """The country with most of the lines (the first in the alphabet of equals)."""
    counts = purchases.group_by("customer_id", "country").aggregate(lines=purchases["lines"].sum())
    most_first = ibis.window(group_by="customer_id", order_by=[ibis.desc("lines"), "country"])
    ranked = counts.mutate(place=ibis.row_number().over(most_first))
    return ranked.filter(ranked["place"] == 0).select("customer_id", "country")


def _count_quantities(lines: ir.Table, customers: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """How many lines of a customer have which quantity; of very many customers, the common ones only."""
    if "quantity" not in lines.columns:
        return pd.DataFrame({"customer_id": [], "quantity": [], "lines": []}), ()
    told: tuple[str, ...] = ()
    if customers > MANY_CUSTOMERS:
        counts = lines.group_by("quantity").aggregate(lines=lines.count())
        common = counts.order_by(ibis.desc("lines"), "quantity").limit(COMMON_QUANTITIES)
        lines = lines.semi_join(common, "quantity")
        told = (
            f"The most frequent quantity is sought among the {COMMON_QUANTITIES} most common ones "
            "of the log.",
        )
    pairs = lines.group_by("customer_id", "quantity").aggregate(lines=lines.count())
    return fetch(pairs.order_by("customer_id", "quantity")), told


def _describe_missing_facts(lines: ir.Table) -> tuple[str, ...]:
    """What this log does not tell."""
    without = {
        "invoice_id": "The log has no invoices: orders are days with a purchase.",
        "quantity": "The log has no quantities: items and the most frequent quantity are not available.",
        "country": "The log has no countries.",
    }
    return tuple(note for column, note in without.items() if column not in lines.columns)
