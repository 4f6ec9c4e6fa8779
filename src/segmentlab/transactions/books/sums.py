"""What a shop can check against its own books: sums of lines as they were read, before any cleaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.cleaning.single_lines import CleaningRule, InvoicePrefix
from segmentlab.transactions.schema import LINE_TOTAL, compute_line_value

LARGEST: Final = 5
CLOCK_SLACK: Final = timedelta(days=1)  # a shop may live where it is tomorrow already
# A price that was rounded to cents may be off by half a cent a piece, and a total by half of one.
CENTS_A_PIECE: Final = 0.005
MOST_OFF: Final = 0.005  # of the total; beyond, quantity times price is another sum

# Two ids with the same key are one id that was written in two ways.
ID_ENDING, ID_ZEROS = r"\.0+$", "^['`\u2019]*0*"


@dataclass(frozen=True)
class BookSums:
    """Everything that contradictions are judged by; nothing of it is larger than a table of months.

    `lines` are counts and sums over all lines, by the words of `_sum_lines`; `people` over all customers.
    `customers` are the largest by money, `busiest` by lines; `orders` the largest by money.
    """

    lines: Mapping[str, float]
    people: Mapping[str, float]
    months: pd.DataFrame
    customers: pd.DataFrame
    busiest: pd.DataFrame
    orders: pd.DataFrame


def sum_books(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> BookSums:
    """Three passes over the lines: all of them, by customer, by order; the rest is made of these."""
    lines = transactions.mutate(_value=compute_line_value(transactions))
    people, orders = _sum_customers(lines).cache(), _sum_orders(lines).cache()
    return BookSums(
        lines=_fetch_row(_sum_lines(lines, rules)),
        people=_fetch_row(_describe_people(people)),
        months=_sum_months(orders),
        customers=_list_largest(people, "gross"),
        busiest=_list_largest(people, "lines"),
        orders=_list_largest_orders(orders),
    )


def _sum_lines(lines: ir.Table, rules: Mapping[str, CleaningRule]) -> ir.Table:
    """Whatever one pass over the lines tells."""
    columns = set(lines.columns)
    prefixes = _list_prefixes(rules) if "invoice_id" in columns else {}
    lines = _mark_prefixes(lines, prefixes)
    value = lines["_value"]
    late = ibis.timestamp((datetime.now() + CLOCK_SLACK).isoformat(sep=" ", timespec="seconds"))
    told: dict[str, ir.Scalar] = {
        "lines": lines.count(),
        "named": lines["customer_id"].notnull().sum(),
        "gross": value.sum(where=value > 0),
        "refunds": value.sum(where=value < 0),
        "after_clock": (lines["timestamp"] > late).sum(),
        "different": _hash_lines(lines).nunique(),
    }
    for name in prefixes:
        told |= _sum_prefix(lines, name)
    if "quantity" in columns:
        pieces = lines["quantity"]
        told |= {"pieces": pieces.sum(), "least": pieces.min(), "most": pieces.max()}
        priced = (value > 0) | ((lines["unit_price"] > 0) if "unit_price" in columns else False)
        told["no_pieces"] = ((pieces == 0) & priced).sum()
    if {"quantity", "unit_price", LINE_TOTAL.name} <= columns:
        told["other_total"] = _differs(lines).sum()
    if LINE_TOTAL.name not in columns and (discount := find_discount(lines)):
        told["discounted"] = (lines[discount].cast("string").try_cast("float64") != 0).sum()
    return lines.aggregate(**told)


def find_column(lines: ir.Table, *names: str) -> str | None:
    """The column that bears one of the names, without regard to case and punctuation."""
    plain = {"".join(filter(str.isalnum, column)).lower(): column for column in lines.columns}
    return next((plain[name] for name in names if name in plain), None)


def find_discount(lines: ir.Table) -> str | None:
    """A column of the source that may say what was taken off the price."""
    return find_column(lines, "discount", "discounts", "discountamount", "rebate", "rabatt", "linediscount")


def _hash_lines(lines: ir.Table) -> ir.IntegerValue:
    """One number for a line as we know it: columns that merely count or name its file are no difference."""
    names = ("customer_id", "invoice_id", "product_id", "quantity", "unit_price", "_value", "timestamp")
    return ibis.struct({name: lines[name] for name in names if name in lines.columns}).hash()


def _list_prefixes(rules: Mapping[str, CleaningRule]) -> dict[str, InvoicePrefix]:
    return {name: rule for name, rule in rules.items() if isinstance(rule, InvoicePrefix) and rule.prefix}


def _mark_prefixes(lines: ir.Table, prefixes: Mapping[str, InvoicePrefix]) -> ir.Table:
    """A verdict per rule, as a column: an expression that stands in two sums is computed twice."""
    return lines.mutate(**{f"_by_{name}": rule.drops(lines) for name, rule in prefixes.items()})


def _sum_prefix(lines: ir.Table, name: str) -> dict[str, ir.Scalar]:
    """What stands on the invoices of a prefix although it is no refund."""
    taken, value = lines[f"_by_{name}"], lines["_value"]
    return {
        f"money|{name}": value.sum(where=taken & (value > 0)),
        f"count|{name}": (taken & (value >= 0)).sum(),
    }


def _differs(lines: ir.Table) -> ir.BooleanValue:
    """Whether quantity times price is another sum than the total, beyond what rounding explains."""
    total = lines[LINE_TOTAL.name]
    rounding = CENTS_A_PIECE * (lines["quantity"].abs() + 1) + MOST_OFF * total.abs()
    return (lines["quantity"] * lines["unit_price"] - total).abs() > rounding


def _sum_orders(lines: ir.Table) -> ir.Table:
    """Sums by order and month, of which months and orders are made: far fewer rows than there are lines."""
    value = lines["_value"]
    orders = {"invoice_id": lines["invoice_id"]} if "invoice_id" in lines.columns else {}
    pieces = {"pieces": lines["quantity"].sum()} if "quantity" in lines.columns else {}
    return lines.group_by(month=lines["timestamp"].truncate("M"), **orders).aggregate(
        customer_id=lines["customer_id"].min(),
        lines=lines.count(),
        **pieces,
        gross=value.sum(where=value > 0).fill_null(0.0),
        refunds=value.sum(where=value < 0).fill_null(0.0),
        first=lines["timestamp"].min(),
        last=lines["timestamp"].max(),
    )


def _sum_months(orders: ir.Table) -> pd.DataFrame:
    count = {"orders": orders["invoice_id"].nunique()} if "invoice_id" in orders.columns else {}
    pieces = {"pieces": orders["pieces"].sum()} if "pieces" in orders.columns else {}
    months = orders.group_by("month").aggregate(
        lines=orders["lines"].sum(),
        **count,
        **pieces,
        gross=orders["gross"].sum().round(2),
        refunds=orders["refunds"].sum().round(2),
        net=(orders["gross"].sum() + orders["refunds"].sum()).round(2),
        first=orders["first"].min(),
        last=orders["last"].max(),
    )
    frame: pd.DataFrame = months.order_by("month").to_pandas()
    return frame


def _list_largest_orders(orders: ir.Table) -> pd.DataFrame:
    """With `orders`, how many there are: counting them apart would be one more query."""
    if "invoice_id" not in orders.columns:
        return pd.DataFrame(columns=["invoice_id", "customer_id", "lines", "value", "orders"])
    named = orders.filter(orders["invoice_id"].notnull())
    whole = named.group_by("invoice_id").aggregate(
        customer_id=named["customer_id"].min(),
        lines=named["lines"].sum(),
        value=(named["gross"] + named["refunds"]).sum().round(2),
    )
    return _list_largest(whole.mutate(orders=whole.count().over(ibis.window())), "value")


def _sum_customers(lines: ir.Table) -> ir.Table:
    value = lines["_value"]
    named = lines.filter(lines["customer_id"].notnull())
    return named.group_by("customer_id").aggregate(
        lines=named.count(),
        gross=value.sum(where=value > 0).fill_null(0.0).round(2),
        refunds=value.sum(where=value < 0).fill_null(0.0).round(2),
        net=value.sum().round(2),
    )


def _describe_people(people: ir.Table) -> ir.Table:
    """How many customers there are, and how many if ids that are alike are one."""
    own = people["customer_id"]
    key = own.strip().lower().re_replace(ID_ENDING, "").re_replace(ID_ZEROS, "")
    return people.aggregate(customers=people.count(), alike=key.nunique())


def _list_largest(table: ir.Table, by: str) -> pd.DataFrame:
    frame: pd.DataFrame = table.order_by([table[by].desc(), table[0]]).limit(LARGEST).to_pandas()
    return frame


def _fetch_row(table: ir.Table) -> dict[str, float]:
    """The one row of a table of sums; what is missing is a sum of nothing."""
    row = table.to_pyarrow().to_pylist()[0]
    return {name: value or 0 for name, value in row.items()}
