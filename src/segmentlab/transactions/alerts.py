"""What somebody should look at in data as it came, in plain words and with counts. Nothing is dropped."""

from collections.abc import Iterator
from datetime import date
from typing import Any, Final, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.schema import compute_line_value

NEARLY_EMPTY: Final = 0.5  # of the values are missing
LARGE_SHARE: Final = 0.1  # of all sales by one customer, product or day
LONG_GAP: Final = 7  # days without a line; a week-end and a holiday are shorter
SHORT_IDS: Final = 0.05  # of ids that have fewer digits than the others: zeros may be lost
FEW: Final = 0.0005  # of the lines, as little as is written as "less than 0.1 %"


class Alert(NamedTuple):
    """What is unusual, and how much of it there is."""

    title: str
    evidence: str


def find_column_alerts(columns: pd.DataFrame) -> Iterator[Alert]:
    """Columns that say nothing, or nearly nothing; `columns` as `describe_columns` has them."""
    for row in columns.to_dict("records"):
        name, missing = row["column"], row["missing"]
        if missing == 1 or not row["distinct"]:
            yield Alert(f"{name} is empty", "No line has a value.")
            continue
        if missing >= NEARLY_EMPTY:
            yield Alert(f"{name} is nearly empty", f"{missing:.1%} of the lines have no value.")
        if row["distinct"] == 1:
            yield Alert(
                f"{name} is constant", f"Every line with a value has the same one: {row['frequent']}."
            )


def find_alerts(table: ir.Table, columns: pd.DataFrame, today: date) -> list[Alert]:
    """The alerts of transactions: columns, then lines, then days and customers."""
    facts = _count_unusual_lines(table, today)
    return [
        *find_column_alerts(columns),
        *_tell_missing_customers(columns, facts["rows"]),
        *_tell_unusual_lines(facts),
        *_tell_ids(table),
        *_tell_currencies(columns),
        *_tell_gaps(table),
        *_tell_concentration(table),
    ]


def _tell_missing_customers(columns: pd.DataFrame, rows: int) -> Iterator[Alert]:
    missing = columns.loc[columns["column"] == "customer_id", "missing"].sum()
    if 0 < missing < NEARLY_EMPTY:
        yield Alert(
            "Lines of nobody",
            f"{_count(round(missing * rows), rows)} have no customer. They count for the shop alone.",
        )


def _count_unusual_lines(table: ir.Table, today: date) -> dict[str, Any]:
    """How many lines are of each unusual kind, by one look at all of them."""
    tomorrow = ibis.timestamp(f"{today.isoformat()} 00:00:00") + ibis.interval(days=1)
    marks = {"future": table["timestamp"] >= tomorrow}
    for name in ("quantity", "unit_price", "line_total"):
        if name in table.columns:
            marks |= {f"{name} below zero": table[name] < 0, f"{name} of zero": table[name] == 0}
    counts = {name: mark.sum().fill_null(0) for name, mark in marks.items()}
    found: dict[str, Any] = table.aggregate(rows=table.count(), **counts).to_pyarrow().to_pylist()[0]
    found["twice"] = found["rows"] - int(table.distinct().count().to_pyarrow().as_py())
    return found


def _tell_unusual_lines(facts: dict[str, Any]) -> Iterator[Alert]:
    rows = facts["rows"]
    if facts["twice"]:
        yield Alert(
            "Lines that are there more than once",
            f"{_count(facts['twice'], rows)} repeat another line in every column.",
        )
    if facts["future"]:
        yield Alert("Dates in the future", f"{_count(facts['future'], rows)} are dated after today.")
    for name, why in (
        ("quantity below zero", "Cancellations and returns look like this."),
        ("quantity of zero", "Nothing was sold in them."),
        ("unit_price below zero", "Corrections of the books look like this."),
        ("unit_price of zero", "Gifts, samples and corrections look like this."),
        ("line_total below zero", "Cancellations and returns look like this."),
        ("line_total of zero", "Gifts, samples and corrections look like this."),
    ):
        if facts.get(name):
            yield Alert(name.capitalize().replace("_", " "), f"{_count(facts[name], rows)}. {why}")


def _tell_ids(table: ir.Table) -> Iterator[Alert]:
    """Ids of digits alone are numbers to many programs, which drop their zeros."""
    ids = table.filter(table["customer_id"].notnull()).select("customer_id").distinct()
    text = ids["customer_id"].cast("string")
    kinds = ids.mutate(digits=text.re_search(r"^[0-9]+$").ifelse(text.length(), 0))
    counted = kinds.group_by("digits").aggregate(ids=kinds.count()).to_pyarrow().to_pylist()
    by_length = {row["digits"]: row["ids"] for row in counted}
    words, numbers = by_length.pop(0, 0), sum(by_length.values())
    if not numbers:
        return
    if 0 < words < numbers:
        yield Alert(
            "Customer ids of two kinds",
            f"{numbers:,} ids are numbers and {words:,} are not: are these customers?",
        )
    usual = max(by_length, key=lambda digits: by_length[digits])
    short = sum(count for digits, count in by_length.items() if digits < usual)
    if 0 < short <= SHORT_IDS * numbers:
        yield Alert(
            "Customer ids that look like numbers",
            f"{short:,} of {numbers:,} have fewer than {usual} digits: has a program dropped their zeros?",
        )


def _tell_currencies(columns: pd.DataFrame) -> Iterator[Alert]:
    for row in columns.to_dict("records"):
        if "currency" in row["column"].lower() and row["distinct"] > 1:
            yield Alert("Several currencies", f"{row['column']} has {row['distinct']:,}: {row['frequent']}.")


def _tell_gaps(table: ir.Table) -> Iterator[Alert]:
    """Days in a row without a line, where that is longer than a holiday."""
    days = table.select(day=table["timestamp"].date()).distinct().order_by("day").to_pyarrow()
    dates = pd.Series(pd.to_datetime(days.column("day").to_pylist()))
    empty = dates.diff().dt.days - 1
    long = empty[empty >= LONG_GAP]
    if len(long):
        end = dates[long.idxmax()]
        begin = end - pd.Timedelta(days=int(long.max()))
        yield Alert(
            "Days without a line",
            f"{len(long):,} times {LONG_GAP} days or more in a row; the longest is {int(long.max()):,} days, "
            f"from {begin.date()} to {(end - pd.Timedelta(days=1)).date()}. Is a part of the data missing?",
        )


def _tell_concentration(table: ir.Table) -> Iterator[Alert]:
    """A customer, a product or a day with a large part of all that was sold."""
    valued = table.mutate(value=compute_line_value(table), day=table["timestamp"].date())
    sold = valued.filter(valued["value"] > 0)
    whole = float(sold["value"].sum().to_pyarrow().as_py() or 0)
    for key, words in (("customer_id", "customer"), ("product_id", "product"), ("day", "day")):
        if not whole or key not in sold.columns:
            continue
        sums = sold.filter(sold[key].notnull()).group_by(key).aggregate(value=sold["value"].sum())
        top = sums.order_by(ibis.desc("value"), key).limit(2).to_pyarrow().to_pylist()
        if len(top) > 1 and top[0]["value"] >= LARGE_SHARE * whole:
            yield Alert(
                f"One {words} with much of the sales",
                f"{top[0][key]} has {top[0]['value'] / whole:.1%} of them; the next, {top[1][key]}, has "
                f"{top[1]['value'] / whole:.1%}.",
            )


def _count(lines: int, rows: int) -> str:
    """`1,234 lines (2.3 %)`."""
    share = lines / rows
    told = "less than 0.1 %" if share < FEW else f"{share:.1%}".replace("%", " %")
    return f"{lines:,} line{'' if lines == 1 else 's'} ({told})"
