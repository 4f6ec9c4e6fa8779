"""Runs that are no finished segmentation have experiments of their own; older stores are still read."""

import json
from contextlib import suppress
from pathlib import Path

import pytest
from mlflow.entities import ViewType

from segmentlab.evaluation import KIND_TAG
from segmentlab.lab.tracking.experiments import PARTS, open_part, write_readable_view
from segmentlab.lab.tracking.logged_runs import read_experiments, read_failed, read_runs
from segmentlab.lab.tracking.process import Process
from segmentlab.lab.tracking.store import open_store
from segmentlab.lab.tracking.tracker import MlflowTracker

DATA = {"data.digest": "d"}


@pytest.fixture
def uri(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'mlflow.db'}"


@pytest.fixture
def tracker(uri: str) -> MlflowTracker:
    return open_store(uri, "segmentlab", artifacts=None)


def places(tracker: MlflowTracker) -> dict[str, list[str]]:
    """The names of the runs of each experiment."""
    client = tracker.client
    return {
        one.name: sorted(str(run.info.run_name) for run in client.search_runs([one.experiment_id]))
        for one in client.search_experiments(ViewType.ALL)
        if one.name != "Default"
    }


def fail(tracker: MlflowTracker, name: str) -> str:
    with suppress(ValueError), tracker.run(name, DATA) as log:
        tracker.client.log_text(log.run_id, "k: 3", "config.yaml")
        raise ValueError("broken")
    return log.run_id


def test_each_kind_has_an_experiment_of_its_own(tracker: MlflowTracker) -> None:
    with tracker.run("found", DATA):
        pass
    for kind in PARTS:
        with tracker.run(f"a {kind}", {KIND_TAG: kind}):
            pass
    assert places(tracker) == {
        "segmentlab": ["found"],
        "segmentlab/promotions": ["a promotion"],
        "segmentlab/monitor": ["a monitor"],
        "segmentlab/comparisons": ["a comparison"],
    }


def test_a_failed_run_moves_with_its_id_its_files_and_its_reason(tracker: MlflowTracker) -> None:
    run_id = fail(tracker, "lost")
    assert places(tracker) == {"segmentlab": [], "segmentlab/failed": ["lost"]}
    run = tracker.client.get_run(run_id)
    assert (run.info.status, run.data.tags["segmentlab.failure"]) == ("FAILED", "ValueError: broken")
    assert [file.path for file in tracker.client.list_artifacts(run_id)] == ["config.yaml"]


def test_failed_runs_are_read_wherever_a_version_kept_them(tracker: MlflowTracker) -> None:
    """Versions before 0.2 kept them among the others."""
    client = tracker.client
    old = client.create_run(tracker.experiment_id, tags=DATA).info.run_id
    client.set_terminated(old, "FAILED")
    new = fail(tracker, "lost")
    assert {run.run_id for run in read_failed(tracker)} == {old, new}
    assert read_runs(tracker, None) == []


def test_an_abandoned_run_is_put_away_by_whoever_comes_next(tracker: MlflowTracker, uri: str) -> None:
    gone = Process(Process.current().host, 2**22 + 1, 0.0).tags()
    tracker.client.create_run(tracker.experiment_id, tags={**gone, **DATA}, run_name="killed")
    open_store(uri, "segmentlab", artifacts=None)
    assert places(tracker) == {"segmentlab": [], "segmentlab/failed": ["killed"]}


def test_trials_stay_with_their_study(tracker: MlflowTracker) -> None:
    client = tracker.client
    with suppress(KeyboardInterrupt), tracker.run("study", DATA) as log:
        tags = {"mlflow.parentRunId": log.run_id}
        client.create_run(tracker.experiment_id, tags=tags, run_name="trial 0")
        raise KeyboardInterrupt
    assert places(tracker) == {"segmentlab": [], "segmentlab/failed": ["study", "trial 0"]}


def test_only_experiments_with_segmentations_are_read_by_name(tracker: MlflowTracker) -> None:
    for part in (*PARTS.values(), "failed"):
        open_part(tracker.client, tracker.experiment_id, part)
    assert set(read_experiments(tracker)) == {"Default", "segmentlab"}


def test_mlflow_is_told_that_it_is_training(tracker: MlflowTracker, uri: str) -> None:
    """Of an older store what is missing is added, and what somebody wrote stays."""
    client, number = tracker.client, tracker.experiment_id
    assert client.get_experiment(number).tags["mlflow.experimentKind"] == "custom_model_development"
    old = client.create_experiment("old", client.get_experiment(number).artifact_location)
    client.set_experiment_tag(old, "mlflow.note.content", "mine")
    open_store(uri, "old", artifacts=None)
    tags = client.get_experiment(old).tags
    assert (tags["mlflow.experimentKind"], tags["mlflow.note.content"]) == (
        "custom_model_development",
        "mine",
    )


def test_the_readable_view_is_short() -> None:
    view = json.loads(write_readable_view())
    assert len(view["selectedColumns"]) <= 9
    assert {chart["metricKey"] for chart in view["compareRunCharts"]} < {
        column.removeprefix("metrics.").strip("`") for column in view["selectedColumns"]
    } | {"segments/count"}
