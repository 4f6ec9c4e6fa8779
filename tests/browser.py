"""A real headless Chromium for tests; `pytest_plugins = ["tests.browser"]` makes the fixture known."""

import base64
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.wait import WebDriverWait

FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--enable-unsafe-swiftshader",  # WebGL without a graphics card
    "--disable-features=IsolateSandboxedIframes",  # or the driver hears nothing from a sandboxed frame
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NETWORK = ("http:", "https:", "ws:", "wss:", "ftp:")  # not chrome:, whose icons the browser asks itself for
PATIENCE = 60  # seconds until a page that never gets there fails its test


class Browser:
    """Opens pages at a width, waits for what they should show, and keeps what they complained about."""

    def __init__(self, driver: Chrome) -> None:
        self.driver = driver

    def open(self, url: str, width: int = 1280, height: int = 900) -> None:
        """Open a page; the earlier one is left, and what it logged is forgotten."""
        self.driver.get("about:blank")  # a page of a server that has ended would go on asking for it
        self.driver.get_log("browser")
        self.driver.get_log("performance")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        self.driver.get(url)

    def run(self, script: str) -> Any:
        """The value that a script returns."""
        return self.driver.execute_script(script)

    def until(self, expression: str) -> Any:
        """Wait until an expression is true in the page, and give its value."""
        waiting = WebDriverWait(self.driver, PATIENCE, poll_frequency=0.1)
        return waiting.until(lambda _: self.run(f"return {expression}"), f"never true: {expression}")

    def errors(self) -> list[str]:
        """What the page complained about since it was opened."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]

    def requests(self) -> list[str]:
        """The addresses on a network that the page asked for since it was opened."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
        return [address for address in asked if address.startswith(NETWORK)]


A4 = {"paperWidth": 8.27, "paperHeight": 11.69, "preferCSSPageSize": True, "printBackground": True}  # inches


def count_sheets(browser: Browser) -> int:
    """How many sheets of A4 the open page is printed on."""
    printed = base64.b64decode(browser.driver.execute_cdp_cmd("Page.printToPDF", A4)["data"])
    return len(re.findall(rb"/Type\s*/Page\b", printed))


@contextmanager
def chromium(*flags: str) -> Iterator[Browser]:
    """The browser, until it is no longer needed."""
    options = ChromeOptions()
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for flag in (*FLAGS, *flags):
        options.add_argument(flag)
    # Both named: where one is not, Selenium looks for it on the network.
    options.binary_location = str(shutil.which("chromium"))
    driver = Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        yield Browser(driver)
    finally:
        driver.quit()


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium, once per session; without it the test is skipped, unless the run said it must be there."""
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        reason = "needs chromium and chromedriver (Debian: apt install chromium chromium-driver)"
        if "browser" in os.environ.get("SEGMENTLAB_REQUIRE", "").split(","):
            pytest.fail(f"SEGMENTLAB_REQUIRE names browser, and this {reason}")
        pytest.skip(reason)
    with chromium(f"--user-data-dir={tmp_path_factory.mktemp('chromium')}") as opened:
        yield opened
