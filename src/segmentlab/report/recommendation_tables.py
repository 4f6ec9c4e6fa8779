"""What to sell to whom, and how the ways to recommend did on earlier days, as tables for people."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pandas as pd

from segmentlab.goods import AGAIN, NEW, JudgedWays, ProductPortrait, find_way
from segmentlab.report.product_tables import SHOWN_PRODUCT_ROWS, name_product
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import MISSING_TEXT, format_count, format_percent

LIST_TITLES: Final = {AGAIN: "Sell again", NEW: "Sell new"}
NOTHING_LEFT: Final = {
    AGAIN: "Nothing was on sale of late: charges are not recommended.",
    NEW: "They have everything that is on sale.",
}


def make_list_tables(products: ProductPortrait, segment: int) -> Iterator[ReportTable]:
    """What to sell to one segment: whatever they buy, and what they have never bought."""
    own = products.for_segments[products.for_segments["segment"] == segment]
    for kind, title in LIST_TITLES.items():
        way = find_way(products.choices[kind].way).title.lower()
        rows = [
            [name_product(product), product["why"], format_percent(product["likelihood"])]
            for product in list_records(own[own["kind"] == kind].head(SHOWN_PRODUCT_ROWS))
        ]
        nothing = [[NOTHING_LEFT[kind], MISSING_TEXT, MISSING_TEXT]]
        yield ReportTable(f"{title}: {way}", ["Product", "Why", "Likelihood"], rows or nothing)


def make_ways_table(hindsight: JudgedWays) -> ReportTable:
    """Every way to recommend beside every other, of all customers."""
    overall = hindsight.table[hindsight.table["segment"].isna()]
    rows = [
        [f"{LIST_TITLES[row['kind']]}: {find_way(row['by']).title}{' (shown)' if row['shown'] else ''}",
         format_count(row["customers"]), _format_interval(row, "hit_rate"), _format_interval(row, "recall"),
         _format_interval(row, "recall_beyond")]
        for row in list_records(overall)
    ]  # fmt: skip
    title = f"Recommendations: would those of {_count_days(overall)} have been bought?"
    headings = ["Recommended", "Customers who came back", "Hit rate", "Recall at ten", "Beyond popularity"]
    return ReportTable(title, headings, rows)


def make_segment_ways_table(hindsight: JudgedWays) -> ReportTable:
    """What is shown beside what everybody buys, for each segment as it was on those days."""
    table = hindsight.table[hindsight.table["segment"].notna()]
    shown = table[table["shown"]].sort_values(["kind", "segment"])
    rows = [
        [f"{LIST_TITLES[row['kind']]}: segment {row['segment']}", format_count(row["customers"]),
         _format_interval(row, "hit_rate"), _format_interval(row, "recall"),
         _format_interval(row, "recall_beyond")]
        for row in list_records(shown)
    ]  # fmt: skip
    headings = ["Shown list", "Customers who came back", "Hit rate", "Recall at ten", "Beyond popularity"]
    return ReportTable("The shown lists by segment, as segments were on those days", headings, rows)


def _count_days(table: pd.DataFrame) -> str:
    days = int(table["days"].max())
    return "an earlier day" if days == 1 else f"{days} earlier days"


def _format_interval(row: Mapping[str, Any], value: str) -> str:
    """A share with its 95 % interval, where there is one."""
    if pd.isna(row[f"{value}_low"]):
        return format_percent(row[value])
    low, high = (format_percent(row[f"{value}_{end}"]).removesuffix(" %") for end in ("low", "high"))
    return f"{format_percent(row[value])} ({low} to {high})"
