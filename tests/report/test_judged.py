"""What axe and Lighthouse say of the pages: nothing, and full marks."""

import pytest

from segmentlab.report.page import write_report_page
from tests.pages.judges import run_lighthouse, serve_folder
from tests.report.pages import PAGES
from tests.report.portraits import write_up_fully
from tests.report.shop import draw

pytestmark = pytest.mark.browser

MOST_BYTES = 4_000_000


def test_axe_finds_nothing_on_the_page_of_a_campaign(axe):
    assert axe(PAGES["plan"](), widths=(390,)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_any_page_by_day_or_by_night(axe, name):
    assert axe(PAGES[name]()) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["report", "data"])
def test_lighthouse_has_nothing_to_add(node_modules, browser, tmp_path, name):  # noqa: ARG001  it needs Chromium
    (tmp_path / "page.html").write_text(PAGES[name](), encoding="utf-8")
    with serve_folder(tmp_path) as address:
        judged = run_lighthouse(node_modules, f"{address}/page.html", tmp_path / "judged.json")
    scores = {name: one["score"] for name, one in judged["categories"].items()}
    assert scores["accessibility"] == scores["best-practices"] == 1
    # How fast it is depends on the machine (`python -m bench.report_page`); how much it is does not.
    requests = judged["audits"]["network-requests"]["details"]["items"]
    # A picture that stands in the page's own text is told as a request, too.
    asked = [one["url"] for one in requests if not one["url"].startswith("data:")]
    assert asked == [f"{address}/page.html"]
    assert requests[0]["transferSize"] < MOST_BYTES
    assert judged["audits"]["cumulative-layout-shift"]["numericValue"] < 0.1


def test_nothing_is_unpacked_before_a_figure_comes_near(browser, shop, tmp_path):
    file = tmp_path / "page.html"
    file.write_text(write_report_page(write_up_fully(shop, draw(shop)[:2])), encoding="utf-8")
    browser.open(file.as_uri())
    browser.until("document.readyState === 'complete'")
    assert browser.run("return window.Plotly === undefined")
    browser.run("document.querySelector('[data-figure]').scrollIntoView({behavior: 'instant'})")
    browser.until("window.Plotly !== undefined && document.querySelector('.main-svg') !== null")
    assert browser.errors() == []
