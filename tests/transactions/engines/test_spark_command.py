"""`engine=spark` as a person types it: on this machine, on a cluster, and where it can't start."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend
from mlflow import MlflowClient

from segmentlab.errors import ConfigError
from segmentlab.flow import AHEAD_COLUMNS
from segmentlab.lab.config.folders import ROOT
from segmentlab.transactions.engines.spark import Spark
from tests.commands import SMALL, Lab
from tests.served import serving
from tests.transactions.engines.cluster import LOOPBACK, cluster, connect_server
from tests.warm import run_warm

needs_spark = pytest.mark.usefixtures("spark_installed")


def outcome(lab: Lab) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The customers and the books of the last run."""
    run = lab.runs()[0]
    customers = pd.read_parquet(lab.download(run, "segments/customers.parquet"))
    return customers, pd.read_csv(lab.download(run, "data/ledger.csv"))


@pytest.mark.slow
@pytest.mark.spark
@needs_spark
def test_two_workers_of_a_cluster_give_the_answer_of_duckdb(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(SMALL).returncode == 0
    customers, ledger = outcome(lab)
    with cluster(tmp_path) as running:
        before = set(tmp_path.iterdir())
        done = lab.run(SMALL, "engine=spark", f"engine.master={running.master}", **LOOPBACK)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(running.executors()) == 2
        assert {path.name for path in set(tmp_path.iterdir()) - before} <= {"work1", "work2"}
        assert lab.runs()[0].data.params["engine"] == "spark"
        again, books = outcome(lab)
        pd.testing.assert_frame_equal(customers, again, rtol=0, atol=1e-9)
        pd.testing.assert_frame_equal(ledger, books, check_exact=True)
        check_that_customers_may_stay(lab, running.master, customers)


def check_that_customers_may_stay(lab: Lab, master: str, customers: pd.DataFrame) -> None:
    """The same shop, where no customer comes to the command: MLlib learns, and both workers place them."""
    shared = lab.folder / "shared"
    shared.mkdir()
    many = ["engine=spark", f"engine.master={master}", "engine.most_here=100"]
    with serving(lab.folder) as server:
        done = lab.run(SMALL, *many, f"engine.folder={shared}", f"tracking.uri={server}", **LOOPBACK)
        assert (done.returncode, done.stderr) == (0, "")
        assert "KMeans was learnt by Spark's MLlib from all 300 customers" in " ".join(done.stdout.split())
        assert list(shared.iterdir()) == []
        client = MlflowClient(server, server)
        [run] = client.search_runs([client.get_experiment_by_name("segmentlab").experiment_id])
        path = client.download_artifacts(run.info.run_id, "segments/customers.parquet", str(shared))
        placed = pd.read_parquet(path).sort_values("customer_id", ignore_index=True)
        # The model needs no Spark: the customers of the run get the segments of the run.
        out = lab.folder / "scored.parquet"
        words = [f"model_uri=runs:/{run.info.run_id}", f"output={out}", "history=null", SMALL]
        words += [f"tracking.uri={server}", f"data.folder={lab.folder / 'worlds'}"]
        scored = run_warm([sys.executable, str(ROOT / "src" / "score.py"), *words], lab.folder)
        downloaded = set(shared.iterdir())
        # Where the workers are makes no difference from here on, and Spark on this machine begins sooner.
        here = ["engine=spark", "engine.master='local[2]'", "engine.most_here=100", f"engine.folder={shared}"]
        check_that_scores_and_drift_may_stay(lab, [*words[:1], *words[3:]], here)
        assert set(shared.iterdir()) == downloaded
    assert scored.returncode == 0, scored.stderr
    customers = customers.drop(columns="state")  # which nobody has who stays in Spark
    assert list(placed) == list(customers)
    kept = placed["segment"] == customers["segment"]
    assert kept.mean() > 0.97  # all are in the sample, and MLlib ends within its tolerance
    pd.testing.assert_frame_equal(
        placed[kept].drop(columns="confidence"), customers[kept].drop(columns="confidence"), rtol=1e-9
    )
    by_score = pd.read_parquet(out).sort_values("customer_id", ignore_index=True)
    assert by_score["segment"].tolist() == placed["segment"].tolist()
    assert by_score["name"].tolist() == placed["name"].tolist()


def check_that_scores_and_drift_may_stay(lab: Lab, words: list[str], many: list[str]) -> None:
    """Scored a second time and looked at, here and in Spark, with the history of a first scoring."""
    first, found = lab.folder / "first.duckdb", {}
    out = f"output={lab.folder / 'first.parquet'}"
    _command(lab, "score", *words, out, f"history=duckdb:///{first}", "as_of=2011-06-01")
    for name, engine in (("here", []), ("there", many)):
        folder = lab.folder / name
        folder.mkdir()
        shutil.copy(first, folder / "history.duckdb")
        history = f"history=duckdb:///{folder / 'history.duckdb'}"
        out = f"output={folder / 'scored.parquet'}"
        _command(lab, "score", *words, *engine, out, history, "as_of=2011-09-01")
        _command(lab, "monitor", *words, *engine, f"output={folder / 'look'}", history, codes=(0, 1))
        found[name] = folder
    here, there = found.values()
    assert (there / "scored.parquet").is_dir()
    placed = pd.read_parquet(there / "scored.parquet").sort_values("customer_id", ignore_index=True)
    known = pd.read_parquet(here / "scored.parquet")
    assert set(known) - set(placed) == {*AHEAD_COLUMNS}, "what to expect is not known in Spark"
    pd.testing.assert_frame_equal(placed, known[list(placed)], rtol=0, atol=1e-9)
    told = [json.loads((each / "scored.parquet.manifest.json").read_text()) for each in (here, there)]
    assert [one.pop("output")["rows"] for one in told] == [len(placed)] * 2
    assert told[0] == told[1]
    for name in ("features", "segments", "ledger", "countries", "movement"):
        tables = [pd.read_csv(each / "look" / f"{name}.csv") for each in (here, there)]
        if name == "movement":  # what customers are expected to spend is not known in Spark
            tables = [table.drop(columns="expected") for table in tables]
        pd.testing.assert_frame_equal(*tables, rtol=0, atol=1e-6)
    checks = [pd.read_csv(each / "look" / "checks.csv").drop(columns="told") for each in (here, there)]
    pd.testing.assert_frame_equal(*checks, rtol=0, atol=1e-6)


def _command(lab: Lab, name: str, *words: str, codes: tuple[int, ...] = (0,)) -> None:
    script = str(ROOT / "src" / f"{name}.py")
    done = run_warm([sys.executable, script, *words], lab.folder)
    assert done.returncode in codes, done.stdout + done.stderr
    assert done.stderr == ""


@pytest.mark.slow
@pytest.mark.spark
@needs_spark
def test_a_spark_connect_server_gives_the_answer_of_duckdb(tmp_path: Path) -> None:
    lab, words = Lab(tmp_path), [SMALL, "value.horizons=[]", "stock.weeks=null"]
    assert lab.run(*words).returncode == 0
    customers, ledger = outcome(lab)
    with connect_server(tmp_path) as address:
        done = lab.run(*words, "engine=spark", f"engine.master={address}")
        assert (done.returncode, done.stderr) == (0, "")
    again, books = outcome(lab)
    pd.testing.assert_frame_equal(customers, again, rtol=0, atol=1e-9)
    pd.testing.assert_frame_equal(ledger, books, check_exact=True)


@pytest.mark.spark
def test_one_process_has_one_master(spark: BaseBackend) -> None:  # noqa: ARG001  the session that there is
    with pytest.raises(ConfigError, match=r"local\[1\]: this process runs Spark on local\[2\] already"):
        Spark(master="local[1]", driver_memory="1g").connect()


@pytest.mark.spark
@needs_spark
@pytest.mark.parametrize("master", ["spark://127.0.0.1:1", "sc://127.0.0.1:1"])
def test_a_master_that_nobody_runs_is_told_at_once(tmp_path: Path, master: str) -> None:
    done = Lab(tmp_path).run(SMALL, "engine=spark", f"engine.master={master}")
    assert done.returncode == 2
    assert f"engine.master={master}: nobody answers" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.spark
@needs_spark
@pytest.mark.parametrize(
    ("choice", "environment", "reason"),
    [
        ("engine.driver_memory=2g", {"JAVA_HOME": "/nowhere"}, "/nowhere/bin/java"),
        ("engine.driver_memory=plenty", {}, "plenty"),
        ("engine.master=nonsense", {}, "Master must"),
    ],
)
def test_java_says_why_it_does_not_start(
    tmp_path: Path, choice: str, environment: dict[str, str], reason: str
) -> None:
    done = Lab(tmp_path).run(SMALL, "engine=spark", choice, **environment)
    assert done.returncode == 2
    assert "Error: Spark did not start: " in done.stderr
    assert reason in done.stderr
    assert "engine=duckdb" in done.stderr


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(ConfigError, match=r"pip install -e '\.\[spark\]'"):
        Spark().connect()


def test_pyspark_is_loaded_only_when_it_is_chosen() -> None:
    script = (
        "import sys, segmentlab.lab.cli.run, segmentlab.transactions.engines.spark\n"
        "from segmentlab.transactions.engines.duckdb import DuckDB; DuckDB().connect()\n"
        "sys.exit('pyspark' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        timeout=900,
    )
    assert done.returncode == 0
