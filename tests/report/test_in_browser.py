"""The page and the figures in a real browser: drawn, quiet, offline, on a desk and on a phone."""

import dataclasses
import json

import pytest

from segmentlab.features.contract import Column
from segmentlab.report.html import figure_html
from segmentlab.report.page import page
from tests.browser import Browser
from tests.report.shop import make_shop, write_up
from tests.report.test_page import HOSTILE

pytestmark = pytest.mark.browser

PLOTS = "document.querySelectorAll('[data-figure]').length"
DRAWN = "document.querySelectorAll('.js-plotly-plot .main-svg, .js-plotly-plot canvas').length > 0"


def draw_all(browser: Browser) -> None:
    """Scroll through the page until every figure is drawn."""
    for place in range(browser.run(f"return {PLOTS}")):
        holder = f"document.querySelectorAll('[data-figure]')[{place}]"
        browser.run(f"{holder}.scrollIntoView({{behavior: 'instant'}})")
        browser.until(f"{holder}.querySelectorAll('.main-svg, canvas').length > 0")


@pytest.mark.parametrize("width", [1280, 390])
def test_the_page_draws_every_figure_without_a_complaint(browser, shop, tmp_path, width):
    file = tmp_path / "report.html"
    file.write_text(page(write_up(shop)), encoding="utf-8")
    browser.open(file.as_uri(), width=width)
    draw_all(browser)
    assert browser.run(f"return {PLOTS}") == len(write_up(shop).pictures)
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth"), "scrolls sideways"
    assert browser.errors() == []
    assert browser.requests() == []


def test_a_figure_file_draws_and_offers_no_upload(browser, pictures, tmp_path):
    file = tmp_path / "figure.html"
    file.write_text(figure_html(pictures[0]), encoding="utf-8")
    browser.open(file.as_uri())
    browser.until(DRAWN)
    titles = browser.until(
        "[...document.querySelectorAll('.modebar-btn')].map(b => b.dataset.title).join('|')"
    )
    assert "Download" in titles
    assert "Share" not in titles
    assert browser.errors() == []
    assert browser.requests() == []


@pytest.mark.parametrize(
    "way", ["frame.srcdoc = html", "frame.src = URL.createObjectURL(new Blob([html], html_type))"]
)
def test_a_figure_draws_in_the_sandboxed_frame_of_an_artifact_viewer(browser, pictures, tmp_path, way):
    inside = json.dumps(figure_html(pictures[0])).replace("<", "\\u003c")
    file = tmp_path / "viewer.html"
    file.write_text(
        "<!doctype html><iframe id=frame sandbox=allow-scripts width=900 height=600></iframe><script>"
        f"const html = {inside}, html_type = {{type: 'text/html'}}; {way};</script>",
        encoding="utf-8",
    )
    browser.open(file.as_uri())
    browser.driver.switch_to.frame("frame")
    browser.until(DRAWN)
    assert browser.errors() == []


def test_hostile_names_are_shown_and_do_nothing(browser, tmp_path):
    hostile = make_shop(HOSTILE, [Column(name, name, name) for name in HOSTILE])
    content = dataclasses.replace(write_up(hostile), title=HOSTILE[0], config=HOSTILE[1])
    file = tmp_path / "report.html"
    file.write_text(page(content), encoding="utf-8")
    browser.open(file.as_uri())
    draw_all(browser)
    assert browser.run("return window.hacked") is None
    assert browser.run("return document.querySelectorAll('img').length") == 0
    shown = browser.run(
        "return [...document.querySelectorAll('.ytick text')].map(t => t.textContent).join('|')"
    )
    assert HOSTILE[0] in shown
    assert HOSTILE[2] in shown
    assert browser.errors() == []
