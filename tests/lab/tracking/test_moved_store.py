"""A store whose folder was moved, renamed or copied: it goes on where it is now."""

import shutil
import signal
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from segmentlab.errors import StoreError
from segmentlab.flow.items import FittedModel, Metric, Text
from segmentlab.lab.tracking.local_store import make_sqlite_uri
from segmentlab.lab.tracking.model import find_model, find_run_model, load_scorer
from segmentlab.lab.tracking.moved_store import LOCATION_COLUMNS
from segmentlab.lab.tracking.store import open_store

# A process that is killed while it writes the paths: SQLite calls `die` in the middle of it.
KILLED = """
import os, signal, sys
from segmentlab.lab.tracking import moved_store
from segmentlab.lab.tracking.store import open_store

connect = moved_store._connect
def connect_to_die(database):
    connection = connect(database)
    connection.create_function("die", 0, lambda: os.kill(os.getpid(), signal.SIGKILL))
    return connection
moved_store._connect = connect_to_die
open_store(sys.argv[1], "segmentlab", None)
"""
OPENED = """
import sys
from segmentlab.lab.tracking.store import open_store
tracker = open_store(sys.argv[1], "segmentlab", None)
run = tracker.client.search_runs([tracker.experiment_id])[0]
print(tracker.client.download_artifacts(run.info.run_id, "words.txt", sys.argv[2]))
"""


@pytest.fixture
def store(tracker, database, scorer, recipe, features) -> Path:
    """A folder with a store: a run with a text and a model, and a version of the model."""
    with tracker.run("first", {}) as run:
        run.log([Text("words.txt", "hello"), FittedModel(scorer, recipe, features.head())])
    client = tracker.client
    client.create_registered_model("segments")
    made = client.create_model_version("segments", find_run_model(client, run.run_id).location, run.run_id)
    client.set_registered_model_alias("segments", "champion", made.version)
    return database.parent


def opened(folder: Path):
    return open_store(make_sqlite_uri(folder / "mlflow.db"), "segmentlab", None)


def places(folder: Path) -> set[str]:
    """Every path that the database holds."""
    with closing(sqlite3.connect(folder / "mlflow.db")) as connection:
        found = {
            place
            for table, columns in LOCATION_COLUMNS.items()
            for column in columns
            for (place,) in connection.execute(f"select {column} from {table}")
        }
        dump = "\n".join(connection.iterdump())
    assert all(place in dump for place in found)
    return found


def check_store(folder: Path, features) -> None:
    """Files are read where they are now, by us and by what MLflow's pages ask."""
    tracker = opened(folder)
    [first] = [
        run for run in tracker.client.search_runs([tracker.experiment_id]) if run.info.run_name == "first"
    ]
    assert [entry.path for entry in tracker.client.list_artifacts(first.info.run_id)] == ["words.txt"]
    assert load_scorer(tracker.client, first.info.run_id).predict(features).any()
    assert find_model(tracker.client, "models:/segments@champion").run_id == first.info.run_id
    own = tuple(f"{(folder / 'artifacts').as_uri()}{end}" for end in ("", "/"))
    assert {place for place in places(folder) if not place.startswith(own) and "made" not in place} == set()


@pytest.mark.parametrize("name", ["renamed", "a folder, with £ and %41"])
def test_a_moved_store_is_used_where_it_is(name, store, features, tmp_path, caplog):
    moved = store.rename(tmp_path / name)
    check_store(moved, features)
    told = f"The store was moved: its files are now looked for in '{moved / 'artifacts'}'."
    assert [record.getMessage() for record in caplog.records if "moved" in record.getMessage()] == [told]
    caplog.clear()
    with opened(moved).run("second", {}) as run:
        run.log([Text("words.txt", "again")])
    assert (moved / "artifacts" / run.run_id / "artifacts" / "words.txt").read_text() == "again"
    assert not store.exists()
    assert caplog.records == []
    check_store(moved.rename(store), features)  # and back again


def test_a_copy_and_its_original_go_on_for_themselves(store, features, tmp_path):
    copy = Path(shutil.copytree(store, tmp_path / "copy"))
    check_store(copy, features)
    check_store(store, features)
    with opened(copy).run("second", {}) as run:
        run.log([Metric("m", 1), Text("words.txt", "of the copy")])
    assert (copy / "artifacts" / run.run_id).is_dir()
    assert not (store / "artifacts" / run.run_id).exists()


def test_a_database_without_its_files_says_what_to_bring(store, tmp_path):
    (tmp_path / "alone").mkdir()
    shutil.move(store / "mlflow.db", tmp_path / "alone" / "mlflow.db")
    before = places(tmp_path / "alone")
    with pytest.raises(
        StoreError, match=r"keeps its files in .*mlruns/artifacts, .* Move its folder of files along"
    ):
        opened(tmp_path / "alone")
    assert places(tmp_path / "alone") == before


def test_a_drive_that_is_out_of_reach_is_not_taken_for_moved(store, tmp_path):
    """Another experiment keeps its files elsewhere. For a while nobody can see them."""
    elsewhere = tmp_path / "drive"
    other = open_store(make_sqlite_uri(store / "mlflow.db"), "on the drive", elsewhere)
    with other.run("there", {}) as run:
        run.log([Text("words.txt", "on the drive")])
    away = elsewhere.rename(tmp_path / "away")
    assert opened(store).client.get_run(run.run_id).info.artifact_uri.startswith(elsewhere.as_uri())
    away.rename(elsewhere)
    assert other.client.download_artifacts(run.run_id, "words.txt", str(tmp_path)).endswith("words.txt")


@pytest.mark.slow
def test_killed_while_it_writes_it_has_written_nothing(store, features, tmp_path, start_python):
    moved = store.rename(tmp_path / "moved")
    before = places(moved)
    with closing(sqlite3.connect(moved / "mlflow.db")) as connection:
        connection.execute("create trigger dying after update on logged_models begin select die(); end")
    process = start_python(KILLED, make_sqlite_uri(moved / "mlflow.db"))
    process.communicate(timeout=120)
    assert process.returncode == -signal.SIGKILL
    with closing(sqlite3.connect(moved / "mlflow.db")) as connection:
        connection.execute("drop trigger dying")
    assert places(moved) == before
    check_store(moved, features)


@pytest.mark.slow
def test_two_that_open_a_moved_store_at_once_find_it_moved(store, tmp_path, start_python):
    moved = store.rename(tmp_path / "moved")
    folders = [tmp_path / name for name in "ab"]
    for folder in folders:
        folder.mkdir()
    both = [start_python(OPENED, make_sqlite_uri(moved / "mlflow.db"), folder) for folder in folders]
    said = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert [(folder / "words.txt").read_text() for folder in folders] == ["hello", "hello"]
    assert sum("The store was moved" in errors for _, errors in said) == 1


def test_a_database_that_can_not_be_written_says_so(store, tmp_path):
    moved = store.rename(tmp_path / "moved")
    with closing(sqlite3.connect(moved / "mlflow.db")) as connection:
        connection.execute(
            "create trigger full before update on model_versions begin select raise(abort, 'disk full'); end"
        )
    before = places(moved)
    with pytest.raises(StoreError, match=r"was moved, and .* can't be written into it \(disk full\)"):
        opened(moved)
    assert places(moved) == before
