"""The report: one HTML file that begins with the answer and ends with where it came from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.evaluation import Judgement
from segmentlab.features import Column
from segmentlab.flow import Picture
from segmentlab.goods import ProductPortrait
from segmentlab.report.answer import describe_answer
from segmentlab.report.basket_tables import BasketChapter
from segmentlab.report.cards import Story, make_cards, tell_stories
from segmentlab.report.chapters import Chapter, arrange_chapters
from segmentlab.report.details import Detail, make_details
from segmentlab.report.directory import MOST_LISTED_CUSTOMERS, Directory, make_directory
from segmentlab.report.failure import Failure, find_failure
from segmentlab.report.figures.basket_network import BASKET_NETWORK
from segmentlab.report.html import load_templates, pack_scripts
from segmentlab.report.prospects import Prospects
from segmentlab.report.recommendation_tables import make_segment_ways_table, make_ways_table
from segmentlab.report.since_last_time import Change
from segmentlab.report.stock_section import StockSection
from segmentlab.report.tables import (
    ReportTable,
    brings_back,
    make_evidence_tables,
    make_ledger_table,
    make_mean_table,
    make_metric_table,
    make_money_table,
    make_segment_table,
)
from segmentlab.report.terms import list_feature_terms, list_trust_terms
from segmentlab.report.trust import (
    describe_segment_sureness,
    describe_sureness,
    describe_verdict,
    explain_verdict,
    list_doubts,
    make_headlines,
)
from segmentlab.report.week import Week
from segmentlab.report.wording import NO_CURRENCY, Money, format_count
from segmentlab.segments import Portrait

# Segments; the cards of more are numbers to look over, and each is told in its detail.
MOST_STORIES: Final = 12
MOST_CARDS: Final = 19  # segments; more stand in a table
TOLD_ALREADY: Final = ("segment_sizes",)  # figures of what cards say


@dataclass(frozen=True)
class PageContent:
    """All that the report says; nothing is computed again from customers.

    `profile` has a row per segment (index `segment`) with name, customers, customer_share, revenue,
    revenue_share and `<feature>_mean`, `<feature>_median` for each of `columns`. `ledger` has the
    columns rule, rows, customers, revenue, from what was read to what was kept. Data without
    transactions has no revenue and no ledger. A summary has no `customers`: the page then leaves
    out what is told of each segment alone, and the search. `k_words` is empty where most views over k
    choose the run's own number of segments. `money` is that of the shop and of these customers, in words.
    `change` is what changed since an earlier day, a text where that day is not known and how it will be; None
    where nobody asked. `unsure` counts the customers whose confidence is low.
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
    listed: pd.DataFrame | None = None
    prospects: Prospects | None = None
    baskets: BasketChapter | None = None
    stock: StockSection | None = None
    change: Change | str | None = None
    week: Week | None = None
    unsure: int | None = None
    currency: Money = NO_CURRENCY


class SectionPart(NamedTuple):
    """A place inside a section that the contents point at."""

    anchor: str
    title: str
    colour: str = ""


def write_report_page(content: PageContent) -> str:
    """Write the report as one self-contained HTML file."""
    judgement = content.judgement
    failure = find_failure(judgement)
    told = tell_stories(content.portrait, content.products, describe_segment_sureness(judgement))
    networks = [picture for picture in content.pictures if picture.name == BASKET_NETWORK]
    figures = arrange_chapters(
        [one for one in content.pictures if one.name not in (BASKET_NETWORK, *TOLD_ALREADY)]
    )
    opened = _make_page_details(content, told, failure)
    verdict = judgement.verdict if judgement else None
    many = len(content.profile) > MOST_CARDS
    return (
        load_templates()
        .get_template("page.html.jinja")
        .render(
            content=content,
            failure=failure,
            sections=list(_make_sections(content, figures)),
            parts=_list_section_parts(opened, figures),
            answer=describe_answer(content.profile),
            how_sure=describe_sureness(judgement) if judgement else "",
            cards=[] if many else make_cards(content.profile, content.columns, told, content.currency),
            segments=make_segment_table(content.profile, content.columns) if many else None,
            feature_terms=list_feature_terms(content.columns, has_truth="truth" in content.profile),
            trust_terms=list_trust_terms(judgement),
            most_told=MOST_STORIES,
            week=None if failure else content.week,
            stock=None if failure else content.stock,
            meaning=explain_verdict(judgement) if judgement else "",
            doubts=list_doubts(judgement, content.unsure, int(content.profile["customers"].sum())),
            reason=describe_verdict(verdict, content.profile["name"]) if verdict else "",
            headlines=make_headlines(content.metrics),
            evidence_tables=list(_make_evidence_part(content, failure)),
            tables=list(_make_side_by_side(content)),
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


def _make_side_by_side(content: PageContent) -> Iterator[ReportTable]:
    """What cards do not say of all segments."""
    if brings_back(content.profile):
        yield make_money_table(content.profile)
    yield make_mean_table(content.profile, content.columns)


def _make_evidence_part(content: PageContent, failure: Failure | None) -> Iterator[ReportTable]:
    yield from make_evidence_tables(content.judgement, content.profile["name"])
    if failure is None and content.products is not None and content.products.hindsight is not None:
        yield make_ways_table(content.products.hindsight)
        yield make_segment_ways_table(content.products.hindsight)


def _make_sections(content: PageContent, figures: Sequence[Chapter]) -> Iterator[str]:
    """What is there, in the order of the page: the answer, what to do, how sure, evidence, method."""
    yield "Segments"
    if content.change is not None:
        yield "Changes"
    yield from ("This week", "How sure", "Evidence")
    if content.prospects is not None:
        yield "Outlook"
    if content.baskets is not None:
        yield "Baskets"
    if content.stock is not None and find_failure(content.judgement) is None:
        yield "Stock"
    if content.customers is not None:
        yield from ("Detail", "Customers")
    if figures:
        yield "Figures"
    yield "Provenance"


def _list_section_parts(opened: Sequence[Detail], figures: Sequence[Chapter]) -> dict[str, list[SectionPart]]:
    return {
        "Detail": [SectionPart(detail.anchor, detail.name, detail.colour) for detail in opened],
        "Figures": [SectionPart(chapter.anchor, chapter.title) for chapter in figures],
    }


def _make_page_details(
    content: PageContent, told: Mapping[int, Story], failure: Failure | None
) -> list[Detail]:
    """Each segment opened; after a failure without what to do and what to sell."""
    if content.portrait is None or content.customers is None:
        return []
    everybody = content.customers[[column.name for column in content.columns]].median()
    if failure is None:
        return make_details(content.portrait, content.columns, everybody, content.products, told)
    silent = {segment: story._replace(actions=()) for segment, story in told.items()}
    return make_details(content.portrait, content.columns, everybody, None, silent)


def _make_page_directory(content: PageContent) -> Directory | None:
    if content.customers is None:
        return None
    return make_directory(content.customers, content.columns, content.listed)
