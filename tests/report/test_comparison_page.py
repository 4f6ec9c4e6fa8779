"""The comparison page in a real browser: what decides is seen without scrolling sideways."""

from pathlib import Path

import pytest

from tests.browser import Browser
from tests.report.pages import write_comparison

LAST = "[...document.querySelectorAll('#ranks th')].find(cell => cell.textContent === '{}')"


@pytest.mark.browser
def test_verdict_and_checks_are_seen_at_once(browser: Browser, tmp_path: Path) -> None:
    page = tmp_path / "comparison.html"
    page.write_text(write_comparison(), encoding="utf-8")
    browser.open(page.as_uri(), 1440, 900)
    for heading in ("Verdict", "Checks", "Id"):
        box = browser.run(f"return {LAST.format(heading)}.getBoundingClientRect().toJSON()")
        assert 0 <= box["left"] < box["right"] <= 1440, heading
        assert box["bottom"] <= 900, heading
    browser.driver.save_screenshot(str(tmp_path / "comparison.png"))
