"""Thousands of runs read back from a real store, values alone."""

import sqlite3
from contextlib import closing

import pytest

from segmentlab.errors import StoreError
from segmentlab.evaluation.leaderboard import make_leaderboard
from segmentlab.lab.tracking.logged_runs import check_store_exists, read_runs, read_segment_customers
from segmentlab.report.comparison_page import write_comparison_page
from tests.evaluation.fabricated import logged

MANY = 3_000
NOWHERE = "file:///there/is/no/such/folder"  # whoever asks for a file of these runs fails


@pytest.fixture
def crowded(tracker, database):
    """A store with thousands of finished runs, a running one, and a comparison."""
    runs = [
        logged(f"{number:032x}", {"separation/silhouette": number / MANY},
               {"features.noise.columns": str(number % 7), "seed": str(number)})
        for number in range(MANY)
    ]  # fmt: skip
    runs.append(logged("running", tags={"status": "RUNNING"}))
    runs.append(logged("comparison", tags={"segmentlab.kind": "comparison"}))
    with closing(sqlite3.connect(database)) as connection, connection:
        for run in runs:
            status = run.tags.get("status", "FINISHED")
            connection.execute(
                "insert into runs (run_uuid, name, source_type, status, lifecycle_stage, artifact_uri, "
                "experiment_id, user_id, start_time) values (?, ?, 'LOCAL', ?, 'active', ?, ?, 'me', 0)",
                (run.run_id, run.name, status, NOWHERE, int(tracker.experiment_id)),
            )
        for table, values in (("params", "params"), ("tags", "tags")):
            connection.executemany(
                f"insert into {table} (run_uuid, key, value) values (?, ?, ?)",
                [(run.run_id, key, value) for run in runs for key, value in getattr(run, values).items()],
            )
        connection.executemany(
            "insert into latest_metrics (run_uuid, key, value, timestamp, step, is_nan) "
            "values (?, ?, ?, 0, 0, 0)",
            [(run.run_id, key, value) for run in runs for key, value in run.metrics.items()],
        )
    return tracker


def test_thousands_of_runs_are_compared_without_opening_their_files(crowded):
    runs = read_runs(crowded, None)
    assert len(runs) == MANY
    board = make_leaderboard(runs)
    assert board["space"].nunique() == 7
    best = board[board["rank_in_space"] == 1]["run_id"]
    assert set(best) == {f"{number:032x}" for number in range(MANY - 7, MANY)}
    assert "Ranks across scoring spaces" in write_comparison_page(board, [], [])


def test_a_filter_keeps_what_it_names(crowded):
    kept = read_runs(crowded, "params.seed = '5' and metrics.`segments/count` > 3")
    assert [run.run_id for run in kept] == [f"{5:032x}"]


def test_a_filter_that_is_none_says_how_one_is_written(tracker):
    with pytest.raises(StoreError, match=r"Invalid clause.* filter=") as caught:
        read_runs(tracker, "nonsense")
    assert "params.model" in str(caught.value)


def test_a_run_that_kept_no_customers_is_named(tracker):
    with tracker.run("a run without files", {"data.digest": "d"}):
        pass
    (run,) = read_runs(tracker, None)
    with pytest.raises(StoreError, match="a run without files"):
        read_segment_customers(tracker, run)


def test_a_store_that_is_not_there_is_not_made(tmp_path):
    database = tmp_path / "mlflow.db"
    with pytest.raises(StoreError, match="no store at"):
        check_store_exists(f"sqlite:///{database}")
    assert not database.exists()
