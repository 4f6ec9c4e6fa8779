"""The report: one HTML file that begins with the answer and ends with where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.evaluation.judgement import Judgement
from segmentlab.features.contract import Column
from segmentlab.report.evidence_tables import evidence_tables
from segmentlab.report.headlines import headlines
from segmentlab.report.html import scripts, templates
from segmentlab.report.palette import NOISE, colour
from segmentlab.report.picture import Picture
from segmentlab.report.table import Table
from segmentlab.report.wording import amount, count, feature_names, percent, unit

# The columns of a profile that tell a size: its heading, and how it is written.
SIZES: Final = {
    "customers": ("Customers", count),
    "customer_share": ("Share", percent),
    "revenue": ("Revenue", count),
    "revenue_share": ("Share", percent),
}


@dataclass(frozen=True)
class PageContent:
    """All that the report says; nothing is computed again from customers.

    `profile` has a row per segment (index `segment`) with name, customers, customer_share, revenue,
    revenue_share and `<feature>_mean`, `<feature>_median` for each of `columns`. `ledger` has the
    columns rule, rows, customers, revenue, from what was read to what was kept. Data without
    transactions has no revenue and no ledger.
    """

    title: str
    subtitle: str
    profile: pd.DataFrame
    columns: Sequence[Column]
    metrics: Mapping[str, float]
    notes: Sequence[str]
    pictures: Sequence[Picture]
    ledger: pd.DataFrame | None
    provenance: Mapping[str, str]
    config: str
    judgement: Judgement | None = None


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
    revenue_share: str | None
    medians: list[Median]


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
            evidence_tables=evidence_tables(content.judgement, content.profile["name"]),
            ledger=None if content.ledger is None else ledger_table(content.ledger),
            scripts=scripts(),
        )
    )


def answer(profile: pd.DataFrame) -> str:
    """Say how many segments there are, and which one brings the most or else is the largest."""
    segments = profile.drop(index=NOISE, errors="ignore")
    total = count(profile["customers"].sum())
    if segments.empty:
        return f"No segments were found among {total} customers."
    many = "1 segment" if len(segments) == 1 else f"{len(segments)} segments"
    return f"{total} customers fall into {many}. {_foremost(segments)}"


def _foremost(segments: pd.DataFrame) -> str:
    if "revenue_share" not in segments:
        top = segments.sort_values("customers").iloc[-1]
        return f"{top['name']} is the largest, with {percent(top['customer_share'])} of customers."
    top = segments.sort_values("revenue_share").iloc[-1]
    return (
        f"{top['name']} brings {percent(top['revenue_share'])} of revenue "
        f"with {percent(top['customer_share'])} of customers."
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
            revenue_share=percent(row["revenue_share"]) if "revenue_share" in row else None,
            medians=[
                Median(name, amount(row[f"{column.name}_median"]), unit(column), column.description)
                for name, column in zip(names, columns, strict=True)
            ],
        )
        for segment, row in zip(profile.index, profile.to_dict("records"), strict=True)
    ]


def size_table(profile: pd.DataFrame) -> Table:
    """Customers and revenue per segment, with the total that they sum to."""
    shown = {name: wording for name, wording in SIZES.items() if name in profile}
    every = pd.concat([profile[list(shown)], profile[list(shown)].sum().to_frame("All").T])
    rows = [
        [name, *(word(value) for (_, word), value in zip(shown.values(), sizes, strict=True))]
        for name, sizes in zip([*profile["name"], "All"], every.to_numpy(), strict=True)
    ]
    return Table("Size", ["Segment", *(heading for heading, _ in shown.values())], rows)


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
