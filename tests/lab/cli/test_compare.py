"""`python src/compare.py` on the runs of a real store."""

import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities import Run

from segmentlab.evaluation.logged_run import LoggedRun
from segmentlab.lab.cli.missing_evidence import find_lacking
from segmentlab.lab.config.folders import ROOT
from tests.browser import Browser
from tests.commands import SMALL, Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

# Every family of evidence, from as few draws as there can be.
FEW = (
    "evaluate=quick",
    "evaluate.bootstraps=2",
    "evaluate.splits=2",
    "evaluate.random=5",
    "evaluate.holdout_days=90",
    "evaluate.cutoffs=2",
    "evaluate.resamples=25",
)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Three runs in two scoring spaces."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    for chosen in (("-m", "model=kmeans,hdbscan"), ("model=kmeans", "features=[rfm,rhythm]")):
        done = lab.run(*chosen, SMALL, *FEW)
        assert done.returncode == 0, done.stderr
    return lab


def compare(lab: Lab, *arguments: str, uri: str | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "src" / "compare.py"), f"tracking.uri={uri or lab.uri}"]
    return run_warm([*command, f"output={lab.folder / 'out'}", *arguments], lab.folder)


def segmentation(lab: Lab, model: str, features: str = "rfm") -> Run:
    """One of the three runs."""
    return next(
        run
        for run in lab.runs()
        if (run.data.params.get("model"), run.data.params.get("features")) == (model, features)
    )


def comparisons(lab: Lab) -> list[Run]:
    """The latest first."""
    return [run for run in lab.runs() if run.data.tags.get("segmentlab.kind") == "comparison"]


def test_the_terminal_ranks_across_spaces_and_within_them(lab: Lab) -> None:
    done = compare(lab)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "\x1b" not in done.stdout, "plain text where there is no terminal"
    for expected in (
        "Ranks across scoring",
        "features=rfm prepare",
        "features=rfm,rhythm",
        "is recommended of",
    ):
        assert expected in done.stdout


def test_the_comparison_is_a_run_that_later_ones_leave_out(lab: Lab) -> None:
    for _ in range(2):
        assert compare(lab).returncode == 0
    kept = comparisons(lab)[0]
    assert kept.info.status == "FINISHED"
    assert {"leaderboard.csv", "comparison.html"} <= set(lab.files(kept.info.run_id))
    board = pd.read_csv(lab.download(kept, "leaderboard.csv"))
    assert len(board) == 3
    assert board["space"].nunique() == 2
    assert sorted(board["rank"]) == [1, 2, 3]
    assert set(board["judged_by"]) == {"Mean spend R2, 90 days after each of 2 days"}
    assert board["recommended"].sum() == 1


def test_two_runs_are_laid_over_each_other(lab: Lab) -> None:
    first, second = segmentation(lab, "kmeans"), segmentation(lab, "hdbscan")
    done = compare(lab, f'runs=["{first.info.run_name}",{second.info.run_id[:8]}]')
    assert done.returncode == 0, done.stderr
    assert {"Agreement", "Adjusted", "Rand"} <= set(done.stdout.split())  # a heading may be in two lines
    overlap = pd.read_csv(lab.folder / "out" / "overlap.csv")
    assert set(overlap["first"]) == {first.info.run_name}
    assert set(overlap["second"]) == {second.info.run_name}
    customers = pd.read_parquet(lab.download(first, "segments/customers.parquet"))
    assert overlap["customers"].sum() == len(customers)
    files = set(lab.files(comparisons(lab)[0].info.run_id))
    assert {"figures/overlap_1.png", "overlap.csv"} <= files


@pytest.mark.browser
def test_the_page_draws_offline_without_a_complaint(lab: Lab, browser: Browser) -> None:
    every = (
        segmentation(lab, "kmeans"),
        segmentation(lab, "hdbscan"),
        segmentation(lab, "kmeans", "rfm,rhythm"),
    )
    done = compare(lab, f"runs=[{','.join(run.info.run_id for run in every)}]")
    assert done.returncode == 0, done.stderr
    for width in (1280, 390):
        browser.open((lab.folder / "out" / "comparison.html").as_uri(), width=width)
        for place in range(3):
            holder = f"document.querySelectorAll('[data-figure]')[{place}]"
            browser.run(f"{holder}.scrollIntoView({{behavior: 'instant'}})")
            browser.until(f"{holder}.querySelectorAll('.main-svg').length > 0")
        assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
        assert browser.errors() == []
        assert browser.requests() == []


@pytest.mark.browser
def test_the_page_without_figures_is_quiet_too(lab: Lab, browser: Browser) -> None:
    assert compare(lab).returncode == 0
    browser.open((lab.folder / "out" / "comparison.html").as_uri())
    browser.until("document.querySelectorAll('table').length >= 3")
    assert browser.errors() == []
    assert browser.requests() == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runs=[abcdefgh,0123456]"], "no finished run among 3"),
        (["runs=[kmeans]"], "two to 6 runs"),
        (["tracking.experiment=other"], "has no experiment 'other'"),
        (["filter=nonsense"], "Invalid clause"),
        (["flter=x"], "Did you mean filter?"),
        (["model=kmeans"], "there is no such parameter"),
    ],
)
def test_what_can_not_be_compared_says_why(lab: Lab, arguments: list[str], message: str) -> None:
    done = compare(lab, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("uri", "message"),
    [("sqlite:///{folder}/none.db", "no store at"), ("http://127.0.0.1:9", "can't be opened")],
)
def test_a_store_that_is_not_there_is_told_at_once(lab: Lab, uri: str, message: str) -> None:
    done = compare(lab, uri=uri.format(folder=lab.folder))
    assert done.returncode == 2
    assert message in done.stderr
    assert not Path(lab.folder / "none.db").exists()


def test_help_names_what_this_command_takes_and_no_more(lab: Lab) -> None:
    shown = compare(lab, "--help").stdout
    assert {"runs=[]", "filter=null", "output", "tracking.uri"} <= set(shown.split())
    assert "\n  evaluate\n" in shown
    assert "\n  model\n" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["top=-1"], "top=-1: write how many"),
        (["top=2"], "top=2 and evaluate=None: write both"),
        (["evaluate=full"], "top=0 and evaluate=full: write both"),
        (
            ["top=2", "evaluate=thorough"],
            "evaluate=thorough: there is no such option. There are: full, quick",
        ),
        (["top=2", "evaluate=full", "runs=[a,b]"], "are for a whole ranking: leave out runs="),
    ],
)
def test_which_evidence_is_drawn_has_to_be_said(lab: Lab, arguments: list[str], said: str) -> None:
    done = compare(lab, *arguments)
    assert done.returncode == 2
    assert said in done.stderr


def test_who_is_among_the_best_and_was_judged_less_is_made_again() -> None:
    def run(name: str, effort: str, **tags: str) -> LoggedRun:
        return LoggedRun(name, name, {"evaluate": effort}, {}, tags)

    runs = [run("a", "quick"), run("b", "full"), run("c", "quick"), run("d", "quick"), run("e", "standard")]
    again = run("again", "full", **{"again.run": "c"})
    board = pd.DataFrame(
        {
            "run_id": ["b", "e", "a", "c", "d", "again"],
            "rank": pd.array([1, 2, None, None, None, 3], dtype="Int64"),
            "rank_in_space": pd.array([4, 5, 1, 2, 3, 2], dtype="Int64"),
        }
    )
    lacking = find_lacking(board, [*runs, again], top=2, effort="full")
    assert [one.run_id for one in lacking] == ["e", "a"]


def test_the_best_are_judged_as_thoroughly_as_asked_once(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    for clusters in (3, 4, 5):
        done = lab.run(SMALL, f"model.n_clusters={clusters}", "evaluate=quick", "report=none")
        assert done.returncode == 0, done.stderr
    first = compare(lab, "top=1", "evaluate=standard")
    assert first.returncode == 0, first.stderr
    assert "1 of 1: " in first.stdout
    board = pd.read_csv(lab.folder / "out" / "leaderboard.csv")
    assert board["rank"].notna().sum() == 1
    assert board.loc[board["rank"] == 1, "evaluate"].item() == "standard"
    again = compare(lab, "top=1", "evaluate=standard")
    assert "1 of 1: " not in again.stdout
    assert len(pd.read_csv(lab.folder / "out" / "leaderboard.csv")) == len(board) == 4
