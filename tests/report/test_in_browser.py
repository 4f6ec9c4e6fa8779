"""The page and the figures in a real browser: drawn, quiet, offline, on a desk and on a phone."""

import dataclasses
import json
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from segmentlab.features.feature_set import Column
from segmentlab.flow import Picture
from segmentlab.report.chapters import PAPER_FIGURES
from segmentlab.report.figures.profile import draw_profile_heatmap
from segmentlab.report.page import MOST_CARDS, TOLD_ALREADY, PageContent, write_report_page
from tests.browser import Browser, count_sheets
from tests.report.portraits import make_customers, make_portrait, make_products, write_up_fully
from tests.report.shop import Shop, draw, make_shop
from tests.report.test_answer_first import write_up_week
from tests.report.test_page import HOSTILE
from tests.report.test_page_parts import HOSTILE_IDS

pytestmark = pytest.mark.browser

PLOTS = "document.querySelectorAll('[data-figure]').length"
DRAWN = "document.querySelectorAll('.js-plotly-plot .main-svg, .js-plotly-plot canvas').length > 0"


def draw_all(browser: Browser) -> None:
    """Scroll through the page until every figure is drawn."""
    for place in range(browser.run(f"return {PLOTS}")):
        holder = f"document.querySelectorAll('[data-figure]')[{place}]"
        browser.run(f"{holder}.scrollIntoView({{behavior: 'instant'}})")
        browser.until(f"{holder}.querySelectorAll('.main-svg, canvas').length > 0")


def read(browser: Browser, content: PageContent, folder: Path, width: int = 1280) -> None:
    """Open a report."""
    file = folder / "report.html"
    file.write_text(write_report_page(content), encoding="utf-8")
    browser.open(file.as_uri(), width=width)


def draw_profile(shop: Shop) -> Picture:
    """A figure that pages show."""
    return draw_profile_heatmap(shop.profile, shop.columns, shop.prepared, shop.labels)


def search(browser: Browser, text: str) -> list[list[str]]:
    """Type into the search, and give what it finds."""
    field = browser.driver.find_element("id", "customer-id")
    field.clear()
    field.send_keys(text)
    return browser.run(
        "return [...document.querySelectorAll('#customers-found tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.textContent))"
    )


def quiet(browser: Browser) -> bool:
    """Nothing was complained about, nothing asked of a network, and nothing runs off the side."""
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth"), "scrolls sideways"
    return browser.errors() == [] and browser.requests() == []


@pytest.mark.parametrize("width", [1280, pytest.param(390, marks=pytest.mark.slow)])
def test_the_page_draws_every_figure_without_a_complaint(browser, shop, tmp_path, width):
    content = write_up_fully(shop, draw(shop))
    read(browser, content, tmp_path, width)
    draw_all(browser)
    assert browser.run(f"return {PLOTS}") == len(content.pictures) - len(TOLD_ALREADY)
    assert quiet(browser)


@pytest.mark.slow
@pytest.mark.parametrize("width", [1280, 390])
def test_the_contents_lead_to_each_section_and_follow_the_reader(browser, shop, tmp_path, width):
    read(browser, write_up_fully(shop, [draw_profile(shop)]), tmp_path, width)
    sections = browser.run(
        "return [...document.querySelectorAll('nav a')].filter(a => a.offsetParent).map(a => a.hash)"
    )
    assert {"#segments", "#evidence", "#detail", "#customers", "#figures", "#provenance"} <= set(sections)
    assert ("#detail-1" in sections) == (width > 600), "a phone has room for the sections alone"
    browser.run("document.documentElement.style.scrollBehavior = 'auto'")
    for section in sections:
        link = f"document.querySelector('nav a[href=\"{section}\"]')"
        browser.run(f"{link}.click()")
        assert browser.until(f"document.querySelector('{section}').getBoundingClientRect().top < innerHeight")
    assert browser.until("document.querySelector('nav a[aria-current]').hash === '#provenance'")
    browser.run("scrollTo(0, 0)")
    assert browser.until("document.querySelector('nav a[aria-current]').hash === '#segments'")
    assert quiet(browser)


def test_a_segment_opens_when_its_card_is_followed(browser, shop, tmp_path):
    read(browser, write_up_fully(shop), tmp_path)
    closed = browser.driver.find_element("css selector", "#detail-1 .overview")
    assert not closed.is_displayed()
    browser.driver.find_element("css selector", ".card a[href='#detail-1']").send_keys(Keys.ENTER)
    assert browser.until("document.getElementById('detail-1').open")
    assert closed.is_displayed()


def test_the_first_key_skips_to_the_segments(browser, shop, tmp_path):
    read(browser, write_up_fully(shop), tmp_path)
    browser.driver.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.driver.switch_to.active_element.text == "Skip to the segments"
    assert quiet(browser)


@pytest.mark.slow
def test_a_segment_is_hidden_by_its_entry_in_the_legend(browser, shop, tmp_path):
    pictures = [picture for picture in draw(shop) if picture.name == "projection_2d"]
    read(browser, write_up_fully(shop, pictures), tmp_path)
    draw_all(browser)
    points = "document.querySelectorAll('#plot-projection_2d .trace.scatter').length"
    shown = browser.run(f"return {points}")
    browser.driver.find_element("css selector", "#plot-projection_2d .legendtoggle").click()
    assert browser.until(f"{points} === {shown - 1}")
    assert browser.errors() == []


@pytest.mark.parametrize("width", [1280, 390])
def test_customers_are_found_by_their_ids(browser, shop, tmp_path, width):
    read(browser, write_up_fully(shop), tmp_path, width)
    told = "document.getElementById('customers-told').textContent"
    (row,) = search(browser, " C0031 ")
    assert row[:3] == ["c0031", "Loyal", "0.875"]
    assert len(search(browser, "c00")) == 50
    assert browser.run(f"return {told}") == "90 customers found; the first 50 are shown."
    assert search(browser, "nobody") == []
    assert browser.run(f"return {told}") == "No customer found."
    assert quiet(browser)


MOST_SHEETS = 12


@pytest.mark.slow
def test_a_full_report_takes_at_most_twelve_sheets_and_opens_nothing(browser, shop, tmp_path):
    config = "\n".join(f"key{line}: value" for line in range(1500))
    content = dataclasses.replace(write_up_week(shop), pictures=draw(shop), config=config)
    read(browser, content, tmp_path)
    assert 2 <= count_sheets(browser) <= MOST_SHEETS
    assert browser.run("return document.querySelectorAll('details[open]').length") == 0
    drawn = browser.run("return [...document.querySelectorAll('[data-drawn]')].map(one => one.id.slice(5))")
    assert PAPER_FIGURES & {picture.name for picture in content.pictures} <= set(drawn)
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    hidden = "[...document.querySelectorAll('pre, #customers, details, figure.screen')]"
    assert browser.run(f"return {hidden}.filter(one => one.checkVisibility()).length") == 0
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert browser.errors() == []


@pytest.mark.parametrize("width", [1440, 390])
def test_who_what_changed_and_what_to_do_are_within_the_first_screens(browser, shop, tmp_path, width):
    read(browser, write_up_week(shop), tmp_path, width)
    begins = browser.run(
        "return Object.fromEntries([...document.querySelectorAll('main > section')]"
        ".map(one => [one.id, one.getBoundingClientRect().top + scrollY]))"
    )
    order = ["segments", "changes", "this-week", "how-sure", "evidence", "outlook", "detail", "provenance"]
    assert sorted(order, key=begins.__getitem__) == order
    screens = {1440: 1.5, 390: 4}[width]  # of 900 pixels
    assert begins["changes"] < screens * 900
    assert quiet(browser)


def test_words_are_explained_to_whoever_asks_with_keys_alone(browser, shop, tmp_path):
    read(browser, write_up_week(shop), tmp_path)
    asked = browser.driver.find_element("css selector", "#segments .terms summary")
    explained = browser.driver.find_element("css selector", "#segments .terms dl")
    assert not explained.is_displayed()
    asked.send_keys(Keys.ENTER)
    assert browser.until("document.querySelector('#segments .terms').open")
    assert "days since the last purchase" in explained.text


@pytest.mark.slow
@pytest.mark.parametrize(("segments", "noise"), [(1, False), (1, True), (60, False)])
def test_few_and_many_segments_fit(browser, tmp_path, segments, noise):
    shop = make_shop([f"Segment of {number}" for number in range(segments)], noise=noise)
    read(browser, write_up_fully(shop, [draw_profile(shop)]), tmp_path)
    draw_all(browser)
    cards = segments if segments <= MOST_CARDS else 0
    assert browser.run("return document.querySelectorAll('.card').length") == cards
    assert quiet(browser)


def test_a_figure_offers_no_upload(browser, shop, pictures, tmp_path):
    read(browser, write_up_fully(shop, pictures[1:2]), tmp_path)
    draw_all(browser)
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
def test_a_page_draws_in_the_sandboxed_frame_of_an_artifact_viewer(browser, shop, pictures, tmp_path, way):
    inside = json.dumps(write_report_page(write_up_fully(shop, pictures[1:2]))).replace("<", "\\u003c")
    file = tmp_path / "viewer.html"
    file.write_text(
        "<!doctype html><iframe id=frame sandbox=allow-scripts width=900 height=600></iframe><script>"
        f"const html = {inside}, html_type = {{type: 'text/html'}}; {way};</script>",
        encoding="utf-8",
    )
    browser.open(file.as_uri())
    browser.driver.switch_to.frame("frame")
    browser.until("document.querySelector('[data-figure]')")
    draw_all(browser)
    assert browser.errors() == []


def test_hostile_names_are_shown_and_do_nothing(browser, tmp_path):
    shop = make_shop(HOSTILE, [Column(name, name, name) for name in HOSTILE])
    descriptions = [*HOSTILE, "שלום 🏺 'quoted' \"twice\"", "<b>" + "x" * 10_000]
    portrait = make_portrait(shop)
    portrait.names[["description", "reason", "actions"]] = HOSTILE
    customers = make_customers(shop)
    customers.loc[range(len(HOSTILE_IDS)), "customer_id"] = HOSTILE_IDS
    content = dataclasses.replace(
        write_up_fully(shop, draw(shop)),
        title=HOSTILE[0], config=HOSTILE[1], notes=HOSTILE, customers=customers,
        portrait=dataclasses.replace(portrait, rules=portrait.rules.assign(rule=HOSTILE[1])),
        products=make_products(shop, descriptions),
    )  # fmt: skip
    read(browser, content, tmp_path)
    draw_all(browser)
    assert [search(browser, customer)[0][0] for customer in HOSTILE_IDS[:5]] == list(HOSTILE_IDS[:5])
    browser.run("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert quiet(browser)
    assert browser.run("return window.hacked") is None
    assert browser.run("return document.querySelectorAll('img').length") == 0
    shown = browser.run(
        "return [...document.querySelectorAll('.ytick text')].map(t => t.textContent).join('|')"
    )
    assert HOSTILE[0] in shown
    assert HOSTILE[2] in shown
