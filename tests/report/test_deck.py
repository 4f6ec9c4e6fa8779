"""The slides: what they say, what they leave out, and that all of it fits."""

import dataclasses
import io
from collections.abc import Iterator
from typing import Any

import pytest

from segmentlab.errors import ConfigError
from segmentlab.evaluation.checks.check import Finding
from segmentlab.lab.config import value_checks
from segmentlab.report.deck import MOST_ON_A_SLIDE, write_deck
from segmentlab.report.figures.segment_sizes import draw_segment_sizes
from segmentlab.report.page import PageContent
from segmentlab.report.prospects import Prospects
from segmentlab.report.slides import HEIGHT, WIDTH, cut_words, measure_words
from segmentlab.report.tables import ReportTable
from tests.report.portraits import write_up_fully
from tests.report.shop import Shop, make_shop

pptx = pytest.importorskip("pptx")

SPEND = ReportTable("Spend", ["Segment", "In 90 days"], [["Champions", "12"], ["All", "12"]])
PROSPECTS = Prospects("In the next 90 days 9 of 90 will order.", "Not tried.", (), [SPEND, SPEND], [])


def write_up(shop: Shop) -> PageContent:
    content = write_up_fully(shop, [draw_segment_sizes(shop.profile)])
    assert content.judgement is not None
    passed = dataclasses.replace(content.judgement, checks=[])
    return dataclasses.replace(content, prospects=PROSPECTS, judgement=passed)


def fail(content: PageContent) -> PageContent:
    assert content.judgement is not None
    failed = Finding("SEG099", "Nothing there", "error", "All is noise.", "Look elsewhere.")
    return dataclasses.replace(content, judgement=dataclasses.replace(content.judgement, checks=[failed]))


def read_slides(content: PageContent) -> list[Any]:
    return list(pptx.Presentation(io.BytesIO(write_deck(content))).slides)


def list_texts(slide: Any) -> Iterator[str]:
    for shape in slide.shapes:
        if shape.has_text_frame:
            yield shape.text_frame.text
        if shape.has_table:
            yield from (cell.text for row in shape.table.rows for cell in row.cells)


def test_it_tells_what_the_page_tells(shop: Shop) -> None:
    slides = read_slides(write_up(shop))
    assert [slide.shapes.title.text for slide in slides] == [
        "Customer segments",
        "Who they are",
        "How large they are, and what sets them apart",
        "What to do",
        "What to expect",
        "What they buy",
        "How sure",
        "Where this came from",
    ]
    first = " ".join(list_texts(slides[0]))
    assert "90 customers fall into 3 segments." in first
    assert "Loyalty program; ask for reviews" in list(list_texts(slides[3]))
    (picture,) = (shape for shape in slides[2].shapes if shape.shape_type == 13)
    assert picture._element.nvPicPr.cNvPr.get("descr").startswith("Customers and revenue by segment. ")


def test_nothing_stands_beyond_the_edge(shop: Shop) -> None:
    long = make_shop([f"A segment of customers with a rather long name, number {n}" for n in range(30)])
    for content in (write_up(shop), write_up(long), fail(write_up(long))):
        for slide in read_slides(content):
            for shape in slide.shapes:
                assert shape.left >= 0
                assert (shape.left + shape.width) / 914_400 <= WIDTH
                assert (shape.top + shape.height) / 914_400 <= HEIGHT, slide.shapes.title.text


def test_many_segments_are_cut_and_it_is_said() -> None:
    slides = read_slides(write_up(make_shop([f"Segment {number}" for number in range(30)])))
    texts = list(list_texts(slides[1]))
    assert f"{30 - MOST_ON_A_SLIDE} more: see the report" in texts


def test_a_failed_check_comes_first_and_nobody_is_told_to_act(shop: Shop) -> None:
    slides = read_slides(fail(write_up(shop)))
    assert "What to do" not in [slide.shapes.title.text for slide in slides]
    first = " ".join(list_texts(slides[0]))
    assert "Do not act on these segments." in first
    assert "SEG099 Nothing there. All is noise." in first
    assert "loyalty program" not in " ".join(text for slide in slides for text in list_texts(slide)).lower()


def test_names_are_only_ever_text() -> None:
    hostile = ["<b>&amp;\x00\x0b]]>", "=1+1", "שלום 🏺\n\ttwo"]
    slides = read_slides(write_up(make_shop(hostile)))
    assert "<b>&amp;  ]]>" in list(list_texts(slides[1]))


def test_long_words_are_cut_to_their_box() -> None:
    box = (0.0, 0.0, 4.0, 1.0)
    assert measure_words(cut_words(["word " * 900], 10, box), 10, 4.0) <= 1.0
    assert cut_words(["a", *["word " * 90] * 5], 10, box)[-1] == "The report has more."


def test_who_has_not_installed_it_is_told_how_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(value_checks, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=r"python -m pip install -e '\.\[slides\]'"):
        value_checks.check_report("slides")
    value_checks.check_report("full")


def test_no_story_means_no_slide(shop: Shop) -> None:
    bare = dataclasses.replace(
        write_up(shop), portrait=None, products=None, prospects=None, judgement=None, pictures=[]
    )
    assert [slide.shapes.title.text for slide in read_slides(bare)] == [
        "Customer segments", "Who they are", "Where this came from",
    ]  # fmt: skip
