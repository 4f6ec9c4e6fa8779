"""`engine=spark` as a person types it: on this machine, on a cluster, and where it can't start."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.config.folders import ROOT
from segmentlab.transactions.engines.spark import Spark
from tests.commands import SMALL, Lab
from tests.transactions.engines.cluster import LOOPBACK, cluster, connect_server

needs_spark = pytest.mark.usefixtures("spark_installed")


def outcome(lab: Lab) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The customers and the books of the last run."""
    run = lab.runs()[0]
    customers = pd.read_parquet(lab.download(run, "segments/customers.parquet"))
    return customers, pd.read_csv(lab.download(run, "data/ledger.csv"))


@pytest.mark.slow
@pytest.mark.spark
@needs_spark
def test_a_run_here_equals_that_of_duckdb_and_leaves_nothing_behind(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(SMALL).returncode == 0
    customers, ledger = outcome(lab)
    before = set(tmp_path.iterdir())
    done = lab.run(SMALL, "engine=spark")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(tmp_path.iterdir()) - before == set()
    again, books = outcome(lab)
    pd.testing.assert_frame_equal(customers, again, rtol=0, atol=1e-9)
    pd.testing.assert_frame_equal(ledger, books, check_exact=True)
    assert lab.runs()[0].data.params["engine"] == "spark"


@pytest.mark.slow
@pytest.mark.spark
@needs_spark
def test_two_workers_of_a_cluster_give_the_answer_of_duckdb(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(SMALL).returncode == 0
    customers, ledger = outcome(lab)
    with cluster(tmp_path) as running:
        done = lab.run(SMALL, "engine=spark", f"engine.master={running.master}", **LOOPBACK)
        assert (done.returncode, done.stderr) == (0, "")
        assert len(running.executors()) == 2
    again, books = outcome(lab)
    pd.testing.assert_frame_equal(customers, again, rtol=0, atol=1e-9)
    pd.testing.assert_frame_equal(ledger, books, check_exact=True)


@pytest.mark.slow
@pytest.mark.spark
@needs_spark
def test_a_spark_connect_server_gives_the_answer_of_duckdb(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(SMALL).returncode == 0
    customers, ledger = outcome(lab)
    with connect_server(tmp_path) as address:
        done = lab.run(SMALL, "engine=spark", f"engine.master={address}")
        assert (done.returncode, done.stderr) == (0, "")
    again, books = outcome(lab)
    pd.testing.assert_frame_equal(customers, again, rtol=0, atol=1e-9)
    pd.testing.assert_frame_equal(ledger, books, check_exact=True)


@pytest.mark.slow
@pytest.mark.spark
@needs_spark
def test_one_process_has_one_master(tmp_path: Path) -> None:
    done = Lab(tmp_path).run(
        SMALL, "-m", "engine=spark", "cache=false", "engine.master='local[1]','local[2]'"
    )
    assert done.returncode == 2
    assert "engine.master=local[2]: this process runs Spark on local[1] already" in done.stderr
    assert "Traceback" not in done.stderr


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
        [sys.executable, "-c", script], check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}
    )
    assert done.returncode == 0
