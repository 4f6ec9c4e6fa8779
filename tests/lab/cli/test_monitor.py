"""`python src/monitor.py` and `python src/forget.py` on a real store, as a scheduler would call them."""

import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from mlflow.entities import Run

from segmentlab.flow.movement import Steadiness, settle_segments
from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.history import History
from segmentlab.lab.outputs.file import OutputFile
from segmentlab.lab.outputs.manifest import SCORES_KIND
from segmentlab.lab.outputs.table import OutputTable
from segmentlab.lab.tracking.logged_runs import read_runs
from segmentlab.lab.tracking.store import open_store
from tests.browser import Browser
from tests.commands import Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

CUSTOMERS = "data.customers=2000"
WINDOW = ("as_of=2011-06-01", "days=365")
JUNE = date(2011, 6, 1)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A model of the first year of a world."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    done = lab.run("model=kmeans", CUSTOMERS, "as_of=2010-12-01", "report=none")
    assert done.returncode == 0, done.stderr
    return lab


@pytest.fixture(scope="module")
def model(lab: Lab) -> Run:
    return lab.runs()[0]


def command(lab: Lab, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = [] if any(one.startswith("history=") for one in arguments) else [f"history={history(lab)}"]
    own += ["lines=null", "taken=null"] if name == "forget" else []  # those of whoever tests stay
    return run_warm([sys.executable, str(ROOT / "src" / f"{name}.py"), *own, *arguments], lab.folder)


def monitor(lab: Lab, run: Run, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = [f"model_uri=runs:/{run.info.run_id}", f"output={lab.folder / 'out'}", f"tracking.uri={lab.uri}"]
    if not any(argument.startswith("data=") for argument in arguments):
        given += [CUSTOMERS, f"data.folder={lab.folder / 'worlds'}"]
    typed = {argument.split("=")[0] for argument in arguments}
    kept = [argument for argument in given if argument.split("=")[0] not in typed]
    return command(lab, "monitor", *kept, *arguments)


def history(lab: Lab) -> str:
    return f"duckdb:///{lab.folder / 'history.duckdb'}"


def looks(lab: Lab) -> list[Run]:
    """The latest first."""
    return [run for run in lab.runs() if run.data.tags.get("segmentlab.kind") == "monitor"]


@pytest.fixture(scope="module")
def quiet(lab: Lab, model: Run) -> Run:
    """A look at a month that is as it should be."""
    done = monitor(lab, model, *WINDOW)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""
    assert "still fits" in done.stdout
    assert not (lab.folder / "history.duckdb").exists(), "looking makes no history"
    return looks(lab)[0]


def test_all_is_well_exits_with_0_and_is_kept_as_a_run(lab: Lab, quiet: Run) -> None:
    kept = quiet
    assert kept.data.tags["monitor.fired"] == "none"
    assert kept.data.metrics["monitor/agreement"] > 0.4
    files = {"monitor.html", "checks.csv", "features.csv", "segments.csv", "figures/feature_drift.png"}
    assert files <= set(lab.files(kept.info.run_id))


def test_a_limit_that_is_passed_exits_with_1(lab: Lab, model: Run) -> None:
    done = monitor(lab, model, *WINDOW, "limits.days_gap=0.01", "refit=false")
    assert done.returncode == 1, done.stderr
    assert "checks fired: days_gap" in done.stdout
    checks = pd.read_csv(lab.folder / "out" / "checks.csv").set_index("name")
    assert checks.loc["days_gap", "verdict"] == "look"
    assert "agreement" not in checks.index


def test_broken_data_exits_with_1_and_says_what_broke(lab: Lab, model: Run) -> None:
    """The world's own lines as a file, with the prices of the last month doubled."""
    lines = next((lab.folder / "worlds").glob("planted-2000-*")) / "transactions" / "part-*.parquet"
    broken = lab.folder / "broken.parquet"
    duckdb.sql(
        f"copy (select * replace (case when timestamp >= date '2011-05-01' then 2 * unit_price "
        f"else unit_price end as unit_price) from read_parquet('{lines}')) to '{broken}' (format parquet)"
    )
    done = monitor(lab, model, "data=file", f"data.path={broken}", *WINDOW, "refit=false")
    assert done.returncode == 1, done.stderr
    assert "checks fired: prices" in done.stdout
    assert looks(lab)[0].data.metrics["monitor/prices"] == 2.0


@pytest.fixture
def scored_twice(lab: Lab) -> History:
    """Two scorings, as `score.py` keeps them: forty customers moved."""
    kept, rule = History(history(lab)), Steadiness(0.0, 1)
    names = ["Best", "Rest"]
    state = None
    for day, segments in ((date(2011, 5, 1), [0] * 100 + [1] * 100), (JUNE, [0] * 60 + [1] * 140)):
        scored = pd.DataFrame(
            {"customer_id": [str(who) for who in range(200)], "segment": segments,
             "name": [names[one] for one in segments], "confidence": 0.9, "revenue": 10.0}
        )  # fmt: skip
        state = settle_segments(state, scored, day, rule)
        kept.keep(day, "models:/segments/1", state)
    return kept


@pytest.mark.browser
def test_the_page_shows_who_moved_offline_and_without_a_complaint(
    lab: Lab, model: Run, scored_twice: History, browser: Browser
) -> None:
    assert scored_twice.snapshots() == [date(2011, 5, 1), JUNE]
    assert monitor(lab, model, *WINDOW, "refit=false").returncode == 0
    moves = pd.read_csv(lab.folder / "out" / "movement.csv")
    moved = moves[moves["segment_before"] != moves["segment_after"]]
    assert moved[["customers", "revenue"]].to_numpy().tolist() == [[40, 400.0]]
    told = pd.read_csv(lab.folder / "out" / "since_last_time.csv")
    assert told[["kind", "reason", "customers", "money", "money_is"]].to_numpy().tolist() == [
        ["loss", "unknown", 40, 400.0, "paid"]
    ]
    browser.open((lab.folder / "out" / "monitor.html").as_uri())
    for place in range(3):
        holder = f"document.querySelectorAll('[data-figure]')[{place}]"
        browser.run(f"{holder}.scrollIntoView({{behavior: 'instant'}})")
        browser.until(f"{holder}.querySelectorAll('.main-svg').length > 0")
    seen = str(browser.run("return document.body.innerText"))
    assert "40 of 200 customers moved" in seen
    assert "Lost: 40, who paid 400 so far" in seen
    assert browser.errors() == []
    assert browser.requests() == []


def test_a_customer_is_forgotten_by_one_command(lab: Lab, scored_twice: History) -> None:
    done = command(lab, "forget", "customer=7")
    assert done.returncode == 0, done.stderr
    assert "2 rows of customer '7' were deleted" in done.stdout
    for day in scored_twice.snapshots():
        left = scored_twice.at(day)["customer_id"]
        assert len(left) == 199
        assert "7" not in set(left)


def test_scores_in_a_table_and_in_files_are_reached_as_well(lab: Lab, scored_twice: History) -> None:
    scored = scored_twice.at(JUNE)[["customer_id", "segment", "name", "confidence"]]
    scored = scored.assign(little_history=False)
    database = f"sqlite:///{lab.folder / 'scores.db'}"
    table, file = OutputTable("scores", database), OutputFile(lab.folder / "scored.csv", overwrite=False)
    table.check()
    for output in (table, file):
        output.write(scored, {"kind": SCORES_KIND, "as_of": "2011-06-01"})
    where = ["table=scores", f"database={database}", f"files=[{file.path}]"]
    done = command(lab, "forget", "customer=8", *where)
    assert done.returncode == 0, done.stderr
    for told in (
        "2 rows of customer '8' were deleted from the history",
        "1 rows",
        "table scores",
        "scored.csv",
    ):
        assert told in done.stdout
    with sqlite3.connect(lab.folder / "scores.db") as connection:
        assert connection.execute("select count(*), sum(customer_id = '8') from scores").fetchone() == (
            199,
            0,
        )
    assert "8" not in set(pd.read_csv(file.path, dtype=str)["customer_id"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["table=scores"], "table=scores needs database="),
        (["files=[none.csv]"], "no file that a scoring wrote"),
        (["table=scores", "database=postgresql://me:secret@127.0.0.1:9/x"], "127.0.0.1"),
    ],
)
def test_what_can_not_be_forgotten_is_told_without_a_password(
    lab: Lab, arguments: list[str], message: str
) -> None:
    done = command(lab, "forget", "customer=8", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr + done.stdout


def test_comparisons_leave_looks_out(lab: Lab, model: Run, quiet: Run) -> None:
    known = read_runs(open_store(lab.uri, "segmentlab", None), None)
    assert quiet.info.run_id not in {run.run_id for run in known}
    assert [run.run_id for run in known] == [model.info.run_id]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["model_uri=models:/segments@champion"], "no champion yet"),
        (["model_uri=nonsense"], "no address of a model"),
        (["days=0"], "write 1 or more"),
        (["limits.psy=1"], "psy"),
        (["limits.psi=nan"], "limits.psi=nan: write a number from 0 up"),
        (["limits.psi=-1"], "limits.psi=-1.0: write a number from 0 up"),
        (["limits.psi=much"], "limits.psi"),
        (["history=postgresql://me:secret@127.0.0.1:9/x", *WINDOW, "refit=false"], "history="),
    ],
)
def test_what_can_not_be_looked_at_exits_with_2_and_says_why(
    lab: Lab, model: Run, arguments: list[str], message: str
) -> None:
    done = monitor(lab, model, *arguments)
    assert done.returncode == 2, done.stdout
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "secret" not in done.stderr


def test_forgetting_nobody_is_an_error(lab: Lab) -> None:
    for words, message in (([], "customer has no default"), (["customer="], "customer= names nobody")):
        done = command(lab, "forget", *words)
        assert done.returncode == 2
        assert message in done.stderr


def test_a_store_that_is_not_there_is_told(tmp_path: Path, lab: Lab, model: Run) -> None:
    done = monitor(lab, model, f"tracking.uri=sqlite:///{tmp_path}/none.db")
    assert done.returncode == 2
    assert "There is no store" in done.stderr
    assert not (tmp_path / "none.db").exists()
