"""`python src/score.py` with the model of a real run."""

import json
import random
import signal
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pandas as pd
import pytest
from mlflow.entities import Run

from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.history import History
from segmentlab.lab.tracking.model import find_run_model
from tests.commands import SMALL, Lab
from tests.warm import Warm, run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

EARLY, LATE = "as_of=2011-06-01", "as_of=2011-09-01"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A store with one run."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    done = lab.run(SMALL, "report=none", "features=[rfm,geography]")
    assert done.returncode == 0, done.stderr
    return lab


@pytest.fixture(scope="module")
def run(lab: Lab) -> Run:
    return lab.runs()[0]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "scored.parquet"


def command(lab: Lab, folder: Path, *arguments: str) -> list[str]:
    """`python src/score.py ...` of the small shop, with the store of the lab and a history of its own."""
    own = [
        f"tracking.uri={lab.uri}",
        f"history=duckdb:///{folder / 'history.duckdb'}",
        f"data.folder={lab.folder / 'worlds'}",
        SMALL,
    ]
    given = {argument.split("=")[0] for argument in arguments}
    kept = [argument for argument in own if argument.split("=")[0] not in given]
    return [sys.executable, str(ROOT / "src" / "score.py"), *kept, *arguments]


def score(lab: Lab, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_warm(command(lab, folder, *arguments), folder)


def scored(lab: Lab, run: Run, out: Path, *arguments: str) -> dict[str, Any]:
    """Score with the model of the run, and give the manifest."""
    done = score(lab, out.parent, f"model_uri=runs:/{run.info.run_id}", f"output={out}", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    manifest: dict[str, Any] = json.loads(beside(out).read_text())
    return manifest


def beside(out: Path) -> Path:
    return out.with_name(f"{out.name}.manifest.json")


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_customers_of_the_run_get_what_the_run_said(lab: Lab, run: Run, out: Path) -> None:
    """Lines to segments by what is stored with the model alone: `features` was not typed again."""
    manifest = scored(lab, run, out)
    known = pd.read_parquet(lab.download(run, "segments/customers.parquet"))
    found = pd.read_parquet(out)
    columns = ["customer_id", "segment", "name", "state"]
    pd.testing.assert_frame_equal(found[columns], known[columns])
    ahead = ["alive", "buys", "expected", "next_order", "late"]
    own = ["customer_id", "segment", "name", "confidence", "little_history", "state"]
    assert list(found) == [*own, *ahead]
    value = pd.read_csv(lab.download(run, "segments/value.csv"), dtype={"customer_id": str})
    alive = value.set_index("customer_id")["alive"].reindex(found["customer_id"])
    assert found["alive"].to_numpy() == pytest.approx(alive.to_numpy(), abs=1e-3)
    assert manifest["customers"] == {
        "scored": len(known), "little_history": 0, "left_out": 0, "unseen": 0, "new": None, "vanished": None,
    }  # fmt: skip
    assert sum(row["customers"] for row in manifest["segments"]) == len(known)
    assert manifest["data"]["digest"] == run.data.tags["data.digest"]
    assert manifest["model"]["sha256"] == run.data.tags["model.sha256"]
    assert manifest["output"]["sha256"] == digest(out)


def test_who_is_new_and_who_has_little_history_is_counted(lab: Lab, run: Run, out: Path) -> None:
    """A snapshot that is scored again is the same to the byte: what it is compared with is the same too."""
    early = scored(lab, run, out, EARLY, "least.orders=2", "least.otherwise=leave_out")["customers"]
    assert early["left_out"] == early["little_history"] > 0
    late = scored(lab, run, out, LATE, "least.orders=2")["customers"]
    assert late["left_out"] == 0
    assert pd.read_parquet(out)["little_history"].sum() == late["little_history"] > 0
    assert late["new"] == late["scored"] - early["scored"] > 0
    assert late["vanished"] == 0
    first = (digest(out), digest(beside(out)))
    scored(lab, run, out, LATE, "least.orders=2")
    assert (digest(out), digest(beside(out))) == first


def test_who_is_gone_is_counted(lab: Lab, run: Run, out: Path, tmp_path: Path) -> None:
    """The later log is another: of one customer of the shop, and of one whom nobody knows."""
    early = scored(lab, run, out, EARLY)["customers"]
    known = pd.read_parquet(out)["customer_id"][0]
    line = {"InvoiceNo": "1", "StockCode": "20725", "Quantity": 2, "UnitPrice": 3.0, "Country": "France"}
    log = pd.DataFrame([line | {"CustomerID": who, "InvoiceDate": "2011-08-30"} for who in (known, "x-1")])
    log.to_csv(tmp_path / "log.csv", index=False)
    own = ["data=file", f"data.path={tmp_path / 'log.csv'}"]
    model = f"model_uri={run.info.run_id}"
    base = [part for part in command(lab, tmp_path, model, f"output={out}", LATE) if "data." not in part]
    done = run_warm([*base, *own], tmp_path)
    assert done.returncode == 0, done.stderr
    late = json.loads(beside(out).read_text())["customers"]
    assert (late["scored"], late["unseen"], late["new"]) == (2, 1, 1)
    assert late["vanished"] == early["scored"] - 1
    assert "were in the scoring before, and are not any more" in done.stdout


def test_near_a_border_customers_stay_where_they_were(lab: Lab, run: Run, out: Path) -> None:
    scored(lab, run, out, EARLY)
    before = pd.read_parquet(out).set_index("customer_id")["segment"]
    scored(lab, run, out, LATE, "steady.min_confidence=1", "steady.snapshots=9")
    after = pd.read_parquet(out).set_index("customer_id")["segment"]
    assert after[before.index].equals(before)


def test_scores_go_to_a_table(lab: Lab, run: Run, tmp_path: Path) -> None:
    database = tmp_path / "shop.duckdb"
    where = [f"model_uri={run.info.run_id}", "table=scores", f"database=duckdb:///{database}"]
    for day in (EARLY, LATE):
        done = score(lab, tmp_path, *where, day)
        assert done.returncode == 0, done.stderr
    with duckdb.connect(str(database), read_only=True) as connection:
        days = connection.sql("select as_of, count(*) from scores group by 1 order by 1").fetchall()
        told = connection.sql("select manifest from scores_manifests order by as_of").fetchall()
    assert [json.loads(manifest)["customers"]["scored"] for (manifest,) in told] == [n for _, n in days]


def test_the_champion_is_what_scores(lab: Lab, run: Run, out: Path) -> None:
    done = score(lab, out.parent, f"output={out}")
    assert done.returncode == 2
    assert "There is no champion yet" in done.stderr
    client = lab.client()
    client.create_registered_model("segments")
    made = client.create_model_version(
        "segments", find_run_model(client, run.info.run_id).location, run.info.run_id
    )
    client.set_registered_model_alias("segments", "champion", made.version)
    done = score(lab, out.parent, f"output={out}")
    assert done.returncode == 0, done.stderr
    assert json.loads(beside(out).read_text())["model"]["address"] == "models:/segments/1"


def test_a_tampered_model_is_refused(lab: Lab, run: Run, out: Path) -> None:
    file = Path(urlsplit(find_run_model(lab.client(), run.info.run_id).location).path) / "recipe.plain"
    whole = file.read_bytes()
    file.write_bytes(whole + b"!")
    try:
        done = score(lab, out.parent, f"model_uri={run.info.run_id}", f"output={out}")
    finally:
        file.write_bytes(whole)
    assert done.returncode == 2
    assert "recipe.plain' is not the one that was logged" in done.stderr
    assert "Traceback" not in done.stderr
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Scores go to a file or to a table"),
        (["output=s.csv", "table=scores"], "not both"),
        (["table=scores"], "table=scores needs database="),
        (["output=mine.csv"], "no scoring wrote it"),
        (["output=s.csv", "tracking.uri=sqlite:///none.db"], "no store at"),
        (["output=s.csv", "as_of=tomorrow"], "is not a date"),
        (["output=s.csv", "model=kmeans"], "there is no such parameter. Did you mean model_uri?"),
    ],
)
def test_what_can_not_be_scored_says_why(
    arguments: list[str], message: str, lab: Lab, tmp_path: Path
) -> None:
    (tmp_path / "mine.csv").write_text("mine")
    before = set(tmp_path.iterdir())
    done = score(lab, tmp_path, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert set(tmp_path.iterdir()) == before
    assert (tmp_path / "mine.csv").read_text() == "mine"


def test_a_password_is_told_to_nobody(lab: Lab, run: Run, tmp_path: Path) -> None:
    database = "database=postgresql://keeper:s3cret@127.0.0.1:9/shop"
    done = score(lab, tmp_path, f"model_uri={run.info.run_id}", "table=scores", database)
    assert done.returncode == 2
    assert "127.0.0.1" in done.stderr
    assert "s3cret" not in done.stderr + done.stdout


def test_an_interrupted_scoring_leaves_the_last_output(lab: Lab, run: Run, out: Path) -> None:
    scored(lab, run, out, EARLY)
    before = (digest(out), digest(beside(out)))
    begun = command(lab, out.parent, f"model_uri={run.info.run_id}", f"output={out}", LATE)
    with subprocess.Popen(
        begun, cwd=out.parent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=900) == 130
    assert (digest(out), digest(beside(out))) == before


def test_killed_at_any_moment_it_leaves_the_last_output_or_the_next(lab: Lab, run: Run, out: Path) -> None:
    scored(lab, run, out, LATE)
    begun = time.monotonic()
    scored(lab, run, out, EARLY, "overwrite=older")
    lasts = time.monotonic() - begun
    known = {}
    for day in (LATE, EARLY):
        scored(lab, run, out, day, "overwrite=older")
        known[digest(out)] = digest(beside(out))
    for seed in range(20):
        killed(lab, run, out, seconds=random.Random(seed).uniform(0, lasts))
        assert digest(out) in known
        assert digest(beside(out)) in known.values()
    scored(lab, run, out, LATE)
    assert known[digest(out)] == digest(beside(out))


def test_an_older_day_is_put_in_the_place_of_a_later_one_by_nobody_unasked(
    lab: Lab, run: Run, out: Path
) -> None:
    later = scored(lab, run, out, LATE)
    done = score(lab, out.parent, f"model_uri=runs:/{run.info.run_id}", f"output={out}", EARLY)
    assert done.returncode == 2
    assert "has the scores of" in done.stderr
    assert "overwrite=older" in done.stderr
    assert json.loads(beside(out).read_text()) == later
    history = History(f"duckdb:///{out.parent / 'history.duckdb'}")
    assert [str(day) for day in history.snapshots()] == [later["as_of"]], (
        "nor is anything of it in the history"
    )
    done = score(
        lab, out.parent, f"model_uri=runs:/{run.info.run_id}", f"output={out}", "overwrite=yes please"
    )
    assert done.returncode == 2
    assert "write true, false or older" in done.stderr


def killed(lab: Lab, run: Run, out: Path, seconds: float) -> None:
    """Begin the later scoring, and kill it a while after it told what it does."""
    begun = Warm(
        command(lab, out.parent, f"model_uri=runs:/{run.info.run_id}", f"output={out}", LATE), out.parent
    )
    begun.wait_for("\n")
    time.sleep(seconds)
    begun.kill()
    begun.wait()


def test_a_feed_that_has_died_is_refused_before_anything_is_touched(lab: Lab, run: Run, out: Path) -> None:
    """By the clock, which nobody asks where `as_of` is the day after the last line."""
    words = f"model_uri=runs:/{run.info.run_id}", f"output={out}"
    scored(lab, run, out, LATE)
    before = digest(out), History(f"duckdb:///{out.parent / 'history.duckdb'}").snapshots()
    for day in ("as_of=today", "as_of=2012-03-01"):
        done = score(lab, out.parent, *words, day)
        assert done.returncode == 2
        assert "- fresh: the last line is of 2011-12-" in done.stderr
        assert "accept=[fresh] scores it all the same" in done.stderr
    assert (digest(out), History(f"duckdb:///{out.parent / 'history.duckdb'}").snapshots()) == before
    assert scored(lab, run, out, "as_of=2012-03-01", "accept=[fresh]")["rules"]["accept"] == ["fresh"]


def test_help_names_what_this_command_takes(lab: Lab, tmp_path: Path) -> None:
    shown = score(lab, tmp_path, "--help").stdout
    assert {"output=null", "table=null", "least.orders=1", "steady.snapshots=1"} <= set(shown.split())
    assert "Experiments" not in shown
    assert "n_clusters" not in shown


DOOMED = """
import os, runpy, signal, sys
from segmentlab.lab.campaign_history import CampaignHistory
CampaignHistory.forget = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


def test_a_deletion_that_was_killed_goes_on_with_the_other_places(lab: Lab, tmp_path: Path, run: Run) -> None:
    """Killed after the history, the file still has the customer: the next call sees to it."""
    scored = (f"model_uri={run.info.run_id}", f"output={tmp_path / 'scored.parquet'}", EARLY)
    done = run_warm(command(lab, tmp_path, *scored), tmp_path)
    assert done.returncode == 0, done.stderr
    who = str(pd.read_parquet(tmp_path / "scored.parquet")["customer_id"].iloc[0])
    words = [
        str(ROOT / "src" / "forget.py"),
        "lines=null",
        "taken=null",
        f"history=duckdb:///{tmp_path / 'history.duckdb'}",
    ]
    words += [f"customer='{who}'", "files=[scored.parquet]"]
    killed = subprocess.run([sys.executable, "-c", DOOMED, *words], cwd=tmp_path, check=False, timeout=300)
    assert killed.returncode == -signal.SIGKILL
    history = History(f"duckdb:///{tmp_path / 'history.duckdb'}")
    (day,) = history.snapshots()
    assert who not in set(history.at(day)["customer_id"])
    assert who in set(pd.read_parquet(tmp_path / "scored.parquet")["customer_id"])
    again = run_warm([sys.executable, *words], tmp_path)
    assert again.returncode == 0, again.stderr
    assert f"0 rows of customer '{who}' were deleted from the history" in again.stdout
    assert f"1 rows of customer '{who}' were deleted from scored.parquet" in again.stdout
    assert who not in set(pd.read_parquet(tmp_path / "scored.parquet")["customer_id"])
