"""What to have in stock, in words and tables: what each segment will buy, and how sure that is."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.errors import DataError
from segmentlab.goods import ALL_SHOPPERS, Stock
from segmentlab.report.product_tables import name_product
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import (
    MISSING_TEXT,
    NO_CURRENCY,
    Money,
    format_count,
    format_money,
    format_percent,
)

SHOWN_STOCK: Final = 20  # products of all; the table beside the report has them all
SHOWN_OF_SEGMENT: Final = 3
WAY_NAMES: Final = {
    "segments": "Expected orders of the segment, times what it buys",
    "season": "The same, with last year's season",
    "last_period": "The last period again",
    "last_year": "The same weeks of last year again",
}
RIVALS: Final = ("last_period", "last_year")


class StockSection(NamedTuple):
    """The chapter: what it begins with, how good such forecasts were, its tables, and what can't be told."""

    lead: str
    trust: str
    tables: list[ReportTable]
    notes: tuple[str, ...]


def tell_stock(stock: Stock | str, names: pd.Series, money: Money = NO_CURRENCY) -> StockSection:
    """Say what to have in stock, or why that can't be told. `names` are those of the segments."""
    if isinstance(stock, str):
        return StockSection(list_stock_notes(stock)[0], "", [], ())
    called = {str(segment): str(name) for segment, name in names.items()} | {ALL_SHOPPERS: "All"}
    tables = [make_stock_table(stock), make_segment_stock_table(stock, called)]
    if len(stock.judged):
        tables.append(make_stock_judged_table(stock.judged, called))
    return StockSection(_write_lead(stock, money), describe_way(stock), tables, stock.notes)


def list_stock_notes(stock: Stock | str | None) -> tuple[str, ...]:
    """What can't be told of what to have in stock, and why; nothing where nobody asked."""
    if isinstance(stock, str):
        return (f"What to have in stock is not available: {stock}.",)
    return () if stock is None else stock.notes


def name_stock_rows(stock: Stock | str, names: pd.Series) -> pd.DataFrame:
    """The table with the names of segments beside their numbers; an error where there is none."""
    if isinstance(stock, str):
        raise DataError(list_stock_notes(stock)[0])
    called = {str(segment): str(name) for segment, name in names.items()}
    table = stock.table.copy()
    place = table.columns.get_loc("segment")
    assert isinstance(place, int)
    table.insert(place + 1, "name", table["segment"].map(called).fillna(table["segment"]))
    return table


def make_stock_table(stock: Stock) -> ReportTable:
    """The products of which most money is expected, of all customers together."""
    own = stock.table[stock.table["segment"] == ALL_SHOPPERS].head(SHOWN_STOCK)
    rows = [[name_product(row), *_tell_amounts(row, stock), _tell_few(row)] for row in list_records(own)]
    title = f"The {len(rows)} products of which most is expected in {stock.weeks} weeks"
    return ReportTable(title, ["Product", *_head_amounts(stock), "Hangs on few"], rows)


def make_segment_stock_table(stock: Stock, called: dict[str, str]) -> ReportTable:
    """The first products of each segment, and of customers who are in none."""
    own = stock.table[stock.table["segment"] != ALL_SHOPPERS]
    first = own.groupby("segment", sort=False).head(SHOWN_OF_SEGMENT)
    rows = [
        [called.get(row["segment"], str(row["segment"]).capitalize()), name_product(row),
         *_tell_amounts(row, stock)]
        for row in list_records(first)
    ]  # fmt: skip
    return ReportTable(
        "The first products of each segment", ["Segment", "Product", *_head_amounts(stock)], rows
    )


def make_stock_judged_table(judged: pd.DataFrame, called: dict[str, str]) -> ReportTable:
    """How far each way was off on earlier days, by segment."""
    wide = judged.pivot_table("error", "way", "segment", sort=False)
    order = [ALL_SHOPPERS, *(name for name in wide.columns if name != ALL_SHOPPERS)]
    wide = wide.reindex(columns=[name for name in order if name in wide])
    rows = [
        [WAY_NAMES[str(way)], *map(format_percent, errors)]
        for way, errors in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    headings = ["Way", *(called.get(str(name), str(name).capitalize()) for name in wide.columns)]
    days = judged["days_ago"].nunique()
    title = f"How far off, of what was bought: mean of {days} earlier day{'s' if days > 1 else ''}"
    return ReportTable(title, headings, rows)


def describe_way(stock: Stock) -> str:
    """Which way was taken and how it compares, and whether intervals held."""
    return " ".join(_list_trust(stock))


def _list_trust(stock: Stock) -> Iterator[str]:
    whole = stock.judged[stock.judged["segment"] == ALL_SHOPPERS].groupby("way", sort=False)["error"].mean()
    if whole.empty:
        yield "No way to forecast could be tried on earlier days, so read it as a first guess."
        return
    errors = {str(way): float(error) for way, error in whole.items()}
    rivals = ", ".join(
        f"{format_percent(errors[way])} for {WAY_NAMES[way].lower()}" for way in RIVALS if way in errors
    )
    off = format_percent(errors[stock.way])
    if stock.way in RIVALS:
        yield (
            "No forecast was better than what was bought before, so that is shown: "
            f"{WAY_NAMES[stock.way].lower()} was off by {off} of what was bought."
        )
    else:
        yield (
            f"On earlier days forecasts of products were off by {off} of what was bought, against  {rivals}."
        )
    if stock.coverage is not None:
        yield f"Of 90 % intervals, {format_percent(stock.coverage)} held on days they were not made from."


def _write_lead(stock: Stock, money: Money) -> str:
    own = stock.table[stock.table["segment"] == ALL_SHOPPERS]
    pieces = "" if stock.unit == "money" else f"{format_count(own['expected'].sum())} pieces, "
    return (
        f"In the next {stock.weeks} weeks the usual demand for {format_count(len(own))} products is {pieces}"
        f"{money.write(own['money'].sum())} in money."
    )


def _head_amounts(stock: Stock) -> list[str]:
    unit = "Pieces" if stock.unit == "pieces" else "Money"
    money = ["Money"] if stock.unit == "pieces" else []
    return [f"{unit} expected (90 %)", *money, "Last period", "Last year"]


def _tell_amounts(row: dict[str, Any], stock: Stock) -> list[str]:
    write = format_count if stock.unit == "pieces" else format_money
    told = f"{write(row['expected'])} ({write(row['low'])} to {write(row['high'])})"
    money = [format_count(row["money"])] if stock.unit == "pieces" else []
    return [told, *money, write(row["last_period"]), write(row["last_year"])]


def _tell_few(row: dict[str, Any]) -> str:
    """How much three customers buy, where that is half or more."""
    if pd.isna(row["top_3"]):
        return MISSING_TEXT
    return f"yes: three buy {format_percent(row['top_3'])}" if row["few_customers"] else "no"
