"""The report: one HTML file that begins with the answer and ends with where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from segmentlab.features.contract import Column
from segmentlab.report.headlines import headlines
from segmentlab.report.html import scripts, templates
from segmentlab.report.palette import NOISE, colour
from segmentlab.report.picture import Picture
from segmentlab.report.wording import amount, count, feature_names, percent, unit


@dataclass(frozen=True)
class PageContent:
    """All that the report says; nothing is computed again from customers.

    `profile` has a row per segment (index `segment`) with name, customers, customer_share, revenue,
    revenue_share and `<feature>_mean`, `<feature>_median` for each of `columns`. `ledger` has the
    columns rule, rows, customers, revenue, from what was read to what was kept.
    """

    title: str
    subtitle: str
    profile: pd.DataFrame
    columns: Sequence[Column]
    metrics: Mapping[str, float]
    notes: Sequence[str]
    pictures: Sequence[Picture]
    ledger: pd.DataFrame
    provenance: Mapping[str, str]
    config: str


class Median(NamedTuple):
    """What is typical of a segment in one feature."""

    feature: str
    value: str
    unit: str
    description: str


class Card(NamedTuple):
    """One segment as a person remembers it."""

    name: str
    colour: str
    customers: str
    customer_share: str
    revenue_share: str
    medians: list[Median]


class Table(NamedTuple):
    """Rows of text; the first cell of each is its heading."""

    title: str
    headings: list[str]
    rows: list[list[str]]


def page(content: PageContent) -> str:
    """Write the report as one self-contained HTML file."""
    return (
        templates()
        .get_template("page.html.jinja")
        .render(
            content=content,
            answer=answer(content.profile),
            cards=cards(content.profile, content.columns),
            headlines=headlines(content.metrics),
            tables=[
                size_table(content.profile),
                *(feature_table(content.profile, content.columns, kind) for kind in ("median", "mean")),
                metric_table(content.metrics),
            ],
            ledger=ledger_table(content.ledger),
            scripts=scripts(),
        )
    )


def answer(profile: pd.DataFrame) -> str:
    """Say in one sentence how many segments there are and which one brings the most."""
    segments = profile.drop(index=NOISE, errors="ignore")
    total = count(profile["customers"].sum())
    if segments.empty:
        return f"No segments were found among {total} customers."
    top = segments.sort_values("revenue_share").iloc[-1]
    many = "1 segment" if len(segments) == 1 else f"{len(segments)} segments"
    return (
        f"{total} customers fall into {many}. {top['name']} brings {percent(top['revenue_share'])} "
        f"of revenue with {percent(top['customer_share'])} of customers."
    )


def cards(profile: pd.DataFrame, columns: Sequence[Column]) -> list[Card]:
    """Turn each row of the profile into a card."""
    names = feature_names(columns)
    return [
        Card(
            name=row["name"],
            colour=colour(segment),
            customers=count(row["customers"]),
            customer_share=percent(row["customer_share"]),
            revenue_share=percent(row["revenue_share"]),
            medians=[
                Median(name, amount(row[f"{column.name}_median"]), unit(column), column.description)
                for name, column in zip(names, columns, strict=True)
            ],
        )
        for segment, row in zip(profile.index, profile.to_dict("records"), strict=True)
    ]


def size_table(profile: pd.DataFrame) -> Table:
    """Customers and revenue per segment, with the total that they sum to."""
    rows = [
        [row["name"], count(row["customers"]), percent(row["customer_share"]), count(row["revenue"]),
         percent(row["revenue_share"])]
        for row in profile.to_dict("records")
    ]  # fmt: skip
    sums = profile[["customers", "customer_share", "revenue", "revenue_share"]].sum()
    rows.append(
        ["All", count(sums["customers"]), percent(sums["customer_share"]), count(sums["revenue"]),
         percent(sums["revenue_share"])]
    )  # fmt: skip
    return Table("Size", ["Segment", "Customers", "Share", "Revenue", "Share"], rows)


def feature_table(profile: pd.DataFrame, columns: Sequence[Column], kind: str) -> Table:
    """The median or the mean of every feature per segment, in the feature's own unit."""
    units = (f" ({unit(column)})" if unit(column) else "" for column in columns)
    headings = [name + unit for name, unit in zip(feature_names(columns), units, strict=True)]
    rows = [
        [row["name"], *(amount(row[f"{column.name}_{kind}"]) for column in columns)]
        for row in profile.to_dict("records")
    ]
    return Table(f"{kind.capitalize()} of each feature", ["Segment", *headings], rows)


def metric_table(metrics: Mapping[str, float]) -> Table:
    """Every number measured, by the name that it has in the tracking store."""
    rows = [[name, amount(value)] for name, value in sorted(metrics.items())]
    return Table("All metrics", ["Metric", "Value"], rows)


def ledger_table(ledger: pd.DataFrame) -> Table:
    """What cleaning took out, from what was read to what was kept."""
    rows = [
        [entry["rule"].replace("_", " "), count(entry["rows"]), count(entry["customers"]),
         f"{entry['revenue']:,.2f}"]
        for entry in ledger.to_dict("records")
    ]  # fmt: skip
    return Table("What cleaning took out", ["Rule", "Rows", "Customers", "Revenue"], rows)
