"""The marketer's story from start to end in a real browser, by mouse, by keyboard and on a phone."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.common.exceptions import (
    ElementClickInterceptedException,
    NoSuchElementException,
    StaleElementReferenceException,
)
from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import Browser
from tests.lab.dashboard.conftest import ShownShop
from tests.lab.dashboard.served import SLOWEST, STILL, serve_dashboard

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MOVING = (NoSuchElementException, StaleElementReferenceException, ElementClickInterceptedException)
FITS = "return document.documentElement.scrollWidth <= window.innerWidth"


class Visitor:
    """Somebody with a browser at the dashboard; pictures go to the folder that SEGMENTLAB_SHOTS names."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address

    def open(self, path: str = "", width: int = 1440) -> None:
        self.browser.open(f"{self.address}/{path}", width=width, height=1100)
        self.browser.driver.set_script_timeout(SLOWEST)

    def sees(self, *texts: str) -> None:
        """Wait until the page shows every text and stands still."""
        waiting = WebDriverWait(self.browser.driver, SLOWEST, 0.2)
        for text in texts:
            shown = f"return document.body.innerText.includes({json.dumps(text)})"
            waiting.until(lambda _, shown=shown: self.browser.run(shown), f"never shown: {text}")
        waiting.until(lambda _: self.browser.run(f"return {STILL}"), "never still")
        assert "Traceback" not in self.browser.run("return document.body.innerText")

    def press(self, xpath: str) -> None:
        """Once it is there: Streamlit draws a page anew, piece by piece, whenever something was typed."""
        waiting = WebDriverWait(self.browser.driver, SLOWEST, 0.2, ignored_exceptions=MOVING)
        waiting.until(lambda driver: driver.find_element(By.XPATH, xpath).click() is None, f"no {xpath}")

    def type_into(self, label: str, text: str) -> None:
        waiting = WebDriverWait(self.browser.driver, SLOWEST, 0.2, ignored_exceptions=MOVING)
        place = f"input[aria-label='{label}']"
        field = waiting.until(lambda driver: driver.find_element(By.CSS_SELECTOR, place), f"no {label}")
        field.send_keys(Keys.CONTROL + "a" + Keys.NULL + Keys.BACKSPACE, text, Keys.ENTER)

    def keep(self, name: str) -> None:
        if folder := os.environ.get("SEGMENTLAB_SHOTS"):
            self.browser.driver.save_screenshot(str(Path(folder) / f"{name}.png"))


@pytest.fixture(scope="module")
def visitor(
    shown: ShownShop, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visitor]:
    log = tmp_path_factory.mktemp("served") / "server.log"
    with serve_dashboard(shown.settings, log) as address:
        yield Visitor(browser, address)


def test_from_segments_to_a_campaign(visitor: Visitor, shown: ShownShop) -> None:
    visitor.open()
    visitor.sees("Customers", "300", "Won", "Lost", "Who they are")
    visitor.keep("segments")
    asked = visitor.browser.requests()
    assert asked  # only of this machine, and nothing of anybody else
    assert all(address.split("/")[2].startswith("127.0.0.1") for address in asked)

    visitor.press("//a[.//*[text()='What changed']]")
    visitor.sees("Segments on both days", "From where to where", "Download this list")
    visitor.keep("changes")

    visitor.press("//a[.//*[text()='Customers']]")
    visitor.sees("of 300 customers", "Look at one customer")
    visitor.type_into("Look at one customer", shown.customers["customer_id"].iloc[0])
    visitor.sees("Purchases", "What they may buy again")
    visitor.keep("customers")

    visitor.press("//a[.//*[text()='Campaign']]")
    visitor.sees("Goal", "Budget")
    visitor.type_into("Budget", "20")
    visitor.press("//button[.//*[text()='Plan']]")
    visitor.sees("Contacted", "Left alone", "segmentlab campaign", "read only")
    visitor.keep("campaign")

    visitor.press("//a[.//*[text()='Products']]")
    visitor.sees("They buy", "Download these products")
    visitor.keep("products")


def test_the_menu_is_reached_and_used_by_the_keyboard(visitor: Visitor) -> None:
    visitor.open()
    visitor.sees("Who they are")
    driver = visitor.browser.driver
    for _ in range(40):
        ActionChains(driver).send_keys(Keys.TAB).perform()
        if "What changed" in driver.switch_to.active_element.text:
            break
    ActionChains(driver).send_keys(Keys.ENTER).perform()
    visitor.sees("Segments on both days")


@pytest.mark.parametrize("path", ["", "changes", "customers", "campaign", "products"])
def test_pages_fit_a_phone(visitor: Visitor, path: str) -> None:
    visitor.open(path, width=390)
    visitor.sees({"": "Segments", "changes": "What changed"}.get(path, path.capitalize()))
    visitor.keep(f"{path or 'segments'}_phone")
    assert visitor.browser.run(FITS)
