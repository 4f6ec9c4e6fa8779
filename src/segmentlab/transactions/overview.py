"""A first look at transactions as they came, and the lines that somebody should look at.

Nothing is cleaned yet, and nothing is dropped here: `suspicious` lines stay.
"""

import math
from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.alerts import Alert, find_alerts
from segmentlab.transactions.distributions import associate_columns, count_hours, count_sizes
from segmentlab.transactions.schema import compute_line_value

# A first look at transactions as they came, before anything is cleaned.


TOP_VALUES = 5
OVERVIEW_PRODUCTS = 50
LARGEST_LINES = 20


@dataclass(frozen=True)
class Overview:
    """What the tables of a data profile hold; each is small whatever the size of the data.

    `columns` has a row per column: type, share of missing values, distinct values, smallest and largest,
    most frequent values. `products` has lines, pieces and revenue per stock code; it holds the top by
    lines and the top by revenue. `largest` are single lines, by the size of their value. `alerts` are what
    somebody should look at; `sizes` and `hours` say how lines spread, and `associations` which columns go
    together among `sampled` lines.
    """

    rows: int
    columns: pd.DataFrame
    countries: pd.DataFrame
    products: pd.DataFrame
    months: pd.DataFrame
    largest: pd.DataFrame
    alerts: list[Alert]
    sizes: pd.DataFrame
    hours: pd.DataFrame
    associations: pd.DataFrame
    sampled: int


def make_overview(transactions: ir.Table) -> Overview:
    """Aggregate where the data lives; only the tables above come over, and a sample of lines."""
    valued = transactions.mutate(value=compute_line_value(transactions))
    rows, columns = int(valued.count().to_pyarrow().as_py()), describe_columns(transactions)
    associations, sampled = associate_columns(transactions, rows)
    return Overview(
        rows=rows,
        columns=columns,
        countries=_sum_countries(valued),
        products=_sum_products(valued),
        months=_sum_sales_months(valued),
        largest=valued.order_by(valued["value"].abs().desc()).limit(LARGEST_LINES).to_pandas(),
        alerts=find_alerts(transactions, columns, date.today()),
        sizes=count_sizes(transactions),
        hours=count_hours(transactions),
        associations=associations,
        sampled=sampled,
    )


def describe_columns(table: ir.Table) -> pd.DataFrame:
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
            "frequent": _list_frequent_values(table, name),
        }
        for name in table.columns
    ]
    return pd.DataFrame(rows)


def _list_frequent_values(table: ir.Table, name: str) -> str:
    """`POST (2,122), M (1,421)`: the most frequent values with their lines."""
    counted = table.group_by(value=table[name].cast("string")).aggregate(rows=table.count())
    top = counted.order_by(ibis.desc("rows"), "value").limit(TOP_VALUES).to_pyarrow().to_pylist()
    return ", ".join(
        f"{'missing' if row['value'] is None else row['value']} ({row['rows']:,})" for row in top
    )


def _sum_countries(valued: ir.Table) -> pd.DataFrame:
    """Customers, lines and revenue per country, the most lines first."""
    if "country" not in valued.columns:
        return pd.DataFrame(columns=["country", "customers", "lines", "revenue"])
    countries = valued.group_by("country").aggregate(
        customers=valued["customer_id"].nunique(),
        lines=valued.count(),
        revenue=valued["value"].sum().round(2),
    )
    return _fetch_table(countries.order_by(ibis.desc("lines"), "country"))


def _sum_products(valued: ir.Table) -> pd.DataFrame:
    """The top stock codes by lines and by revenue; `by_lines` and `by_revenue` are their ranks from 1."""
    if "product_id" not in valued.columns:
        return pd.DataFrame(columns=["product_id", "lines", "pieces", "revenue", "by_lines", "by_revenue"])
    pieces = valued["quantity"].sum() if "quantity" in valued.columns else ibis.null("float64")
    products = valued.group_by("product_id").aggregate(
        lines=valued.count(), pieces=pieces, revenue=valued["value"].sum().round(2)
    )
    if "description" in valued.columns:
        products = products.left_join(_find_descriptions(valued), "product_id").drop("product_id_right")
    ranked = products.mutate(
        by_lines=ibis.row_number().over(order_by=[products["lines"].desc(), products["product_id"]]) + 1,
        by_revenue=ibis.row_number().over(order_by=[products["revenue"].desc(), products["product_id"]]) + 1,
    )
    top = ranked.filter(
        (ranked["by_lines"] <= OVERVIEW_PRODUCTS) | (ranked["by_revenue"] <= OVERVIEW_PRODUCTS)
    )
    return _fetch_table(top.order_by("by_revenue"))


def _find_descriptions(valued: ir.Table) -> ir.Table:
    """The most frequent description of each stock code: the rare ones are notes such as `damaged`."""
    counted = valued.group_by("product_id", "description").aggregate(times=valued.count())
    best = ibis.window(group_by="product_id", order_by=[counted["times"].desc(), counted["description"]])
    first = counted.mutate(place=ibis.row_number().over(best)).filter(ibis._.place == 0)
    return first.select("product_id", "description")


def _sum_sales_months(valued: ir.Table) -> pd.DataFrame:
    """Sales and returns per calendar month, and how many customers came."""
    months = valued.group_by(month=valued["timestamp"].date().truncate("M")).aggregate(
        customers=valued["customer_id"].nunique(),
        sales=valued["value"].sum(where=valued["value"] > 0).fill_null(0).round(2),
        returns=valued["value"].sum(where=valued["value"] < 0).fill_null(0).round(2),
    )
    return _fetch_table(months.order_by("month"))


def _fetch_table(table: ir.Table) -> pd.DataFrame:
    """A small table, brought over."""
    frame: pd.DataFrame = table.to_pandas()
    return frame


USUAL_QUANTILE: Final = 0.999  # of the lines are within the usual size, ...
BEYOND_TIMES: Final = 5  # ... and a line this many times as large is suspicious
MOST_LINES: Final = 100


def find_suspicious_lines(transactions: ir.Table) -> pd.DataFrame:
    """The lines of implausible size, the largest first and at most a hundred, each with its `reason`.

    Nothing is dropped: a wholesaler's order and a slip of the finger look alike from here. The measure
    is the shop's own: the size that 999 of 1,000 lines stay within, in pieces and in money.
    """
    # A log without quantities is judged by its money alone.
    pieces = transactions["quantity"].abs() if "quantity" in transactions.columns else ibis.literal(0.0)
    lines = transactions.mutate(_pieces=pieces, _value=compute_line_value(transactions).abs())
    counts = lines.aggregate(pieces=lines["_pieces"].count(), value=lines["_value"].count())
    known = counts.to_pyarrow().to_pylist()[0]
    usual_pieces = _find_usual_size(lines["_pieces"], known["pieces"])
    usual_value = _find_usual_size(lines["_value"], known["value"])
    # Of nothing there is no multiple: a shop without prices is judged by its pieces.
    sized = lines.mutate(
        _pieces=lines["_pieces"] / ibis.literal(usual_pieces).nullif(0.0),
        _value=lines["_value"] / ibis.literal(usual_value).nullif(0.0),
    )
    sized = sized.mutate(_size=ibis.greatest(sized["_pieces"], sized["_value"]))
    largest = [sized["_size"].desc(), *transactions.columns]
    found: pd.DataFrame = (
        sized.filter(sized["_size"] > BEYOND_TIMES).order_by(largest).limit(MOST_LINES).to_pandas()
    )
    found["reason"] = [
        _explain_suspicion(times_pieces, usual_pieces, times_value, usual_value)
        for times_pieces, times_value in zip(found.pop("_pieces"), found.pop("_value"), strict=True)
    ]
    return found.drop(columns="_size")


def _find_usual_size(size: ir.FloatingColumn, count: int) -> float:
    """The size that 999 of 1,000 lines stay within; between two lines it is taken in proportion.

    An engine's own quantile sorts all lines, and this is decided by the largest thousandth of them.
    """
    if not count:
        return math.nan
    place = (count - 1) * USUAL_QUANTILE
    below = math.floor(place)
    sizes = size.as_table().filter(size.notnull()).order_by(size.desc()).limit(count - below)
    largest = sizes.to_pyarrow().column(0).to_numpy()
    lower, upper = largest[-1], largest[-2] if len(largest) > 1 else largest[-1]
    return float(lower + (place - below) * (upper - lower))


def _explain_suspicion(
    times_pieces: float, usual_pieces: float, times_value: float, usual_value: float
) -> str:
    reasons = []
    if times_pieces > BEYOND_TIMES:
        reasons.append(f"{times_pieces:,.0f} times the usual {usual_pieces:,.0f} pieces")
    if times_value > BEYOND_TIMES:
        reasons.append(f"{times_value:,.0f} times the usual value of {usual_value:,.2f}")
    return " and ".join(reasons)
