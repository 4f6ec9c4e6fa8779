"""Pictures of the dashboard: the marketer's pages on a desk, and the first one on a phone."""

import sys
from pathlib import Path
from subprocess import run
from typing import Final

from selenium.webdriver.support.wait import WebDriverWait

from docs.pictures.shots import keep
from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.dashboard import DashboardSettings
from tests.browser import Browser
from tests.commands import Lab
from tests.lab.dashboard.served import SLOWEST, STILL, make_settings, serve_dashboard

DESK, PHONE = (1280, 900), (390, 844)
PICTURED: Final = {
    "dashboard_segments": ("", DESK, "Who they are"),
    "dashboard_changes": ("changes", DESK, "Segments on both days"),
    "dashboard_customers": ("customers", DESK, "Download this list"),
    "dashboard_phone": ("", PHONE, "Who they are"),
    "dashboard_runs": ("runs", DESK, "Numbers, checks and verdict"),
    "dashboard_explore": ("explore", DESK, "The command line that does the same"),
}
DAYS: Final = ("2011-10-10", "2011-12-10")


def picture_the_dashboard(lab: Lab, browser: Browser) -> None:
    """Score two days by the champion, and show what became of everybody."""
    settings = make_settings(lab.folder)
    store = [f"tracking.uri={lab.uri}", f"cache_folder={settings.cache_folder}"]
    for day in DAYS:
        words = [f"as_of={day}", f"history={settings.history}", f"output={lab.folder / day}.parquet"]
        _do("score", *store, *words, f"data.folder={lab.folder / 'worlds'}")
    show_pages(settings, browser, lab.folder)


def show_pages(settings: DashboardSettings, browser: Browser, folder: Path) -> None:
    """Open each page, and keep it when it stands still."""
    with serve_dashboard(settings, folder / "dashboard.log") as address:
        for name, (path, (width, height), text) in PICTURED.items():
            browser.open(f"{address}/{path}", width, height)
            shown = f"return document.body.innerText.includes('{text}') && {STILL}"
            WebDriverWait(browser.driver, SLOWEST).until(lambda _, shown=shown: browser.run(shown), name)
            keep(browser, name)


def _do(command: str, *words: str) -> None:
    run([sys.executable, str(ROOT / "src" / f"{command}.py"), *words], check=True, cwd=ROOT)  # noqa: S603  (our own)
