"""The report: one HTML file that begins with the answer and ends with where it came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.evaluation import Judgement
from segmentlab.features import Column
from segmentlab.flow import Picture
from segmentlab.goods import ProductPortrait
from segmentlab.report.basket_tables import BasketChapter
from segmentlab.report.cards import Story, make_cards, make_strips, tell_stories
from segmentlab.report.chapters import Chapter, arrange_chapters
from segmentlab.report.details import Detail, make_details
from segmentlab.report.directory import MOST_LISTED_CUSTOMERS, Directory, make_directory
from segmentlab.report.figures.basket_network import BASKET_NETWORK
from segmentlab.report.html import load_templates, pack_scripts
from segmentlab.report.layout import NOISE_SEGMENT
from segmentlab.report.prospects import Prospects
from segmentlab.report.recommendation_tables import make_segment_ways_table, make_ways_table
from segmentlab.report.stock_section import StockSection
from segmentlab.report.tables import (
    ReportTable,
    brings_back,
    make_evidence_tables,
    make_ledger_table,
    make_metric_table,
    make_money_table,
    make_size_table,
    make_typical_features_table,
)
from segmentlab.report.trust import (
    describe_segment_sureness,
    describe_sureness,
    describe_verdict,
    explain_verdict,
    make_headlines,
)
from segmentlab.report.wording import format_count, format_money, format_percent
from segmentlab.segments import Portrait
from segmentlab.transactions import read_money

MOST_STORIES: Final = (
    12  # segments; the cards of more are numbers to look over, and each is told in its detail
)


@dataclass(frozen=True)
class PageContent:
    """All that the report says; nothing is computed again from customers.

    `profile` has a row per segment (index `segment`) with name, customers, customer_share, revenue,
    revenue_share and `<feature>_mean`, `<feature>_median` for each of `columns`. `ledger` has the
    columns rule, rows, customers, revenue, from what was read to what was kept. Data without
    transactions has no revenue and no ledger. A summary has no `customers`: the page then leaves
    out what is told of each segment alone, and the search. `k_words` is empty where most views over k
    choose the run's own number of segments. `money` is that of the shop and of these customers, in words.
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
    k_words: str = ""
    money: str = ""
    portrait: Portrait | None = None
    products: ProductPortrait | None = None
    customers: pd.DataFrame | None = None
    prospects: Prospects | None = None
    baskets: BasketChapter | None = None
    stock: StockSection | None = None


class SectionPart(NamedTuple):
    """A place inside a section that the contents point at."""

    anchor: str
    title: str
    colour: str = ""


def write_report_page(content: PageContent) -> str:
    """Write the report as one self-contained HTML file."""
    told = tell_stories(content.portrait, content.products, describe_segment_sureness(content.judgement))
    networks = [picture for picture in content.pictures if picture.name == BASKET_NETWORK]
    figures = arrange_chapters([picture for picture in content.pictures if picture.name != BASKET_NETWORK])
    opened = _make_page_details(content, told)
    verdict = content.judgement.verdict if content.judgement else None
    return (
        load_templates()
        .get_template("page.html.jinja")
        .render(
            content=content,
            sections=list(_make_sections(content)),
            parts=_list_section_parts(opened, figures),
            answer=describe_answer(content.profile),
            how_sure=describe_sureness(content.judgement) if content.judgement else "",
            strips=make_strips(content.profile),
            cards=make_cards(content.profile, content.columns, told),
            most_told=MOST_STORIES,
            meaning=explain_verdict(content.judgement) if content.judgement else "",
            reason=describe_verdict(verdict, content.profile["name"]) if verdict else "",
            headlines=make_headlines(content.metrics),
            evidence_tables=list(_make_evidence_part(content)),
            tables=[
                make_size_table(content.profile),
                *([make_money_table(content.profile)] if brings_back(content.profile) else []),
                *(
                    make_typical_features_table(content.profile, content.columns, kind)
                    for kind in ("median", "mean")
                ),
            ],
            metrics=make_metric_table(content.metrics),
            details=opened,
            directory=_make_page_directory(content),
            largest=format_count(MOST_LISTED_CUSTOMERS),
            chapters=figures,
            networks=networks,
            ledger=None if content.ledger is None else make_ledger_table(content.ledger),
            scripts=pack_scripts(),
        )
    )


def describe_answer(profile: pd.DataFrame) -> str:
    """Say how many segments there are, and which one brings the most or else is the largest."""
    segments = profile.drop(index=NOISE_SEGMENT, errors="ignore")
    total = format_count(profile["customers"].sum())
    if segments.empty:
        return f"No segments were found among {total} customers."
    many = "1 segment" if len(segments) == 1 else f"{len(segments)} segments"
    return f"{total} customers fall into {many}. {_find_foremost_segment(segments)}"


def _find_foremost_segment(segments: pd.DataFrame) -> str:
    if "revenue_share" not in segments:
        top = segments.sort_values("customers").iloc[-1]
        return f"The largest is {top['name']}, with {format_percent(top['customer_share'])} of customers."
    top = segments.sort_values("revenue_share").iloc[-1]
    return (
        f"The largest part of revenue comes from {top['name']}: {format_percent(top['revenue_share'])} "
        f"with {format_percent(top['customer_share'])} of customers."
    )


def describe_money(profile: pd.DataFrame, books: Mapping[str, pd.DataFrame]) -> str:
    """Say what was sold, given back and kept: by the shop, as its books have it, and by these customers."""
    told = [
        f"{whose}: gross {money['gross']}, refunds {money['refunds']}, net {money['net']}."
        for whose, money in (
            ("Money of the whole log", read_money(books)),
            ("Of these customers", _sum_segments_money(profile)),
        )
        if money
    ]
    return " ".join(told)


def _sum_segments_money(profile: pd.DataFrame) -> dict[str, str]:
    if "returned" not in profile:
        return {}
    sums = {"gross": profile["gross"], "refunds": -profile["returned"], "net": profile["net"]}
    return {name: format_money(column.sum()) for name, column in sums.items()}


def _make_evidence_part(content: PageContent) -> Iterator[ReportTable]:
    yield from make_evidence_tables(content.judgement, content.profile["name"])
    if content.products is not None and content.products.hindsight is not None:
        yield make_ways_table(content.products.hindsight)
        yield make_segment_ways_table(content.products.hindsight)


def _make_sections(content: PageContent) -> Iterator[str]:
    yield "Segments"
    if content.prospects is not None:
        yield "Outlook"
    if content.baskets is not None:
        yield "Baskets"
    if content.stock is not None:
        yield "Stock"
    yield "Evidence"
    if content.customers is not None:
        yield from ("Detail", "Customers")
    if content.pictures:
        yield "Figures"
    yield "Provenance"


def _list_section_parts(opened: Sequence[Detail], figures: Sequence[Chapter]) -> dict[str, list[SectionPart]]:
    return {
        "Detail": [SectionPart(detail.anchor, detail.name, detail.colour) for detail in opened],
        "Figures": [SectionPart(chapter.anchor, chapter.title) for chapter in figures],
    }


def _make_page_details(content: PageContent, told: Mapping[int, Story]) -> list[Detail]:
    if content.portrait is None or content.customers is None:
        return []
    everybody = content.customers[[column.name for column in content.columns]].median()
    return make_details(content.portrait, content.columns, everybody, content.products, told)


def _make_page_directory(content: PageContent) -> Directory | None:
    return None if content.customers is None else make_directory(content.customers, content.columns)
