"""Everything about one segment: what opens when one wants to know more than its card says."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.features.contract import Column
from segmentlab.report.palette import colour
from segmentlab.report.product_tables import product_table, recommendation_table
from segmentlab.report.stories import Story
from segmentlab.report.table import Table, records
from segmentlab.report.trend import Trend, trend
from segmentlab.report.wording import amount, change, count, headings, percent
from segmentlab.segments.portrait import Portrait
from segmentlab.segments.product_portrait import ProductPortrait

SHOWN: Final = 10  # rows of what could go on for long; the tables beside the report have them all
HABITS: Final = {
    "average_order_value": ("Average order value", amount),
    "items_per_order": ("Items per order", amount),
    "usual_quantity": ("Most frequent quantity", amount),
    "orders": ("Orders", count),
    "gross": ("Gross revenue, before returns", count),
    "returned": ("Returned", count),
    "return_rate": ("Return rate", percent),
    "one_time_share": ("Bought once", percent),
    "growth": ("Revenue of the last quarter against the one before", change),
}


class Detail(NamedTuple):
    """One segment, opened."""

    anchor: str
    name: str
    colour: str
    size: str
    story: Story
    trend: Trend | None
    who: list[Table]
    habits: list[Table]
    products: list[Table]


def details(
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
            colour=colour(segment),
            size=_size(row),
            story=told.get(segment, Story()),
            trend=None if portrait.months.empty else trend(portrait.months, segment),
            who=list(_who(portrait, columns, everybody, segment)),
            habits=list(_habits(portrait, segment)),
            products=[] if products is None else list(_products(products, segment)),
        )
        for segment, row in zip(portrait.profile.index, records(portrait.profile), strict=True)
    ]


def _size(row: Mapping[str, Any]) -> str:
    money = f", {percent(row['revenue_share'])} of revenue" if "revenue_share" in row else ""
    return f"{count(row['customers'])} customers, {percent(row['customer_share'])} of all{money}"


def _who(
    portrait: Portrait, columns: Sequence[Column], everybody: pd.Series, segment: int
) -> Iterator[Table]:
    yield comparison_table(_own(portrait.features, segment), columns, everybody)
    rules = _own(portrait.rules, segment)
    if not rules.empty:
        yield rule_table(rules)


def _habits(portrait: Portrait, segment: int) -> Iterator[Table]:
    (sizes,) = records(portrait.profile.loc[[segment]])
    habits = habit_table(sizes)
    if habits.rows:
        yield habits
    for trait, values in _own(portrait.traits, segment).groupby("trait", sort=False):
        yield trait_table(str(trait), values)


def _products(products: ProductPortrait, segment: int) -> Iterator[Table]:
    own = _own(products.likelihoods.table, segment)
    period = f"within {products.likelihoods.days:,} days"
    yield product_table(f"Bought most {period}", own, "rank")
    yield product_table(f"Bought more than by all {period}", own, "distinctive_rank")
    yield recommendation_table(_own(products.for_segments, segment))


def comparison_table(features: pd.DataFrame, columns: Sequence[Column], everybody: pd.Series) -> Table:
    """The typical customer of the segment beside the typical customer of all."""
    titles = dict(zip((column.name for column in columns), headings(columns), strict=True))
    rows = [
        [titles[own["feature"]], amount(own["median"]), f"{amount(own['q25'])} to {amount(own['q75'])}",
         amount(everybody[own["feature"]]), amount(own["difference_sd"])]
        for own in records(features)
    ]  # fmt: skip
    return Table(
        "Beside all customers", ["Feature", "Median", "Middle half", "Median of all", "Difference (sd)"], rows
    )


def rule_table(rules: pd.DataFrame) -> Table:
    """Who is in the segment, in words, with how often that is right and how many it finds."""
    rows = [
        [rule["rule"], count(rule["customers"]), percent(rule["precision"]), percent(rule["coverage"])]
        for rule in records(rules.head(SHOWN))
    ]
    return Table("Who is in it", ["Rule", "Customers", "Right for", "Covers"], rows)


def habit_table(row: Mapping[str, Any]) -> Table:
    """Orders, baskets, returns and where the segment is heading, as far as the log tells."""
    rows = [[title, word(row[name])] for name, (title, word) in HABITS.items() if name in row]
    return Table("What they do", ["", "This segment"], rows)


def trait_table(trait: str, values: pd.DataFrame) -> Table:
    """Where customers come from, or what else is known of them in words."""
    rows = [
        [str(value["value"]), count(value["customers"]), percent(value["share"]), f"{value['lift']:.2f}"]
        for value in records(values.head(SHOWN))
    ]
    title = trait.replace("_", " ").capitalize()
    return Table(title, [title, "Customers", "Share", "Lift"], rows)


def _own(table: pd.DataFrame, segment: int) -> pd.DataFrame:
    return table[table["segment"] == segment]
