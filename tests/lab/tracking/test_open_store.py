"""Opening a store: what works, and what is said when it does not."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from mlflow import MlflowClient

from segmentlab.errors import StoreError
from segmentlab.flow.items import Text
from segmentlab.lab.tracking.local_store import make_sqlite_uri
from segmentlab.lab.tracking.store import open_store
from segmentlab.lab.tracking.tracker import MlflowRun

EIGHTH = """
import sys
from pathlib import Path
from segmentlab.flow.items import Metric, Text
from segmentlab.lab.tracking.store import open_store

folder, number = Path(sys.argv[1]), sys.argv[2]
tracker = open_store(f"sqlite:///{folder}/mlflow.db", "segmentlab", folder / "artifacts")
with tracker.run(f"run {number}", {}) as run:
    run.log([Metric("number", float(number)), Text("who.txt", number)])
"""


@pytest.mark.slow
def test_eight_processes_make_one_store_together(tmp_path, start_python):
    folder = tmp_path / "mlruns"
    writers = [start_python(EIGHTH, folder, number) for number in range(8)]
    for writer in writers:
        _, errors = writer.communicate(timeout=300)
        assert (writer.returncode, errors) == (0, "")
    tracker = open_store(f"sqlite:///{folder}/mlflow.db", "segmentlab", folder / "artifacts")
    runs = tracker.client.search_runs([tracker.experiment_id])
    assert sorted(run.data.metrics["number"] for run in runs) == list(range(8))
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert sorted(path.read_text() for path in folder.rglob("who.txt")) == list("01234567")
    assert not (folder / "mlflow.db.new").exists()


def test_a_new_store_is_made_where_it_is_asked_for_and_nowhere_else(tmp_path, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    place = tmp_path / "a folder, with £ and %41" / "mlruns"
    tracker = open_store(make_sqlite_uri(place / "mlflow.db"), "segmentlab", None)
    with tracker.run("x", {}) as run:
        run.log([Text("words.txt", "hello")])
    assert (place / "mlflow.db").exists()
    assert (place / "artifacts" / run.run_id / "artifacts" / "words.txt").read_text() == "hello"
    assert list(Path.cwd().iterdir()) == []


def test_a_leftover_of_a_killed_first_start_does_no_harm(tmp_path):
    (tmp_path / "mlflow.db.new").write_bytes(b"half a database")
    (tmp_path / "mlflow.db").touch()
    tracker = open_store(f"sqlite:///{tmp_path}/mlflow.db", "segmentlab", None)
    with tracker.run("x", {}) as run:
        pass
    assert tracker.client.get_run(run.run_id).info.status == "FINISHED"


def test_a_place_below_a_file_can_not_be_a_store(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"file/mlruns' of the tracking store can't be made.*another place"):
        open_store(f"sqlite:///{tmp_path}/file/mlruns/mlflow.db", "segmentlab", None)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_write_permission_can_not_be_a_store(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(StoreError, match=r"can't be written.*another place"):
        open_store(f"sqlite:///{tmp_path}/mlflow.db", "segmentlab", tmp_path)


def test_a_folder_in_place_of_the_database(tmp_path):
    (tmp_path / "mlflow.db" / "x").mkdir(parents=True)
    with pytest.raises(StoreError, match=r"mlflow.db' is no file, but a folder, .*Choose another place"):
        open_store(f"sqlite:///{tmp_path}/mlflow.db", "segmentlab", None)


def test_garbage_is_no_store(tmp_path):
    (tmp_path / "mlflow.db").write_bytes(b"garbage " * 1_000)
    with pytest.raises(StoreError, match=r"mlflow.db' can't be read .*\(file is not a database"):
        open_store(f"sqlite:///{tmp_path}/mlflow.db", "segmentlab", None)


def test_a_store_that_was_half_made_by_something_else(tmp_path):
    with sqlite3.connect(tmp_path / "mlflow.db") as connection:
        connection.execute("create table experiments (name text)")
    with pytest.raises(StoreError, match=r"mlflow.db' is half made: it has 1 tables and no schema"):
        open_store(f"sqlite:///{tmp_path}/mlflow.db", "segmentlab", None)


@pytest.mark.parametrize(
    ("revision", "advice"),
    [
        ("451aebb31d03", r"older than MLflow .* mlflow db upgrade 'sqlite:///.*mlflow.db'"),
        ("ffffffffffff", r"a newer MLflow made it"),
    ],
)
def test_a_store_of_another_mlflow_is_left_alone(database, revision, advice):
    with sqlite3.connect(database) as connection:
        connection.execute("update alembic_version set version_num = ?", [revision])
    before = database.read_bytes()
    with pytest.raises(StoreError, match=advice):
        open_store(f"sqlite:///{database}", "segmentlab", None)
    assert database.read_bytes() == before


def test_a_deleted_experiment_is_not_written_to(tracker, database):
    tracker.client.delete_experiment(tracker.experiment_id)
    with pytest.raises(StoreError, match=r"was deleted.*mlflow experiments restore --experiment-id"):
        open_store(f"sqlite:///{database}", "segmentlab", database.parent / "artifacts")


@pytest.mark.parametrize("uri", ["file:/tmp/mlruns", "mlruns", "", "databricks", "ftp://me:secret@host/x"])
def test_an_address_that_is_no_store_is_refused_with_advice(uri):
    with pytest.raises(StoreError, match=r"is no store to work with.*sqlite:////<folder>") as caught:
        open_store(uri, "segmentlab", None)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("uri", ["sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory_is_refused(uri):
    with pytest.raises(StoreError, match="names no file"):
        open_store(uri, "segmentlab", None)


@pytest.mark.parametrize(
    "uri",
    [
        "http://me:secret@127.0.0.1:9",
        pytest.param("postgresql+nodriver://me:secret@127.0.0.1:9/mlflow", marks=pytest.mark.slow),
        pytest.param("mysql://me:secret@127.0.0.1:9/mlflow", marks=pytest.mark.slow),
    ],
)
def test_nobody_answers(uri, start_python):
    """In a process of its own with a limit: without our limits MLflow would try for minutes."""
    code = (
        "import sys; from segmentlab.lab.tracking.store import open_store; open_store(sys.argv[1], 'x', None)"
    )
    _, errors = start_python(code, uri).communicate(timeout=60)
    last = errors.splitlines()[-1]
    assert last.startswith("segmentlab.errors.StoreError: The tracking store ")
    assert "can't be opened" in last
    assert "Check tracking.uri" in last
    assert "secret" not in errors


def test_importing_the_room_does_not_import_mlflow():
    code = (
        "import sys, segmentlab.lab.tracking.store, segmentlab.lab.tracking.tracker;"
        "assert not {'mlflow', 'pandas', 'sklearn', 'skops', 'sqlalchemy'} & set(sys.modules)"
    )
    source = str(Path(sys.modules["segmentlab"].__file__).parents[1])
    subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": source}, check=True, timeout=900)


def test_where_to_look_on_a_server():
    client = MlflowClient("https://me:secret@mlflow.example:8080/team/")
    run = MlflowRun(client, experiment_id="3", run_id="abc")
    assert run.url == "https://mlflow.example:8080/team/#/experiments/3/runs/abc"


def test_where_to_look_in_a_database(tracker, database):
    with tracker.run("x", {}) as run:
        assert run.url == f"run {run.run_id} in `mlflow ui --backend-store-uri sqlite:///{database}`"
