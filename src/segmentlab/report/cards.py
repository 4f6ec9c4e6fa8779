"""Segments as a person remembers them: a card each, and the words on it."""

from collections.abc import Mapping, Sequence
from math import nan
from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.features import MONEY_UNIT, Column
from segmentlab.goods import ProductPortrait
from segmentlab.report.layout import choose_colour
from segmentlab.report.product_tables import NOTHING_APART, name_product
from segmentlab.report.tables import brings_back, list_records
from segmentlab.report.wording import (
    NO_CURRENCY,
    Money,
    describe_truth,
    format_amount,
    format_count,
    format_percent,
    name_plainly,
)
from segmentlab.segments import FLAG_UNIT, Portrait

# What a card says of a segment beside its numbers, from the tables that describe segments.


BOUGHT_PRODUCTS: Final = 3  # products on a card


class Story(NamedTuple):
    """In words; what is not known is empty."""

    kind: str = ""
    reason: str = ""
    actions: tuple[str, ...] = ()
    sure: str = ""
    rule: str = ""
    precision: str = ""
    buys: tuple[str, ...] = ()
    alike: str = ""  # that nothing sets them apart: `buys` are their likeliest products then


def tell_stories(
    portrait: Portrait | None, products: ProductPortrait | None, sure: Mapping[int, str]
) -> dict[int, Story]:
    """One story per segment, told as far as each part is known."""
    told = {segment: Story(sure=words) for segment, words in sure.items()}
    if portrait is not None:
        for segment, row in zip(portrait.names.index, list_records(portrait.names), strict=True):
            own = told.get(segment, Story())
            told[int(segment)] = _add_rule(_add_name(own, row), portrait.rules, segment)
    if products is not None:
        table = products.likelihoods.table
        for segment in table["segment"].unique():
            own = table[(table["segment"] == segment) & ~table["charge"]]
            told[int(segment)] = _add_products(told.get(segment, Story()), own)
    return told


def list_actions(names: pd.DataFrame) -> dict[int, str]:
    """What to do with each segment, in a line; a segment without an action is not there."""
    return {
        segment: str(actions)
        for segment, actions in zip(names.index.tolist(), names["actions"], strict=True)
        if actions
    }


def _add_name(story: Story, names: Mapping[str, str]) -> Story:
    """What the name stands for, why the segment has it, and what to do."""
    kind = "" if names["description"].lower() == names["name"].lower() else names["description"]
    actions = tuple(action.strip() for action in names["actions"].split(";") if action.strip())
    return story._replace(kind=kind, reason=names["reason"], actions=actions)


def _add_rule(story: Story, rules: pd.DataFrame, segment: int) -> Story:
    """The rule that most of the segment meet, and how many of those who meet it are of the segment."""
    own = rules[rules["segment"] == segment]
    if own.empty:
        return story
    (best,) = list_records(own.nlargest(1, "coverage"))
    return story._replace(rule=best["rule"], precision=format_percent(best["precision"]))


def _add_products(story: Story, products: pd.DataFrame) -> Story:
    """The products that set a segment apart from who buys as much, or else those it is likeliest to buy."""
    apart = products[products["sets_apart"]].nsmallest(BOUGHT_PRODUCTS, "distinctive_rank")
    if len(apart):
        named = (
            f"{name_product(product)} (bought {product['times_expected']:.1f} times as often as expected)"
            for product in list_records(apart)
        )
        return story._replace(buys=tuple(named))
    named = (
        f"{name_product(product)} ({format_percent(product['likelihood'])} of them)"
        for product in list_records(products.nsmallest(BOUGHT_PRODUCTS, "rank"))
    )
    return story._replace(buys=tuple(named), alike=NOTHING_APART)


# Segments as a person remembers them: a card each.


class CardMedian(NamedTuple):
    """What is typical of a segment in one feature."""

    feature: str
    value: str
    unit: str
    description: str


class Card(NamedTuple):
    """Who the segment is, how large, what it brings, and what to do."""

    name: str
    truth: str  # of how many of its customers the name is true; empty where it claims nothing
    colour: str
    customers: str
    customer_share: str
    revenue_share: str | None
    return_rate: str | None  # of what was paid; nothing where nobody brings anything back
    kept_nothing: str  # customers who brought back all that they bought, in words
    medians: list[CardMedian]
    more: str
    story: Story


def make_cards(
    profile: pd.DataFrame,
    columns: Sequence[Column],
    stories: Mapping[int, Story] | None = None,
    money: Money = NO_CURRENCY,
) -> list[Card]:
    """Turn each row of the profile into a card."""
    names, told, returns = name_plainly(columns), stories or {}, brings_back(profile)
    return [
        Card(
            name=row["name"],
            truth=describe_truth(row.get("truth", nan)),
            colour=choose_colour(segment),
            customers=format_count(row["customers"]),
            customer_share=format_percent(row["customer_share"]),
            revenue_share=format_percent(row["revenue_share"]) if "revenue_share" in row else None,
            return_rate=format_percent(row["return_rate"]) if returns else None,
            kept_nothing=describe_kept_nothing(row),
            medians=[
                _make_median(name, unit, column, row, money)
                for (name, unit), column in zip(names, columns, strict=True)
            ],
            more=f"#detail-{segment}",
            story=told.get(segment, Story()),
        )
        for segment, row in zip(profile.index, list_records(profile), strict=True)
    ]


def _make_median(name: str, unit: str, column: Column, row: Mapping[str, Any], money: Money) -> CardMedian:
    if column.unit == FLAG_UNIT:  # the median of what is true or not says next to nothing
        return CardMedian(name, format_percent(row[f"{column.name}_mean"]), "", column.description)
    amount = format_amount(row[f"{column.name}_median"])
    if column.unit == MONEY_UNIT:
        amount = money.mark(amount)
    return CardMedian(
        name, amount, "day ago" if (amount, unit) == ("1", "days ago") else unit, column.description
    )


def describe_kept_nothing(row: Mapping[str, Any]) -> str:
    """Say how many of a segment's customers brought back all that they bought; empty where none did."""
    count = int(row.get("kept_nothing", 0))
    if not count:
        return ""
    return f"{count:,} customer{'s' if count > 1 else ''} brought back all they bought"
