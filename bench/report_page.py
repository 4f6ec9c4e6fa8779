"""What a report costs a run, and its reader: `python -m bench.report_page [override ...]`, from the root.

Whole runs with `report=none`, `summary` and `full` in turn, features kept by a run before, so that it is
the quickest run that the report is compared with. Then the size of each page, and how long a headless
Chromium takes until the first words are painted, and for the first figure once one goes there; where each
section begins, how many sheets the page prints on, and Lighthouse's scores on a desk, where
`make test ARGS="tests/report/test_judged.py -m ''"` has installed it.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.side_by_side import medians
from segmentlab.lab.config.folders import ROOT
from tests.browser import Browser, chromium, count_sheets
from tests.pages.judges import run_lighthouse, serve_folder

ROUNDS = 5
EXTENTS = ("none", "summary", "full")
WIDTHS = (1440, 390)
NODE_MODULES = ROOT / ".venv" / "node" / "node_modules"
FIRST_WORDS = "performance.getEntriesByName('first-contentful-paint')[0]"
PROMISED = {"summary": 1 / 3, "full": 1.0}  # of a run without a report, at 5,878 customers


def main() -> None:
    """Print both tables."""
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder)
        commands = {extent: command(store, f"report={extent}", *sys.argv[1:]) for extent in EXTENTS}
        times = medians(ROUNDS, **commands)
        for extent in EXTENTS:
            more = times[extent] / times["none"] - 1
            promise = f"promised at most {PROMISED[extent]:.2f}" if extent in PROMISED else ""
            print(f"report={extent:<8} {times[extent]:6.2f} s  {more:+5.2f} of a run without  {promise}")
        with chromium() as browser:
            for extent in EXTENTS[1:]:
                subprocess.run(commands[extent], check=True, capture_output=True)
                show_opening(browser, extent, newest(store))


def command(store: Path, *overrides: str) -> list[str]:
    """A quick run that keeps everything in a folder of its own."""
    own = [
        f"tracking.uri=sqlite:///{store / 'mlflow.db'}",
        f"cache_folder={store / 'cache'}",
        "evaluate=quick",
    ]
    return [sys.executable, str(ROOT / "src" / "run.py"), *own, *overrides]


def newest(store: Path) -> Path:
    """The report of the last run."""
    return max(store.rglob("report.html"), key=lambda path: path.stat().st_mtime)


def show_opening(browser: Browser, extent: str, file: Path) -> None:
    """A row for one page: its size, and the medians of the seconds until it can be read and drawn."""
    words, figures = [], []
    for _ in range(ROUNDS):
        browser.open(file.as_uri(), width=WIDTHS[0])
        browser.until(f"{FIRST_WORDS} !== undefined")
        words.append(browser.run(f"return {FIRST_WORDS}.startTime") / 1000)
        start = time.perf_counter()
        browser.run("document.querySelector('[data-figure]').scrollIntoView({behavior: 'instant'})")
        browser.until("document.querySelector('[data-figure] .main-svg') !== null")
        figures.append(time.perf_counter() - start)
    show_layout(browser, extent, file)
    show_scores(extent, file)
    size = file.stat().st_size / 1e6
    print(
        f"{extent:<8} {size:5.2f} MB  words {statistics.median(words):.2f} s  "
        f"first figure {statistics.median(figures):.2f} s after one goes there"
    )


def show_scores(extent: str, file: Path) -> None:
    """Lighthouse's scores: the median of the rounds, since speed is not the same twice."""
    if not NODE_MODULES.is_dir():
        print(f"{extent:<8} not judged: Lighthouse is not installed")
        return
    judged = []
    with serve_folder(file.parent) as address:
        for _ in range(ROUNDS):
            found = run_lighthouse(NODE_MODULES, f"{address}/{file.name}", file.with_suffix(".json"))
            judged.append({name: one["score"] for name, one in found["categories"].items()})
    scores = {name: statistics.median(one[name] for one in judged) for name in judged[0]}
    print(
        f"{extent:<8} Lighthouse: " + ", ".join(f"{name} {100 * score:.0f}" for name, score in scores.items())
    )


def show_layout(browser: Browser, extent: str, file: Path) -> None:
    """Where each section begins, how high the page is, and how many sheets it prints on."""
    for width in WIDTHS:
        browser.open(file.as_uri(), width=width)
        begins = browser.run(
            "return [...document.querySelectorAll('main > section')]"
            ".map(one => `${one.id} ${Math.round(one.getBoundingClientRect().top + scrollY)}`).join(', ')"
        )
        height = browser.run("return document.documentElement.scrollHeight")
        print(f"{extent:<8} {width:>4} px wide, {height:>6} high: {begins}")
    print(f"{extent:<8} {count_sheets(browser)} sheets of A4")


if __name__ == "__main__":
    main()
