"""The report: one HTML file that begins with the answer and ends with where it came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.evaluation.judgement import Judgement
from segmentlab.features.contract import Column
from segmentlab.report.cards import cards
from segmentlab.report.chapters import Chapter, chapters
from segmentlab.report.details import Detail, details
from segmentlab.report.directory import LARGEST, Directory, directory
from segmentlab.report.evidence_tables import evidence_tables
from segmentlab.report.headlines import headlines
from segmentlab.report.html import scripts, templates
from segmentlab.report.overall_tables import feature_table, ledger_table, metric_table, size_table
from segmentlab.report.palette import NOISE
from segmentlab.report.picture import Picture
from segmentlab.report.product_tables import hindsight_table
from segmentlab.report.stories import Story, stories
from segmentlab.report.strips import strips
from segmentlab.report.table import Table
from segmentlab.report.trust import how_sure, meaning, sureness
from segmentlab.report.wording import count, percent
from segmentlab.segments.portrait import Portrait
from segmentlab.segments.product_portrait import ProductPortrait

MOST_TOLD: Final = 12  # segments; the cards of more are numbers to look over, and each is told in its detail


@dataclass(frozen=True)
class PageContent:
    """All that the report says; nothing is computed again from customers.

    `profile` has a row per segment (index `segment`) with name, customers, customer_share, revenue,
    revenue_share and `<feature>_mean`, `<feature>_median` for each of `columns`. `ledger` has the
    columns rule, rows, customers, revenue, from what was read to what was kept. Data without
    transactions has no revenue and no ledger. A summary has no `customers`: the page then leaves
    out what is told of each segment alone, and the search.
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
    portrait: Portrait | None = None
    products: ProductPortrait | None = None
    customers: pd.DataFrame | None = None


class Part(NamedTuple):
    """A place inside a section that the contents point at."""

    anchor: str
    title: str
    colour: str = ""


def page(content: PageContent) -> str:
    """Write the report as one self-contained HTML file."""
    told = stories(content.portrait, content.products, sureness(content.judgement))
    opened, figures = _details(content, told), chapters(content.pictures)
    return (
        templates()
        .get_template("page.html.jinja")
        .render(
            content=content,
            sections=list(_sections(content)),
            parts=_parts(opened, figures),
            answer=answer(content.profile),
            how_sure=how_sure(content.judgement) if content.judgement else "",
            strips=strips(content.profile),
            cards=cards(content.profile, content.columns, told),
            most_told=MOST_TOLD,
            meaning=meaning(content.judgement) if content.judgement else "",
            headlines=headlines(content.metrics),
            evidence_tables=list(_evidence(content)),
            tables=[
                size_table(content.profile),
                *(feature_table(content.profile, content.columns, kind) for kind in ("median", "mean")),
            ],
            metrics=metric_table(content.metrics),
            details=opened,
            directory=_directory(content),
            largest=count(LARGEST),
            chapters=figures,
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
        return f"The largest is {top['name']}, with {percent(top['customer_share'])} of customers."
    top = segments.sort_values("revenue_share").iloc[-1]
    return (
        f"The largest part of revenue comes from {top['name']}: {percent(top['revenue_share'])} "
        f"with {percent(top['customer_share'])} of customers."
    )


def _evidence(content: PageContent) -> Iterator[Table]:
    yield from evidence_tables(content.judgement, content.profile["name"])
    if content.products is not None and content.products.hindsight is not None:
        yield hindsight_table(content.products.hindsight)


def _sections(content: PageContent) -> Iterator[str]:
    yield from ("Segments", "Evidence")
    if content.customers is not None:
        yield from ("Detail", "Customers")
    if content.pictures:
        yield "Figures"
    yield "Provenance"


def _parts(opened: Sequence[Detail], figures: Sequence[Chapter]) -> dict[str, list[Part]]:
    return {
        "Detail": [Part(detail.anchor, detail.name, detail.colour) for detail in opened],
        "Figures": [Part(chapter.anchor, chapter.title) for chapter in figures],
    }


def _details(content: PageContent, told: Mapping[int, Story]) -> list[Detail]:
    if content.portrait is None or content.customers is None:
        return []
    everybody = content.customers[[column.name for column in content.columns]].median()
    return details(content.portrait, content.columns, everybody, content.products, told)


def _directory(content: PageContent) -> Directory | None:
    return None if content.customers is None else directory(content.customers, content.columns)
