"""Trials below a run: both ways to keep them leave the same, once, with the run that came last."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from segmentlab.flow.items import Child, Children
from segmentlab.lab.tracking.trials import (
    log_children,
    log_in_one_transaction,
    log_through_server,
    send_trial,
)


@pytest.fixture(params=[log_in_one_transaction, log_through_server], ids=["local", "server"])
def keep(request):
    return request.param


def trials(*numbers):
    return Children("study", [trial(number) for number in numbers])


def trial(number):
    params = {"model": "kmeans", "model.n_clusters": str(number + 2)}
    metrics = {"separation/silhouette": number / 10, "segments/count": number + 2.0}
    return Child(number, params, metrics, {"feasible": "yes"}, 1_700_000_000_000, 1_700_000_000_250)


def kept(tracker):
    found = tracker.client.search_runs([tracker.experiment_id], "tags.feasible = 'yes'")
    return sorted(found, key=lambda run: int(run.data.tags["segmentlab.trial"]))


def test_a_trial_is_a_whole_run(tracker, keep):
    with tracker.run("study", {}) as log:
        keep(tracker.client, log.run_id, trials(0, 1))
    run = kept(tracker)[1]
    assert (run.info.run_name, run.info.status, run.info.experiment_id) == (
        "trial 1",
        "FINISHED",
        tracker.experiment_id,
    )
    assert run.info.end_time - run.info.start_time == 250
    assert run.data.params == {"model": "kmeans", "model.n_clusters": "3"}
    assert run.data.metrics == {"separation/silhouette": 0.1, "segments/count": 3.0}
    assert run.data.tags["mlflow.parentRunId"] == log.run_id
    assert run.info.artifact_uri.endswith(f"/artifacts/{run.info.run_id}/artifacts")
    [history] = tracker.client.get_metric_history(run.info.run_id, "segments/count")
    assert history.value == 3


def test_a_trial_is_kept_once_and_belongs_to_the_run_that_lives(tracker, keep):
    with tracker.run("study", {}) as first:
        keep(tracker.client, first.run_id, trials(0, 1))
    with tracker.run("study", {}) as second:
        keep(tracker.client, second.run_id, trials(0, 1, 2))
        assert [run.data.tags["mlflow.parentRunId"] for run in kept(tracker)] == [second.run_id] * 3
        with tracker.run("study", {}) as third:
            keep(tracker.client, third.run_id, trials(2, 3))
            owners = [run.data.tags["mlflow.parentRunId"] for run in kept(tracker)]
            assert owners == [*[second.run_id] * 3, third.run_id], "the second still runs"


def test_trials_of_a_study_that_was_stopped_come_back_when_it_goes_on(tracker):
    """They went among the failed runs with it, and are below the run that goes on, in its experiment."""
    with suppress(KeyboardInterrupt), tracker.run("stopped", {}) as first:
        log_in_one_transaction(tracker.client, first.run_id, trials(0, 1))
        raise KeyboardInterrupt
    assert kept(tracker) == [], "they lie among the failed runs"
    with tracker.run("goes on", {}) as second:
        log_in_one_transaction(tracker.client, second.run_id, trials(0, 1, 2))
    assert [run.data.tags["mlflow.parentRunId"] for run in kept(tracker)] == [second.run_id] * 3
    assert [run.data.tags["segmentlab.trial"] for run in kept(tracker)] == ["0", "1", "2"]


def test_two_at_once_keep_a_trial_once(tracker):
    with tracker.run("one", {}) as one, tracker.run("other", {}) as other, ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda log: log.log([trials(*range(5))]), (one, other)))
    assert [int(run.data.tags["segmentlab.trial"]) for run in kept(tracker)] == list(range(5))


def test_what_two_sent_to_a_server_is_settled_by_whoever_looks(tracker):
    with tracker.run("one", {}) as one, tracker.run("other", {}) as other:
        for log in (one, other):
            send_trial(tracker.client, tracker.experiment_id, log.run_id, "study", trial(0))
        first = min(run.info.run_id for run in kept(tracker))
        for log in (one, other):
            log_through_server(tracker.client, log.run_id, trials(0))
    assert [run.info.run_id for run in kept(tracker)] == [first]


def test_nothing_to_keep_is_no_trouble(tracker, keep):
    with tracker.run("study", {}) as log:
        keep(tracker.client, log.run_id, Children("study", []))
    assert kept(tracker) == []


def test_the_item_comes_through_the_run_log(tracker):
    with tracker.run("study", {}) as log:
        log.log([trials(0)])
        log_children(tracker.client, log.run_id, trials(0))
    assert len(kept(tracker)) == 1
