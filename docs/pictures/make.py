"""Take the pictures of README and guides anew: `.venv/bin/python -m docs.pictures.make`, with names for some.

They are made at a desk as `make docs` has it, but with a shop of full size. It needs what the browser tests
need: a .venv made by `make test`, chromium with chromium-driver; and Java for the guide of Spark.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.check.desk import Desk
from docs.check.goods import make_goods
from docs.pictures.dashboard import PICTURED, picture_the_dashboard
from docs.pictures.guides import GUIDES
from docs.pictures.shots import keep
from segmentlab.lab.tracking import write_list_route
from tests.browser import Browser, chromium
from tests.commands import Lab
from tests.ui.pages import Pages
from tests.ui.server import make_ui

SETTLED = 1.5  # seconds until a page stands still
OF_THE_README = (
    "report",
    "report_phone",
    "runs",
    "study",
    "compare_runs",
    "artifacts",
    "model_version",
    *PICTURED,
)


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
    lab.run("tune=optuna", "tune.trials=8", f"tune.storage={lab.folder}/study.log").check_returncode()
    lab.run("evaluate=standard").check_returncode()
    latest = lab.runs()[0]
    promote = [sys.executable, "src/promote.py", f"tracking.uri={lab.uri}"]
    subprocess.run([*promote, f"run_id={latest.info.run_id}"], check=True)  # noqa: S603  (our own)
    with make_ui(lab.folder / "mlflow.db", lab.folder / "server.log") as server:
        picture_the_runs(Pages(browser, server.address), lab)
    picture_the_report(lab.download(latest, "report/report.html"), browser)
    picture_the_dashboard(lab, browser)


def picture_the_report(report: Path, browser: Browser) -> None:
    """Its top, on a desk and on a phone."""
    for name, width, height in (("report", 1280, 1000), ("report_phone", 390, 844)):
        browser.open(report.as_uri(), width, height)
        browser.until("document.querySelectorAll('.card').length")
        keep(browser, name)


def picture_the_runs(pages: Pages, lab: Lab) -> None:
    """MLflow's pages: the list in its readable view, a study unfolded, two runs, a report, a version."""
    pages.enter()
    runs = [run for run in lab.runs() if "mlflow.parentRunId" not in run.data.tags]
    found = [run for run in runs if "verdict" in run.data.tags or "checks" in run.data.tags]
    experiment = found[0].info.experiment_id
    listed = write_list_route(experiment).removeprefix("#/")
    pages.open(listed)
    pages.shows("verdict", *(str(run.info.run_name)[:20] for run in found))
    time.sleep(SETTLED)
    keep(pages.browser, "runs", height=700)
    pages.browser.run("document.querySelector('.ag-row [type=button]').click()")  # the first study
    pages.shows("trial 0")
    time.sleep(SETTLED)
    keep(pages.browser, "study", height=800)
    compared = "%22,%22".join(str(run.info.run_id) for run in found[:2])
    pages.open(f"compare-runs?runs=[%22{compared}%22]&experiments=[%22{experiment}%22]")
    pages.shows("Comparing 2 Runs")
    time.sleep(SETTLED)
    keep(pages.browser, "compare_runs")
    pages.open(f"experiments/{experiment}/runs/{found[0].info.run_id}/artifacts/report/report.html")
    with pages.viewer() as frame:
        frame.until("document.querySelector('h1')")
    time.sleep(SETTLED)
    keep(pages.browser, "artifacts")
    pages.open("models/segments/versions/1")
    pages.shows("The report of the run", "champion")
    time.sleep(SETTLED)
    keep(pages.browser, "model_version")


if __name__ == "__main__":
    main(sys.argv[1:])
