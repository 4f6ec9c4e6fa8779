"""The report as slides: about eight of them, with the pictures and the words of the page."""

from collections.abc import Mapping
from typing import Final

from segmentlab.flow import Picture
from segmentlab.report.answer import describe_answer
from segmentlab.report.cards import Card, Story, make_cards, tell_stories
from segmentlab.report.failure import Failure, find_failure
from segmentlab.report.page import PageContent
from segmentlab.report.since_last_time import Change
from segmentlab.report.slides import ALARM, BODY, MARGIN, TOP, WIDTH, Box, Slides
from segmentlab.report.tables import ReportTable
from segmentlab.report.trust import (
    describe_segment_sureness,
    describe_sureness,
    describe_verdict,
    explain_verdict,
)
from segmentlab.report.wording import format_count

MOST_ON_A_SLIDE: Final = 10  # segments; the report has them all
SHOWN_MEDIANS: Final = 3  # features that fit beside a name
HALF: Final = (WIDTH - 2 * MARGIN - 0.3) / 2
LEFT: Final[Box] = (MARGIN, TOP, HALF, BODY[3])
RIGHT: Final[Box] = (MARGIN + HALF + 0.3, TOP, HALF, BODY[3])
PROVENANCE_LETTERS: Final = 300
SURE_PICTURES: Final = ("nulls", "silhouette_plot", "projection_2d")  # the first that there is


def write_deck(content: PageContent) -> bytes:
    """Write the slides; what is not known has none, and what nobody should act on says so first."""
    told = tell_stories(content.portrait, content.products, describe_segment_sureness(content.judgement))
    cards = make_cards(content.profile, content.columns, told)
    pictures = {picture.name: picture for picture in content.pictures}
    slides, failure = Slides(), find_failure(content.judgement)
    _add_first_slide(slides, content, failure)
    slides.add_table(slides.add("Who they are"), _shorten_table(_make_who_table(cards)))
    shown = [pictures[name] for name in ("segment_sizes", "profile_heatmap") if name in pictures]
    if shown:
        _add_pictures(slides, "How large they are, and what sets them apart", shown)
    if isinstance(content.change, Change):
        _add_change_slide(slides, content.change)
    if failure is None and any(card.story.actions for card in cards):
        slides.add_table(slides.add("What to do"), _shorten_table(_make_action_table(cards)))
    if content.prospects is not None:
        _add_prospects_slide(slides, content)
    if any(card.story.buys for card in cards):
        slides.add_table(slides.add("What they buy"), _shorten_table(_make_product_table(told, content)))
    if content.judgement is not None:
        _add_trust_slide(slides, content, pictures)
    slides.add_table(slides.add("Where this came from"), _make_provenance_table(content))
    return slides.save()


def _add_first_slide(slides: Slides, content: PageContent, failure: Failure | None) -> None:
    slide = slides.add(content.title)
    top = TOP + slides.add_words(slide, [content.subtitle], (MARGIN, TOP, BODY[2], 0.9)) + 0.2
    if failure is not None:
        warning = [failure.title, *(f"{name}. {words}" for name, words in failure.reasons)]
        box = (MARGIN, top, BODY[2], 2.4)
        top += slides.add_words(slide, warning, box, colour="#ffffff", fill=ALARM) + 0.2
    words = [describe_answer(content.profile)]
    if content.money:
        words.append(content.money)
    if content.judgement is not None:
        words.append(describe_sureness(content.judgement))
    slides.add_words(slide, words, (MARGIN, top, BODY[2], TOP + BODY[3] - top))


def _add_change_slide(slides: Slides, change: Change) -> None:
    slide = slides.add("What changed since last time")
    top = TOP + slides.add_words(slide, [change.lead], (MARGIN, TOP, BODY[2], 1.6)) + 0.2
    box = (MARGIN, top, BODY[2], TOP + BODY[3] - top)
    if change.tables:
        slides.add_table(slide, _shorten_table(change.tables[0]), box)


def _make_who_table(cards: list[Card]) -> ReportTable:
    """Each segment with its size and what is typical of it, as on its card."""
    money, true = any(card.revenue_share for card in cards), any(card.truth for card in cards)
    medians = cards[0].medians[:SHOWN_MEDIANS] if cards else []
    headings = ["Segment", "Customers", "Of customers", *(["Of revenue"] if money else [])]
    headings += [f"{one.feature}{f' ({one.unit})' if one.unit else ''}, median" for one in medians]
    rows = [
        [card.name, card.customers, card.customer_share, *([card.revenue_share or ""] if money else []),
         *(one.value for one in card.medians[:SHOWN_MEDIANS]), *([card.truth] if true else [])]
        for card in cards
    ]  # fmt: skip
    return ReportTable("Who they are", [*headings, *(["Its name is"] if true else [])], rows)


def _make_action_table(cards: list[Card]) -> ReportTable:
    rows = [
        [card.name, card.customers, _begin_sentence("; ".join(card.story.actions)), card.story.reason]
        for card in cards
        if card.story.actions
    ]
    return ReportTable("What to do", ["Segment", "Customers", "What to do", "Why the name"], rows)


def _begin_sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _make_product_table(told: Mapping[int, Story], content: PageContent) -> ReportTable:
    rows = [
        [str(content.profile["name"][segment]), "; ".join(story.buys), story.alike or "More than others"]
        for segment, story in told.items()
        if story.buys
    ]
    return ReportTable("What they buy", ["Segment", "Products", "Beside others who buy as much"], rows)


def _shorten_table(table: ReportTable) -> ReportTable:
    """As many rows as a slide holds, and how many are left out."""
    left = len(table.rows) - MOST_ON_A_SLIDE
    if left <= 0:
        return table
    last = [f"{format_count(left)} more: see the report", *[""] * (len(table.headings) - 1)]
    return table._replace(rows=[*table.rows[:MOST_ON_A_SLIDE], last])


def _add_pictures(slides: Slides, title: str, shown: list[Picture]) -> None:
    slide = slides.add(title)
    for picture, box in zip(shown, (LEFT, RIGHT) if len(shown) > 1 else (BODY,), strict=True):
        slides.add_picture(slide, picture, box)


def _add_prospects_slide(slides: Slides, content: PageContent) -> None:
    assert content.prospects is not None
    slide = slides.add("What to expect")
    words = [content.prospects.lead, content.prospects.trust]
    top = TOP + slides.add_words(slide, words, (MARGIN, TOP, BODY[2], 1.6)) + 0.2
    _, spend, *_ = content.prospects.tables
    shown = _shorten_table(spend._replace(rows=spend.rows[:-1]))
    table = spend._replace(rows=[*shown.rows, spend.rows[-1]])
    slides.add_table(slide, table, (MARGIN, top, BODY[2], TOP + BODY[3] - top))


def _add_trust_slide(slides: Slides, content: PageContent, pictures: Mapping[str, Picture]) -> None:
    assert content.judgement is not None
    slide, judgement = slides.add("How sure"), content.judgement
    words = [explain_verdict(judgement)]
    if judgement.verdict is not None:
        words = [f"Verdict: {judgement.verdict.kind}.", *words]
        words.append(describe_verdict(judgement.verdict, content.profile["name"]))
    words += [f"{check.severity.capitalize()}: {check.code} {check.title}." for check in judgement.checks]
    if not judgement.checks:
        words.append("No check fired.")
    shown = [pictures[name] for name in SURE_PICTURES if name in pictures]
    slides.add_words(slide, words, LEFT if shown else BODY)
    if shown:
        slides.add_picture(slide, shown[0], RIGHT)


def _make_provenance_table(content: PageContent) -> ReportTable:
    rows = [[name, value[:PROVENANCE_LETTERS]] for name, value in content.provenance.items()]
    return ReportTable("Where this came from", ["What", "Which"], rows)
