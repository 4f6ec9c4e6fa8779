"""Take the pictures of README and guides anew: `.venv/bin/python -m docs.pictures.make`, with names for some.

They are made at a desk as `make docs` has it, but with a shop of full size. It needs what the browser tests
need: a .venv made by `make test`, chromium with chromium-driver; and Java for the guide of Spark.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from docs.check.desk import Desk
from docs.check.goods import make_goods
from docs.pictures.guides import GUIDES
from docs.pictures.shots import keep
from tests.browser import Browser, chromium
from tests.commands import Lab
from tests.ui.pages import Pages
from tests.ui.server import make_ui

SHOWN = (
    "model.n_clusters",
    "separation/silhouette",
    "separation/davies_bouldin",
    "segments/smallest_share",
    "truth/adjusted_rand",
)
HIDDEN = ("Dataset", "Source", "Models")
SETTLED = 1.5  # seconds until a page stands still
OF_THE_README = ("report", "report_phone", "runs")


def main(names: list[str]) -> None:
    """All pictures, or those of these names."""
    if unknown := set(names) - {*OF_THE_README, *GUIDES}:
        sys.exit(
            f"No picture is called {', '.join(sorted(unknown))}: {', '.join((*OF_THE_README, *GUIDES))}."
        )
    chosen = set(names) or {*OF_THE_README, *GUIDES}
    with TemporaryDirectory() as folder, chromium() as browser:
        if chosen & {*OF_THE_README}:
            picture_the_lab(Lab(Path(folder)), browser)
        if guides := {name: GUIDES[name] for name in GUIDES if name in chosen}:
            picture_the_guides(Path(folder) / "desk", browser, guides)


def picture_the_guides(
    folder: Path, browser: Browser, guides: dict[str, tuple[Callable[[Desk, Browser], None], str]]
) -> None:
    """Each guide at a desk as its reader finds it."""
    desk = Desk(folder, make_goods(folder / "goods", customers=5000), small=False)
    desk.lay()
    if any(state == "lived_in" for _, state in guides.values()):
        desk.live_in()
    for name, (picture, state) in guides.items():
        desk.clear(state)
        picture(desk, browser)
        print(name, flush=True)


def picture_the_lab(lab: Lab, browser: Browser) -> None:
    """Segment the default world into three to six segments, and show the runs and a report."""
    sweep = f"hydra.sweep.dir={lab.folder}/sweep"
    lab.run("-m", "model.n_clusters=3,4,5,6", sweep).check_returncode()
    with make_ui(lab.folder / "mlflow.db", lab.folder / "server.log") as server:
        picture_the_runs(Pages(browser, server.address))
    lab.run("evaluate=standard").check_returncode()
    picture_the_report(lab, browser)


def picture_the_report(lab: Lab, browser: Browser) -> None:
    """The top of the report of the latest run, on a desk and on a phone."""
    report = lab.download(lab.runs()[0], "report/report.html").as_uri()
    for name, width, height in (("report", 1280, 1000), ("report_phone", 390, 844)):
        browser.open(report, width, height)
        browser.until("document.querySelectorAll('.card').length")
        keep(browser, name)


def picture_the_runs(pages: Pages) -> None:
    """The run list of MLflow with the columns that tell the runs apart."""
    pages.enter()
    pages.press("//a[text()='segmentlab']")
    menu = "//button[normalize-space()='Columns']"
    pages.press(menu)
    for name in (*HIDDEN, *SHOWN):
        choose_column(pages.browser, name)
    pages.press(menu)
    pages.shows("Parameters", *SHOWN)
    keep(pages.browser, "runs", height=420)


def choose_column(browser: Browser, name: str) -> None:
    """Show or hide a column: there are so many that each has to be searched for, and its group unfolded."""
    driver = browser.driver
    search = driver.find_element(By.XPATH, "//input[@placeholder='Search columns']")
    search.send_keys(Keys.CONTROL + "a" + Keys.NULL + Keys.BACKSPACE, name)
    time.sleep(SETTLED)
    for folded in driver.find_elements(
        By.XPATH, "//*[@role='dialog']//*[contains(@class, 'switcher_close')]"
    ):
        folded.click()
        time.sleep(SETTLED)
    row = f"//*[@role='dialog']//*[contains(@class, 'tree-treenode')][normalize-space()='{name}']"
    driver.find_element(By.XPATH, f"{row}//*[contains(@class, 'tree-checkbox')]").click()


if __name__ == "__main__":
    main(sys.argv[1:])
