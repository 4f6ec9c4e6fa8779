"""From a result to its pictures and its page."""

from collections.abc import Iterator, Sequence
from typing import Final

import pandas as pd

from segmentlab.evaluation import LaterValue
from segmentlab.flow import DescribedCustomers, Movement, Picture, Provenance, Result
from segmentlab.goods import BasketPortrait
from segmentlab.report.answer import describe_money
from segmentlab.report.basket_tables import tell_baskets
from segmentlab.report.cards import list_actions
from segmentlab.report.customer_lists import make_customer_list
from segmentlab.report.figures.basket_network import draw_basket_pictures
from segmentlab.report.figures.k_scan import draw_elbow, draw_k_scan
from segmentlab.report.figures.ledger_waterfall import draw_ledger_waterfall
from segmentlab.report.figures.loadings import draw_loadings
from segmentlab.report.figures.preparation import draw_preparation
from segmentlab.report.figures.profile import draw_profile_heatmap
from segmentlab.report.figures.projection import draw_projection_2d, draw_projection_3d
from segmentlab.report.figures.segment_map import draw_segment_map
from segmentlab.report.figures.segment_sizes import draw_segment_sizes
from segmentlab.report.figures.separation import draw_nulls, draw_silhouette_plot
from segmentlab.report.figures.study_choice import draw_study_choice
from segmentlab.report.figures.study_front import StudyTable, draw_study_front
from segmentlab.report.figures.study_history import draw_study_history, draw_study_importance
from segmentlab.report.figures.study_slices import draw_study_slices
from segmentlab.report.figures.value_hindsight import draw_value_calibration, draw_value_tracking
from segmentlab.report.page import PageContent
from segmentlab.report.page import write_report_page as written
from segmentlab.report.prospects import tell_prospects
from segmentlab.report.segment_pictures import (
    draw_fact_pictures,
    draw_feature_pictures,
    draw_model_pictures,
    draw_product_pictures,
)
from segmentlab.report.since_last_time import tell_change
from segmentlab.report.stock_section import list_stock_notes, tell_stock
from segmentlab.report.trust import LEAST_CONFIDENCE
from segmentlab.report.week import Week, plan_week
from segmentlab.report.wording import Money

SLIDES: Final = "report/slides.pptx"  # of a run, beside its page

# The figures of a study: what it had to choose from, how it went, and what its scores depend on.


def draw_study_pictures(
    table: StudyTable, importances: pd.DataFrame | None, evidence: pd.DataFrame | None = None
) -> Iterator[Picture]:
    """Every figure that the study has the trials for: one objective has a best trial and no front."""
    if evidence is not None and len(evidence):
        yield draw_study_choice(evidence)
    if len(table.objectives) > 1:
        yield draw_study_front(table)
    yield draw_study_history(table)
    if importances is not None:
        yield draw_study_importance(importances, table.objectives)
    yield draw_study_slices(table)


def make_report(
    result: Result,
    origin: Provenance,
    extent: str,
    of_study: Sequence[Picture] = (),
    since: Movement | str | None = None,
) -> tuple[list[Picture], str | None]:
    """The figures that are kept as files, those of a study among them, and the page.

    A summary has the same figures on its page. A full one has more of them, and says more of each
    segment, and so it has beside slides. An extent of `none` has nothing of both. `since` is who moved
    since an earlier day, or a text that says why that is not known.
    """
    if extent == "none":
        return [], None
    main, full = [*draw_main_pictures(result), *of_study], extent != "summary"
    drawn = [*main, *draw_further_pictures(result)] if full else main
    return main, make_page(result, drawn, origin, since, with_customers=full)


def make_pictures(result: Result) -> list[Picture]:
    """Every figure that this result has the data for."""
    return [*draw_main_pictures(result), *draw_further_pictures(result)]


def make_page(
    result: Result,
    drawn: Sequence[Picture],
    origin: Provenance,
    since: Movement | str | None = None,
    *,
    with_customers: bool = True,
) -> str:
    """The report as one HTML file."""
    return written(_fill_content(result, drawn, origin, since, with_customers=with_customers))


def make_deck(
    result: Result, drawn: Sequence[Picture], origin: Provenance, since: Movement | str | None = None
) -> bytes:
    """The report as slides; nobody is named in them."""
    from segmentlab.report.deck import write_deck

    return write_deck(_fill_content(result, drawn, origin, since, with_customers=False))


def _fill_content(
    result: Result,
    drawn: Sequence[Picture],
    origin: Provenance,
    since: Movement | str | None,
    *,
    with_customers: bool,
) -> PageContent:
    """What the page and the slides say."""
    currency = Money.of(result.books)
    return PageContent(
        title="Customer segments",
        subtitle=_write_subtitle(result, origin),
        profile=result.profile,
        columns=result.described.features.columns,
        metrics=result.metrics,
        notes=[
            note
            for note in collect_notes(result)
            if note not in list_stock_notes(result.stock)
            and (isinstance(result.ahead, str) or note not in result.ahead.notes)
        ],
        pictures=drawn,
        ledger=None if result.described.sales is None else result.described.sales.ledger,
        provenance=_list_facts(result, origin),
        config=origin.config,
        judgement=result.judgement,
        k_words=result.k_words,
        money=describe_money(result.profile, result.books),
        portrait=result.portrait,
        customers=result.customers if with_customers else None,
        listed=make_customer_list(result) if with_customers else None,
        products=result.products,
        baskets=tell_baskets(result.baskets) if isinstance(result.baskets, BasketPortrait) else None,
        prospects=None
        if isinstance(result.ahead, str)
        else tell_prospects(
            result.ahead, result.labels, result.profile["name"], currency, with_customers=with_customers
        ),
        stock=None if result.stock is None else tell_stock(result.stock, result.profile["name"], currency),
        change=tell_change(since, currency) if isinstance(since, Movement) else since,
        week=_plan_week(result, with_customers=with_customers),
        unsure=int((result.customers["confidence"] < LEAST_CONFIDENCE).sum()),
        currency=currency,
    )


def _plan_week(result: Result, *, with_customers: bool) -> Week | None:
    return plan_week(
        None if isinstance(result.ahead, str) else result.ahead,
        result.labels,
        result.profile["name"],
        list_actions(result.portrait.names),
        Money.of(result.books),
        with_customers=with_customers,
    )


def draw_main_pictures(result: Result) -> Iterator[Picture]:
    """The figures that answer the first questions; each is kept as a file too, to lay runs side by side."""
    profile, labels = result.profile, result.labels
    yield draw_segment_sizes(profile)
    yield draw_profile_heatmap(profile, result.described.features.columns, result.prepared, labels)
    if 2 in result.views:
        yield draw_projection_2d(result.views[2], labels, profile, result.plan.view.axis)
    if (scan := result.k_table) is not None:
        yield draw_k_scan(scan, result.found)
    if not result.judgement.evidence.separation.silhouettes.empty:
        silhouettes = result.judgement.evidence.separation.silhouettes.to_frame()
        yield draw_silhouette_plot(silhouettes.assign(segment=labels), profile)
    if (gaps := result.judgement.evidence.gaps) is not None and gaps.borders and 2 in result.views:
        yield draw_segment_map(gaps.borders, result.views[2], labels, profile)
    if result.judgement.evidence.references:
        yield draw_nulls(result.judgement.evidence.references)
    yield from _draw_hindsight(result.judgement.evidence.later_value)
    if result.described.sales is not None:
        yield draw_ledger_waterfall(result.described.sales.ledger)
    if isinstance(result.baskets, BasketPortrait):
        yield from draw_basket_pictures(result.baskets)


def _draw_hindsight(later: LaterValue | None) -> Iterator[Picture]:
    """A value model of an earlier day beside what came."""
    if later is None:
        return
    yield draw_value_calibration(later.tenths, later.cut, later.days)
    if later.weeks is not None:
        yield draw_value_tracking(later.weeks, later.cut)


def draw_further_pictures(result: Result) -> Iterator[Picture]:
    """The figures for whoever wants to know more."""
    features, sales = result.described.features, result.described.sales
    yield from draw_feature_pictures(features, result.prepared, result.labels, result.profile)
    if sales is not None and features.as_of is not None:
        yield from draw_fact_pictures(sales.facts, result.labels, result.profile, features.as_of)
    if result.products is not None:
        yield from draw_product_pictures(result.products.likelihoods, result.profile)
    if result.k_scan is not None:
        yield draw_elbow(result.k_scan, result.found)
    yield _draw_preparation_picture(result)
    if 3 in result.views:
        yield draw_projection_3d(result.views[3], result.labels, result.profile, result.plan.view.axis)
    if result.loadings is not None:
        yield draw_loadings(result.loadings, result.described.features.columns)
    yield from draw_model_pictures(result)


def _draw_preparation_picture(result: Result) -> Picture:
    features, seen = result.described.features, result.segmenter.clustered_
    return draw_preparation(result.shapes, features.columns, features.frame[seen], result.prepared[seen])


def collect_notes(result: Result) -> list[str]:
    """What can't be told, and what comes from a sample, each said once."""
    told = (
        result.described.notes,
        result.segmenter.notes_,
        result.portrait.notes,
        result.product_notes,
        result.value_notes,
        (f"What goes together is not available: {result.baskets}",)
        if isinstance(result.baskets, str)
        else (),
        list_stock_notes(result.stock),
        result.judgement.evidence.notes,
    )
    return list(dict.fromkeys(note for notes in told for note in notes))


def _write_subtitle(result: Result, origin: Provenance) -> str:
    choices, described = origin.choices, result.described
    return (
        f"{described.about.name}: {_describe_extent(described)}. "
        f"Features {choices['features']}, prepared by {choices['prepare']}, segmented by {choices['model']}."
    )


def _describe_extent(described: DescribedCustomers) -> str:
    if described.sales is None:
        return f"{len(described.features.frame):,} customers"
    return f"{described.sales.ledger['rows'].iloc[-1]:,} lines as of {described.features.as_of}"


def _list_facts(result: Result, origin: Provenance) -> dict[str, str]:
    """Enough to find the data, the code and the command again."""
    return {
        "Command": origin.command,
        "Data": f"{result.described.about.name} ({result.described.about.source})",
        "Data digest": result.described.about.digest,
        "Code": origin.code,
        **origin.versions,
    }
