"""What a shop can check against its own books: sums of lines as they were read, before any cleaning."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.cleaning.single_lines import CleaningRule, InvoicePrefix
from segmentlab.transactions.orders import OrderSums, sum_months
from segmentlab.transactions.schema import LINE_TOTAL, compute_line_value

LARGEST: Final = 5
CLOCK_SLACK: Final = timedelta(days=1)  # a shop may live where it is tomorrow already
# A price that was rounded to cents may be off by half a cent a piece, and a total by half of one.
CENTS_A_PIECE: Final = 0.005
MOST_OFF: Final = 0.005  # of the total; beyond, quantity times price is another sum

# Two ids with the same key are one id that was written in two ways.
ID_ENDING, ID_ZEROS = r"\.0+$", "^['`\u2019]*0*"
PADDED: Final = r"^0\d+$"  # an id that still has its zeros


@dataclass(frozen=True)
class BookSums:
    """Everything that contradictions are judged by; nothing of it is larger than a table of months.

    `lines` are counts and sums over all lines, by the words of `_sum_lines` and `_sum_money`; `people` over
    all customers. `customers` are the largest by money, `busiest` by lines; `orders` the largest by money.
    """

    lines: Mapping[str, float]
    people: Mapping[str, float]
    months: pd.DataFrame
    customers: pd.DataFrame
    busiest: pd.DataFrame
    orders: pd.DataFrame


def sum_books(
    transactions: ir.Table, rules: Mapping[str, CleaningRule], months: OrderSums | None = None
) -> BookSums:
    """A pass over the lines, one by customer, order and month, and one that counts different lines.

    Counted in the first, Spark would make a sketch of the median for every line that is different. `months`
    are sums of the lines by customer, order and month, where they are known.
    """
    lines = transactions.mutate(_value=compute_line_value(transactions))
    parts = (months or sum_months(transactions, ())).table
    people = _sum_customers(parts).cache()
    return BookSums(
        lines=_fetch_row(_sum_lines(lines))
        | _fetch_row(lines.aggregate(different=_hash_lines(lines).nunique()))
        | _fetch_row(_sum_money(parts, rules)),
        people=_fetch_row(_describe_people(people)),
        months=_sum_months(parts),
        customers=_list_largest(people, "gross"),
        busiest=_list_largest(people, "lines"),
        orders=_list_largest_orders(parts),
    )


def find_usual_value(value: ir.FloatingColumn) -> ir.FloatingScalar:
    """The median of what was paid; a condition of the median itself is what Spark can't read."""
    return ibis.ifelse(value > 0, value, ibis.null("float64")).approx_median()


def _sum_lines(lines: ir.Table) -> ir.Table:
    """Whatever one pass over the lines tells."""
    columns, value = set(lines.columns), lines["_value"]
    late = ibis.timestamp((datetime.now() + CLOCK_SLACK).isoformat(sep=" ", timespec="seconds"))
    told: dict[str, ir.Scalar] = {
        "after_clock": lines.count(where=lines["timestamp"] > late),
        "usual": find_usual_value(value),
    }
    if "quantity" in columns:
        pieces = lines["quantity"]
        told |= {"pieces": pieces.sum(), "least": pieces.min(), "most": pieces.max()}
        priced = (value > 0) | ((lines["unit_price"] > 0) if "unit_price" in columns else False)
        told["no_pieces"] = lines.count(where=(pieces == 0) & priced)
    if {"quantity", LINE_TOTAL.name} <= columns:
        told["opposed"] = lines.count(where=(lines["quantity"] < 0) & (lines[LINE_TOTAL.name] > 0))
    if {"quantity", "unit_price", LINE_TOTAL.name} <= columns:
        told["other_total"] = lines.count(where=_differs(lines))
    return lines.aggregate(**told)


def _sum_money(parts: ir.Table, rules: Mapping[str, CleaningRule]) -> ir.Table:
    """All lines and their money, and what stands on the invoices of a prefix although it is no refund."""
    told = {name: parts[name].sum() for name in ("lines", "gross", "refunds")}
    told["named"] = parts["lines"].sum(where=parts["customer_id"].notnull())
    for name, rule in _list_prefixes(rules).items() if "invoice_id" in parts.columns else ():
        taken = rule.drops(parts)
        told[f"money|{name}"] = parts["gross"].sum(where=taken)
        told[f"count|{name}"] = parts["not_negative"].sum(where=taken)
    return parts.aggregate(**told)


def find_column(lines: ir.Table, *names: str) -> str | None:
    """The column that bears one of the names, without regard to case and punctuation."""
    plain = {"".join(filter(str.isalnum, column)).lower(): column for column in lines.columns}
    return next((plain[name] for name in names if name in plain), None)


def _hash_lines(lines: ir.Table) -> ir.IntegerValue:
    """One number for a line as we know it: columns that merely count or name its file are no difference."""
    names = ("customer_id", "invoice_id", "product_id", "quantity", "unit_price", "_value", "timestamp")
    return ibis.struct({name: lines[name] for name in names if name in lines.columns}).hash()


def _list_prefixes(rules: Mapping[str, CleaningRule]) -> dict[str, InvoicePrefix]:
    return {name: rule for name, rule in rules.items() if isinstance(rule, InvoicePrefix) and rule.prefix}


def _differs(lines: ir.Table) -> ir.BooleanValue:
    """Whether quantity times price is another sum than the total, beyond what rounding explains."""
    total = lines[LINE_TOTAL.name]
    rounding = CENTS_A_PIECE * (lines["quantity"].abs() + 1) + MOST_OFF * total.abs()
    return (lines["quantity"] * lines["unit_price"] - total).abs() > rounding


def _sum_months(parts: ir.Table) -> pd.DataFrame:
    count = {"orders": parts["invoice_id"].nunique()} if "invoice_id" in parts.columns else {}
    pieces = {"pieces": parts["pieces"].sum()} if "pieces" in parts.columns else {}
    months = parts.group_by("month").aggregate(
        lines=parts["lines"].sum(),
        **count,
        **pieces,
        gross=parts["gross"].sum().round(2),
        refunds=parts["refunds"].sum().round(2),
        net=(parts["gross"].sum() + parts["refunds"].sum()).round(2),
        first=parts["first"].min(),
        last=parts["last"].max(),
    )
    frame: pd.DataFrame = months.order_by("month").to_pandas()
    return frame


def _list_largest_orders(parts: ir.Table) -> pd.DataFrame:
    """With `orders`, how many there are: counting them apart would be one more query."""
    if "invoice_id" not in parts.columns:
        return pd.DataFrame(columns=["invoice_id", "customer_id", "lines", "value", "orders"])
    named = parts.filter(parts["invoice_id"].notnull())
    whole = named.group_by("invoice_id").aggregate(
        customer_id=named["customer_id"].min(),
        lines=named["lines"].sum(),
        value=(named["gross"] + named["refunds"]).sum().round(2),
    )
    return _list_largest(whole.mutate(orders=whole.count().over(ibis.window())), "value")


def _sum_customers(parts: ir.Table) -> ir.Table:
    named = parts.filter(parts["customer_id"].notnull())
    return named.group_by("customer_id").aggregate(
        lines=named["lines"].sum(),
        gross=named["gross"].sum().round(2),
        refunds=named["refunds"].sum().round(2),
        net=(named["gross"].sum() + named["refunds"].sum()).round(2),
    )


def _describe_people(people: ir.Table) -> ir.Table:
    """How many customers there are, how many if ids that are alike are one, and the digits of padded ids."""
    own = people["customer_id"]
    key = own.strip().lower().re_replace(ID_ENDING, "").re_replace(ID_ZEROS, "")
    return people.aggregate(
        customers=people.count(),
        alike=key.nunique(),
        padded=own.length().max(where=own.re_search(PADDED)),
    )


def _list_largest(table: ir.Table, by: str) -> pd.DataFrame:
    frame: pd.DataFrame = table.order_by([table[by].desc(), table[0]]).limit(LARGEST).to_pandas()
    return frame


def _fetch_row(table: ir.Table) -> dict[str, float]:
    """The one row of a table of sums; what is missing is a sum of nothing."""
    row = table.to_pyarrow().to_pylist()[0]
    return {name: value or 0 for name, value in row.items()}
