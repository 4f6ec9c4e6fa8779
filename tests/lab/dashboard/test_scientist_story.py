"""The data scientist's story from start to end in a real browser, by mouse, by keyboard and on a phone."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from mlflow import MlflowClient
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from segmentlab.lab.dashboard import DashboardSettings
from tests.browser import Browser
from tests.lab.dashboard.served import serve_dashboard
from tests.lab.dashboard.test_marketer_story import FITS, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PATHS = {
    "runs": "Who changed",
    "explore": "Evidence",
    "what-if": "The nearest border",
    "studies": "What was there to choose from?",
    "promote": "The gates",
}


@pytest.fixture(scope="module")
def scientist(
    laboratory: DashboardSettings, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Visitor]:
    """Somebody who may write, at the store of the laboratory."""
    log = tmp_path_factory.mktemp("served") / "server.log"
    with serve_dashboard(replace(laboratory, write=True), log) as address:
        yield Visitor(browser, address)


def test_from_runs_to_a_promotion(scientist: Visitor, laboratory: DashboardSettings) -> None:
    scientist.open("runs")
    scientist.sees("Numbers, checks and verdict", "Adjusted Rand index", "Who changed", "Download this list")
    scientist.keep("runs")

    scientist.press("//a[.//*[text()='Explore']]")
    scientist.sees("Evidence", "The command line that does the same", "n_clusters=5")
    slider = scientist.browser.driver.find_element(By.CSS_SELECTOR, "input[type=range]")
    slider.send_keys(Keys.ARROW_LEFT)  # a keyboard is enough
    scientist.sees("n_clusters=4", "Tried so far", "Are there gaps between the segments?")
    scientist.keep("explore")

    scientist.press("//a[.//*[text()='What if']]")
    scientist.sees("The nearest border", "this customer would be in")
    scientist.keep("what_if")

    scientist.press("//a[.//*[text()='Studies']]")
    scientist.sees("3 trials looked for silhouette and davies bouldin", "model.n_clusters=4")
    scientist.keep("studies")

    scientist.press("//a[.//*[text()='Promote and run again']]")
    scientist.sees("Promoting is off: a gate is shut")
    scientist.type_into("Reason to promote it all the same", "for a test")
    scientist.sees("force=true", "Promote this run")
    scientist.press("//button[.//*[text()='Promote this run']]")
    scientist.sees("This run is champion already")
    scientist.keep("promoted")
    client = MlflowClient(laboratory.uri)
    version = client.get_model_version_by_alias(laboratory.name, "champion")
    assert version.tags["segmentlab.reason"] == "for a test"


@pytest.mark.parametrize("path", PATHS)
def test_every_page_fits_a_phone(scientist: Visitor, path: str) -> None:
    scientist.open(path, width=390)
    scientist.sees(PATHS[path])
    scientist.keep(f"phone_{path}")
    assert scientist.browser.run(FITS)
