"""What a card says of a segment beside its numbers, from the tables that describe segments."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.report.product_tables import product_name
from segmentlab.report.table import records
from segmentlab.report.wording import percent
from segmentlab.segments.portrait import Portrait
from segmentlab.segments.product_portrait import ProductPortrait

BOUGHT: Final = 3  # products on a card


class Story(NamedTuple):
    """In words; what is not known is empty."""

    kind: str = ""
    reason: str = ""
    actions: tuple[str, ...] = ()
    sure: str = ""
    rule: str = ""
    precision: str = ""
    buys: tuple[str, ...] = ()


def stories(
    portrait: Portrait | None, products: ProductPortrait | None, sure: Mapping[int, str]
) -> dict[int, Story]:
    """One story per segment, told as far as each part is known."""
    told = {segment: Story(sure=words) for segment, words in sure.items()}
    if portrait is not None:
        for segment, row in zip(portrait.names.index, records(portrait.names), strict=True):
            own = told.get(segment, Story())
            told[int(segment)] = _with_rule(_with_name(own, row), portrait.rules, segment)
    if products is not None:
        table = products.likelihoods.table
        for segment in table["segment"].unique():
            told[int(segment)] = told.get(segment, Story())._replace(buys=_distinctive(table, segment))
    return told


def _with_name(story: Story, names: Mapping[str, str]) -> Story:
    """What the name stands for, why the segment has it, and what to do."""
    kind = "" if names["description"].lower() == names["name"].lower() else names["description"]
    actions = tuple(action.strip() for action in names["actions"].split(";") if action.strip())
    return story._replace(kind=kind, reason=names["reason"], actions=actions)


def _with_rule(story: Story, rules: pd.DataFrame, segment: int) -> Story:
    """The rule that most of the segment meet, and how many of those who meet it are of the segment."""
    own = rules[rules["segment"] == segment]
    if own.empty:
        return story
    (best,) = records(own.nlargest(1, "coverage"))
    return story._replace(rule=best["rule"], precision=percent(best["precision"]))


def _distinctive(products: pd.DataFrame, segment: int) -> tuple[str, ...]:
    """The products that customers of a segment are likelier to buy than others are."""
    own = products[(products["segment"] == segment) & (products["lift_low"] > 1)]
    first = records(own.nsmallest(BOUGHT, "distinctive_rank"))
    return tuple(f"{product_name(product)} ({product['lift']:.1f} times as likely)" for product in first)
