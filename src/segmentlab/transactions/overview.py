"""A first look at transactions as they came, before anything is cleaned."""

from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.schema import line_value

TOP_VALUES = 5
TOP_PRODUCTS = 50
LARGEST_LINES = 20


@dataclass(frozen=True)
class Overview:
    """What the tables of a data profile hold; each is small whatever the size of the data.

    `columns` has a row per column: type, share of missing values, distinct values, smallest and largest,
    most frequent values. `products` has lines, pieces and revenue per stock code; it holds the top by
    lines and the top by revenue. `largest` are single lines, by the size of their value.
    """

    rows: int
    columns: pd.DataFrame
    countries: pd.DataFrame
    products: pd.DataFrame
    months: pd.DataFrame
    largest: pd.DataFrame


def overview(transactions: ir.Table) -> Overview:
    """Aggregate where the data lives; only the tables above come over."""
    valued = transactions.mutate(value=line_value(transactions))
    return Overview(
        rows=int(valued.count().to_pyarrow().as_py()),
        columns=column_facts(transactions),
        countries=_countries(valued),
        products=_products(valued),
        months=_months(valued),
        largest=valued.order_by(valued["value"].abs().desc()).limit(LARGEST_LINES).to_pandas(),
    )


def column_facts(table: ir.Table) -> pd.DataFrame:
    """A row per column of any table, as `Overview.columns` has it.

    One scan for the facts of all columns, one small query per column for its most frequent values.
    """
    facts: dict[str, ir.Scalar] = {}
    for name in table.columns:
        column = table[name]
        facts |= {
            f"{name}|missing": column.isnull().mean(),
            f"{name}|distinct": column.nunique(),
            f"{name}|smallest": column.min().cast("string"),
            f"{name}|largest": column.max().cast("string"),
        }
    found = table.aggregate(**facts).to_pyarrow().to_pylist()[0]
    measures = ("missing", "distinct", "smallest", "largest")
    rows = [
        {
            "column": name,
            "type": str(table[name].type()),
            **{measure: found[f"{name}|{measure}"] for measure in measures},
            "frequent": _frequent(table, name),
        }
        for name in table.columns
    ]
    return pd.DataFrame(rows)


def _frequent(table: ir.Table, name: str) -> str:
    """`POST (2,122), M (1,421)`: the most frequent values with their lines."""
    counted = table.group_by(value=table[name].cast("string")).aggregate(rows=table.count())
    top = counted.order_by(ibis.desc("rows"), "value").limit(TOP_VALUES).to_pyarrow().to_pylist()
    return ", ".join(
        f"{'missing' if row['value'] is None else row['value']} ({row['rows']:,})" for row in top
    )


def _countries(valued: ir.Table) -> pd.DataFrame:
    """Customers, lines and revenue per country, the most lines first."""
    if "country" not in valued.columns:
        return pd.DataFrame(columns=["country", "customers", "lines", "revenue"])
    countries = valued.group_by("country").aggregate(
        customers=valued["customer_id"].nunique(),
        lines=valued.count(),
        revenue=valued["value"].sum().round(2),
    )
    return _local(countries.order_by(ibis.desc("lines"), "country"))


def _products(valued: ir.Table) -> pd.DataFrame:
    """The top stock codes by lines and by revenue; `by_lines` and `by_revenue` are their ranks from 1."""
    if "product_id" not in valued.columns:
        return pd.DataFrame(columns=["product_id", "lines", "pieces", "revenue", "by_lines", "by_revenue"])
    pieces = valued["quantity"].sum() if "quantity" in valued.columns else ibis.null("float64")
    products = valued.group_by("product_id").aggregate(
        lines=valued.count(), pieces=pieces, revenue=valued["value"].sum().round(2)
    )
    if "description" in valued.columns:
        products = products.left_join(_descriptions(valued), "product_id").drop("product_id_right")
    ranked = products.mutate(
        by_lines=ibis.row_number().over(order_by=[products["lines"].desc(), products["product_id"]]) + 1,
        by_revenue=ibis.row_number().over(order_by=[products["revenue"].desc(), products["product_id"]]) + 1,
    )
    top = ranked.filter((ranked["by_lines"] <= TOP_PRODUCTS) | (ranked["by_revenue"] <= TOP_PRODUCTS))
    return _local(top.order_by("by_revenue"))


def _descriptions(valued: ir.Table) -> ir.Table:
    """The most frequent description of each stock code: the rare ones are notes such as `damaged`."""
    counted = valued.group_by("product_id", "description").aggregate(times=valued.count())
    best = ibis.window(group_by="product_id", order_by=[counted["times"].desc(), counted["description"]])
    first = counted.mutate(place=ibis.row_number().over(best)).filter(ibis._.place == 0)
    return first.select("product_id", "description")


def _months(valued: ir.Table) -> pd.DataFrame:
    """Sales and returns per calendar month, and how many customers came."""
    months = valued.group_by(month=valued["timestamp"].date().truncate("M")).aggregate(
        customers=valued["customer_id"].nunique(),
        sales=valued["value"].sum(where=valued["value"] > 0).fill_null(0).round(2),
        returns=valued["value"].sum(where=valued["value"] < 0).fill_null(0).round(2),
    )
    return _local(months.order_by("month"))


def _local(table: ir.Table) -> pd.DataFrame:
    """A small table, brought over."""
    frame: pd.DataFrame = table.to_pandas()
    return frame
