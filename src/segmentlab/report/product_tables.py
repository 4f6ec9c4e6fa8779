"""What segments buy, as tables for people."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pandas as pd

from segmentlab.goods import ProductPortrait
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import format_count, format_percent, shorten_text

SHOWN_PRODUCT_ROWS: Final = 10  # products of a segment; the tables beside the report have them all
LONGEST_TABLE_NAME: Final = 60
NOTHING_APART: Final = "No product sets them apart from others who buy as much, beyond what chance explains."
RANK_BOUNDS: Final = {"likelihood": ("low", "high")}


def make_segment_product_tables(products: ProductPortrait, segment: int) -> Iterator[ReportTable]:
    """What one segment buys most, and what more than others."""
    own = _select_own_rows(products.likelihoods.table, segment)
    period = f"within {products.likelihoods.days:,} days"
    yield make_product_table(f"Bought most {period}", own)
    yield make_distinctive_table(own)


def name_product(product: Mapping[str, Any]) -> str:
    """The description of a product, shortened, or its id where it has none."""
    described = product.get("description")
    text = product["product_id"] if described is None or pd.isna(described) else described
    return shorten_text(str(text), LONGEST_TABLE_NAME)


def make_product_table(title: str, products: pd.DataFrame) -> ReportTable:
    """The likeliest products of one segment, with their share of its baskets and spend beside that of all."""
    rows = [
        [name_product(product), _format_interval(product, "likelihood", format_percent),
         f"{product['basket_lift']:.2f}", f"{product['spend_lift']:.2f}"]
        for product in list_records(products[products["rank"] <= SHOWN_PRODUCT_ROWS].sort_values("rank"))
    ]  # fmt: skip
    return ReportTable(title, ["Product", "Likelihood", "Of baskets, times all", "Of spend, times all"], rows)


def make_distinctive_table(products: pd.DataFrame) -> ReportTable:
    """What sets one segment apart from customers who buy as much; a row says so where nothing does."""
    found = products[products["sets_apart"]].sort_values("distinctive_rank")
    rows = [
        [name_product(product), format_count(product["months_bought"]),
         format_count(product["expected_months"]),
         _format_interval(product, "times_expected", "{:.2f}".format)]
        for product in list_records(found.head(SHOWN_PRODUCT_ROWS))
    ]  # fmt: skip
    headings = ["Product", "Months bought", "Expected", "Times expected"]
    return ReportTable("Bought more than by others who buy as much", headings, rows or [[NOTHING_APART]])


def _format_interval(row: Mapping[str, Any], value: str, word: Callable[[float], str]) -> str:
    """A number, with its 95 % interval where that was drawn."""
    low, high = RANK_BOUNDS.get(value, (f"{value}_low", f"{value}_high"))
    if low not in row:
        return word(row[value])
    bounds = (word(row[bound]).removesuffix(" %") for bound in (low, high))
    return f"{word(row[value])} ({' to '.join(bounds)})"


def _select_own_rows(table: pd.DataFrame, segment: int) -> pd.DataFrame:
    return table[table["segment"] == segment]
