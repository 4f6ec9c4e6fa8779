"""Segments as a person remembers them: a card each."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from segmentlab.features.contract import Column
from segmentlab.report.palette import colour
from segmentlab.report.stories import Story
from segmentlab.report.table import records
from segmentlab.report.wording import amount, count, feature_names, percent, unit


class Median(NamedTuple):
    """What is typical of a segment in one feature."""

    feature: str
    value: str
    unit: str
    description: str


class Card(NamedTuple):
    """Who the segment is, how large, what it brings, and what to do."""

    name: str
    colour: str
    customers: str
    customer_share: str
    revenue_share: str | None
    medians: list[Median]
    more: str
    story: Story


def cards(
    profile: pd.DataFrame, columns: Sequence[Column], stories: Mapping[int, Story] | None = None
) -> list[Card]:
    """Turn each row of the profile into a card."""
    names, told = feature_names(columns), stories or {}
    return [
        Card(
            name=row["name"],
            colour=colour(segment),
            customers=count(row["customers"]),
            customer_share=percent(row["customer_share"]),
            revenue_share=percent(row["revenue_share"]) if "revenue_share" in row else None,
            medians=[
                Median(name, amount(row[f"{column.name}_median"]), unit(column), column.description)
                for name, column in zip(names, columns, strict=True)
            ],
            more=f"#detail-{segment}",
            story=told.get(segment, Story()),
        )
        for segment, row in zip(profile.index, records(profile), strict=True)
    ]
