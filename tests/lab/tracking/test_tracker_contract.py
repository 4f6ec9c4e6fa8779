"""One story, told to every tracker."""

import shutil

import pytest

from segmentlab.errors import DataError, StoreError
from segmentlab.flow.items import Metric, Param, Tag
from segmentlab.lab.tracking.tracker import MemoryTracker


def memory_witness(tracker, run_id):
    run = next(run for run in tracker.runs if run.run_id == run_id)
    logged = {item.key: item.value for item in run.items}
    return run.name, run.status, run.tags, logged


def mlflow_witness(tracker, run_id):
    run = tracker.client.get_run(run_id)
    values = run.data.params | run.data.metrics | run.data.tags
    return run.info.run_name, run.info.status, run.data.tags, values


@pytest.fixture(params=["memory", "mlflow"])
def stage(request):
    """A tracker, and how to see what became of a run: name, status, tags, values."""
    if request.param == "memory":
        return MemoryTracker(), memory_witness
    return request.getfixturevalue("tracker"), mlflow_witness


def test_a_run_that_ends_well(stage):
    tracker, witness = stage
    with tracker.run("first", {"task": "segment"}) as run:
        assert witness(tracker, run.run_id)[1] == "RUNNING"
        run.log([Param("model", "kmeans"), Metric("separation/silhouette", 0.3)])
        run.log(Tag(key, "yes") for key in ["looked.at"])
    name, status, tags, logged = witness(tracker, run.run_id)
    assert (name, status) == ("first", "FINISHED")
    assert tags["task"] == "segment"
    assert logged["model"] == "kmeans"
    assert logged["separation/silhouette"] == 0.3
    assert logged["looked.at"] == "yes"
    assert "segmentlab.failure" not in tags
    assert run.url


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (DataError("file a.csv, row 7: no date"), "FAILED", "file a.csv, row 7: no date"),
        (ZeroDivisionError("division by zero"), "FAILED", "ZeroDivisionError: division by zero"),
        (KeyboardInterrupt(), "KILLED", "interrupted from the keyboard"),
        (SystemExit(143), "KILLED", "the process was told to exit (143)"),
        (DataError("postgresql://me:secret@db/x"), "FAILED", "postgresql://***@db/x"),
        (DataError("x" * 20_000), "FAILED", "x" * 5_000),
    ],
    ids=["user error", "bug", "ctrl-c", "sigterm", "password", "very long"],
)
def test_a_run_that_breaks_says_why_and_passes_it_on(stage, error, status, reason):
    tracker, witness = stage
    with pytest.raises(type(error)) as caught, tracker.run("broken", {}) as run:
        raise error
    assert caught.value is error
    _, found, tags, _ = witness(tracker, run.run_id)
    assert (found, tags["segmentlab.failure"]) == (status, reason)


def test_two_runs_at_once_keep_apart(stage):
    tracker, witness = stage
    with tracker.run("outer", {}) as outer, tracker.run("inner", {}) as inner:
        inner.log([Metric("m", 1)])
        outer.log([Metric("m", 2)])
    assert witness(tracker, inner.run_id)[3]["m"] == 1
    assert witness(tracker, outer.run_id)[3]["m"] == 2


def test_a_vanished_store_is_told_beside_the_first_error(tracker, database):
    with pytest.raises(ZeroDivisionError) as caught, tracker.run("doomed", {}) as run:  # noqa: PT012
        shutil.rmtree(database.parent)
        raise ZeroDivisionError
    [note] = caught.value.__notes__
    assert f"Run {run.run_id} could not be marked as failed" in note


def test_a_vanished_store_is_an_error_of_its_own_after_a_good_run(tracker, database):
    with pytest.raises(StoreError, match="could not be marked as finished"), tracker.run("doomed", {}):
        shutil.rmtree(database.parent)


def test_a_vanished_store_takes_no_results(tracker, database):
    with pytest.raises(StoreError, match="did not take the results"), tracker.run("doomed", {}) as run:  # noqa: PT012
        shutil.rmtree(database.parent)
        run.log([Metric("m", 1)])
