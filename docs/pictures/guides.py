"""One picture for each guide, made by the guide's own commands."""

import time
from collections.abc import Callable
from dataclasses import replace

from docs.check.desk import Desk, Done
from docs.check.pages import Command, Page
from docs.check.servers import free_port, served
from docs.pictures.shots import keep, keep_figure, keep_terminal, newest
from segmentlab.lab.config.folders import ROOT
from tests.browser import Browser
from tests.ui.pages import Pages

SETTLED = 2  # seconds until a page stands still


def obey(desk: Desk, guide: str, *parts: str, most: int = 9) -> list[Done]:
    """Run the first commands of a guide that contain one of the parts, with the files that it shows."""
    page = Page(ROOT, f"docs/guides/{guide}.md")
    for block in page.blocks:
        if block.file:
            desk.write(block.file, block.text)
    chosen = [command for command in page.commands if any(part in command.text for part in parts)]
    done = [desk.run(command) for command in chosen[:most]]
    for one in done:
        if one.failed:
            raise ValueError(f"{one.command} failed:\n{one.output}")
    return done


def first_run(desk: Desk, browser: Browser) -> None:
    """The end of the first run."""
    (done,) = obey(desk, "first_run", "model=kmeans")
    keep_terminal(browser, desk, "first_run", (done, "rfm kmeans"))


def your_own_data(desk: Desk, browser: Browser) -> None:
    """How a file would be read."""
    (done,) = obey(desk, "your_own_data", "look=true")
    keep_terminal(browser, desk, "your_own_data", (done, ""))


def choose_k(desk: Desk, browser: Browser) -> None:  # noqa: ARG001
    """Every view over the number of segments."""
    obey(desk, "choose_k", "n_clusters=3,4,5,6")
    keep_figure(desk, "choose_k", "k_scan")


def read_the_evidence(desk: Desk, browser: Browser) -> None:
    """The section of the report."""
    obey(desk, "read_the_evidence", "prepare=suggested", most=1)
    browser.open(newest(desk, "report/report.html").as_uri(), 1280, 1100)
    browser.until("document.querySelectorAll('.card').length")
    browser.run("document.querySelector('#evidence').scrollIntoView({behavior: 'instant'})")
    time.sleep(SETTLED)
    keep(browser, "read_the_evidence")


def tune(desk: Desk, browser: Browser) -> None:  # noqa: ARG001
    """What there was to choose from."""
    obey(desk, "tune", "model=hdbscan")
    keep_figure(desk, "tune", "study_front")


def promote(desk: Desk, browser: Browser) -> None:
    """Gates, numbers, and the new champion."""
    *_, done = obey(desk, "promote", "model=kmeans", "promote.py", most=3)
    keep_terminal(browser, desk, "promote", (done, "Run "))


def score(desk: Desk, browser: Browser) -> None:
    """What a scoring says."""
    (done,) = obey(desk, "score", "output=scored.parquet")
    keep_terminal(browser, desk, "score", (done, ""))


def watch(desk: Desk, browser: Browser) -> None:
    """Who moved."""
    obey(desk, "watch", "score.py", "monitor.py")
    browser.open((desk.place / "mlruns/monitor/monitor.html").as_uri(), 1280, 760)
    browser.run("document.querySelector('#movement').scrollIntoView({behavior: 'instant'})")
    time.sleep(SETTLED)
    keep(browser, "watch")


def spark(desk: Desk, browser: Browser) -> None:
    """The same segments by both engines."""
    first, second = obey(desk, "spark", "run.py")
    keep_terminal(browser, desk, "spark", (first, "rfm kmeans"), (second, "rfm kmeans"))


def add_a_feature_set(desk: Desk, browser: Browser) -> None:  # noqa: ARG001
    """The new column beside the others."""
    obey(desk, "add_a_feature_set", "run.py")
    keep_figure(desk, "add_a_feature_set", "profile_heatmap")


def add_an_algorithm(desk: Desk, browser: Browser) -> None:
    """Two models, laid over each other."""
    obey(desk, "add_an_algorithm", "run.py")
    ids = ",".join(desk.run_ids()[-2:])
    compared = desk.run(Command("", 0, f"python src/compare.py runs=[{ids}]"))
    if compared.failed:
        raise ValueError(compared.output)
    browser.open((desk.place / "mlruns/comparisons/comparison.html").as_uri(), 1500, 1120)
    time.sleep(SETTLED)
    keep(browser, "add_an_algorithm")


def remote_mlflow(desk: Desk, browser: Browser) -> None:
    """A run in the pages of the server that the guide starts."""
    port = free_port()
    page = Page(ROOT, "docs/guides/remote_mlflow.md")
    serve, *rest = (
        replace(command, text=command.text.replace("5000", str(port))) for command in page.commands
    )
    with served(desk, serve, port):
        desk.environment["MLFLOW_TRACKING_URI"] = f"http://127.0.0.1:{port}"
        for command in rest:
            desk.run(command)
        del desk.environment["MLFLOW_TRACKING_URI"]
        pages = Pages(browser, f"http://127.0.0.1:{port}")
        pages.enter()
        pages.open("models/segments")
        pages.shows("champion", "Version 1")
        time.sleep(SETTLED)
        keep(browser, "remote_mlflow")


GUIDES: dict[str, tuple[Callable[[Desk, Browser], None], str]] = {
    "first_run": (first_run, "new"),
    "your_own_data": (your_own_data, "new"),
    "choose_k": (choose_k, "new"),
    "read_the_evidence": (read_the_evidence, "new"),
    "tune": (tune, "new"),
    "promote": (promote, "new"),
    "score": (score, "lived_in"),
    "watch": (watch, "lived_in"),
    "add_a_feature_set": (add_a_feature_set, "new"),
    "add_an_algorithm": (add_an_algorithm, "new"),
    "spark": (spark, "new"),
    "remote_mlflow": (remote_mlflow, "new"),
}
