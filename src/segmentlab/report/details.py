"""Everything about one segment: what opens when one wants to know more than its card says."""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.features import Column
from segmentlab.goods import ProductPortrait
from segmentlab.report.cards import Story
from segmentlab.report.layout import choose_colour
from segmentlab.report.product_tables import make_segment_product_tables
from segmentlab.report.recommendation_tables import make_list_tables
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import (
    MISSING_TEXT,
    format_amount,
    format_change,
    format_count,
    format_percent,
    make_headings,
)
from segmentlab.segments import Portrait

# The revenue of a segment over the months, as a small drawing that needs no script.


TREND_WIDTH: Final = 320
TREND_HEIGHT: Final = 56
TREND_EDGE: Final = 3  # so that a peak is not cut


class TrendDrawing(NamedTuple):
    """The points of a line inside WIDTH by HEIGHT, and the first and the last month."""

    points: str
    first: str
    last: str
    width: int = TREND_WIDTH
    height: int = TREND_HEIGHT


def draw_trend(months: pd.DataFrame, segment: int) -> TrendDrawing | None:
    """`months` has segment, month, revenue; a month in which nothing was bought is zero."""
    every = pd.date_range(months["month"].min(), months["month"].max(), freq="MS")
    own = (
        months[months["segment"] == segment].groupby("month")["revenue"].sum().reindex(every, fill_value=0.0)
    )
    if len(every) < 2 or own.max() <= 0:
        return None
    height = (own.clip(lower=0) / own.max()).tolist()
    step, rise = (TREND_WIDTH - 2 * TREND_EDGE) / (len(every) - 1), TREND_HEIGHT - 2 * TREND_EDGE
    points = [
        f"{TREND_EDGE + place * step:.1f},{TREND_HEIGHT - TREND_EDGE - share * rise:.1f}"
        for place, share in enumerate(height)
    ]
    return TrendDrawing(" ".join(points), every[0].strftime("%Y-%m"), every[-1].strftime("%Y-%m"))


DETAIL_ROWS: Final = 10  # rows of what could go on for long; the tables beside the report have them all
HABIT_NAMES: Final = {
    "average_order_value": ("Average order value", format_amount),
    "items_per_order": ("Items per order", format_amount),
    "usual_quantity": ("Most frequent quantity", format_amount),
    "orders": ("Orders", format_count),
    "gross": ("Gross revenue, before returns", format_count),
    "returned": ("Brought back", format_count),
    "net": ("Net: gross less what was brought back", format_count),
    "return_rate": ("Brought back, of gross", format_percent),
    "kept_nothing": ("Customers who brought back all they bought", format_count),
    "one_time_share": ("Bought once", format_percent),
    "yearly_growth": ("Revenue of the last three months against the same of the year before", format_change),
    "growth": (
        "Revenue of the last three months against the three before (a season counts as growth: the log has "
        "no year before)",
        format_change,
    ),
}


class Detail(NamedTuple):
    """One segment, opened."""

    anchor: str
    name: str
    colour: str
    story: Story
    trend: TrendDrawing | None
    who: list[ReportTable]
    habits: list[ReportTable]
    products: list[ReportTable]


def make_details(
    portrait: Portrait,
    columns: Sequence[Column],
    everybody: pd.Series,
    products: ProductPortrait | None,
    told: Mapping[int, Story],
) -> list[Detail]:
    """One per segment, in the order of the profile. `everybody` has the median of each feature."""
    return [
        Detail(
            anchor=f"detail-{segment}",
            name=row["name"],
            colour=choose_colour(segment),
            story=told.get(segment, Story()),
            trend=None if portrait.months.empty else draw_trend(portrait.months, segment),
            who=list(_make_who_tables(portrait, columns, everybody, segment)),
            habits=list(_make_habit_tables(portrait, segment)),
            products=[] if products is None else list(_make_goods_tables(products, segment)),
        )
        for segment, row in zip(portrait.profile.index, list_records(portrait.profile), strict=True)
    ]


def _make_goods_tables(products: ProductPortrait, segment: int) -> Iterator[ReportTable]:
    """What the segment buys, and what to sell to it."""
    yield from make_segment_product_tables(products, segment)
    yield from make_list_tables(products, segment)


def _make_who_tables(
    portrait: Portrait, columns: Sequence[Column], everybody: pd.Series, segment: int
) -> Iterator[ReportTable]:
    yield make_typical_table(_select_own_rows(portrait.features, segment), columns, everybody)
    rules = _select_own_rows(portrait.rules, segment)
    if not rules.empty:
        yield make_rule_table(rules)


def _make_habit_tables(portrait: Portrait, segment: int) -> Iterator[ReportTable]:
    (sizes,) = list_records(portrait.profile.loc[[segment]])
    habits = make_habit_table(sizes)
    if habits.rows:
        yield habits
    for trait, values in _select_own_rows(portrait.traits, segment).groupby("trait", sort=False):
        yield make_trait_table(str(trait), values)


def make_typical_table(
    features: pd.DataFrame, columns: Sequence[Column], everybody: pd.Series
) -> ReportTable:
    """The typical customer of the segment beside the typical customer of all."""
    titles = dict(zip((column.name for column in columns), make_headings(columns), strict=True))
    rows = [
        [
            titles[own["feature"]],
            format_amount(own["median"]),
            f"{format_amount(own['q25'])} to {format_amount(own['q75'])}",
            format_amount(everybody[own["feature"]]),
            format_amount(own["difference_sd"]),
        ]
        for own in list_records(features)
    ]
    return ReportTable(
        "Beside all customers", ["Feature", "Median", "Middle half", "Median of all", "Difference (sd)"], rows
    )


def make_rule_table(rules: pd.DataFrame) -> ReportTable:
    """Who is in the segment, in words, with how often that is right and how many it finds."""
    rows = [
        [
            rule["rule"],
            format_count(rule["customers"]),
            format_percent(rule["precision"]),
            format_percent(rule["coverage"]),
        ]
        for rule in list_records(rules.head(DETAIL_ROWS))
    ]
    return ReportTable("Who is in it", ["Rule", "Customers", "Right for", "Covers"], rows)


def make_habit_table(row: Mapping[str, Any]) -> ReportTable:
    """Orders, baskets, returns and where the segment is heading, as far as the log tells."""
    rows = [[title, word(row[name])] for name, (title, word) in HABIT_NAMES.items() if name in row]
    return ReportTable("What they do", ["Habit", "This segment"], rows)


def make_trait_table(trait: str, values: pd.DataFrame) -> ReportTable:
    """Where customers come from, or what else is known of them in words."""
    rows = [
        [
            str(value["value"]),
            format_count(value["customers"]),
            format_percent(value["share"]),
            MISSING_TEXT if math.isnan(value["lift"]) else f"{value['lift']:.2f}",
        ]
        for value in list_records(values.head(DETAIL_ROWS))
    ]
    title = trait.replace("_", " ").capitalize()
    return ReportTable(title, [title, "Customers", "Share", "Lift"], rows)


def _select_own_rows(table: pd.DataFrame, segment: int) -> pd.DataFrame:
    return table[table["segment"] == segment]
