"""Runs whose process was killed before it could end them."""

import os
import platform
import signal
import subprocess
import sys

import pytest

from segmentlab.lab.tracking.process import Process, close_abandoned_runs

ENDLESS = """
import sys, time
from pathlib import Path
from segmentlab.lab.tracking.store import open_store

tracker = open_store(sys.argv[1], "segmentlab", Path(sys.argv[2]))
with tracker.run("endless", {}) as run:
    print(run.run_id, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def endless(database, start_python):
    """A process in the midst of a run."""
    process = start_python(ENDLESS, f"sqlite:///{database}", database.parent / "artifacts")
    run_id = process.stdout.readline().strip()
    yield process, run_id
    process.kill()
    process.communicate()


def status_of(tracker, run_id):
    run = tracker.client.get_run(run_id)
    return run.info.status, run.data.tags.get("segmentlab.failure")


@pytest.mark.parametrize("reaped", [True, False], ids=["gone", "zombie"])
def test_a_killed_process_leaves_a_run_that_the_next_start_closes(endless, tracker, reaped):
    process, run_id = endless
    close_abandoned_runs(tracker.client, tracker.experiment_id)
    assert status_of(tracker, run_id) == ("RUNNING", None)  # it lives

    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | (0 if reaped else os.WNOWAIT))
    close_abandoned_runs(tracker.client, tracker.experiment_id)
    reason = f"process {process.pid} on {platform.node()} ended without closing the run"
    assert status_of(tracker, run_id) == ("KILLED", reason)


@pytest.fixture
def left_running(tracker):
    """Leave a run RUNNING as if another process had opened it."""

    def leave(process):
        return tracker.client.create_run(tracker.experiment_id, tags=process.tags()).info.run_id

    return leave


@pytest.fixture
def gone():
    """The id of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_runs_of_other_hosts_are_left_alone(tracker, left_running, gone):
    run_id = left_running(Process("another host", gone, 1.0))
    close_abandoned_runs(tracker.client, tracker.experiment_id)
    assert status_of(tracker, run_id) == ("RUNNING", None)


def test_a_process_id_that_was_reused_is_another_process(tracker, left_running):
    me = Process.current()
    run_id = left_running(Process(me.host, me.pid, me.started - 3_600))
    close_abandoned_runs(tracker.client, tracker.experiment_id)
    assert status_of(tracker, run_id)[0] == "KILLED"


def test_runs_of_this_process_are_left_alone(tracker):
    with tracker.run("mine", {}) as run:
        close_abandoned_runs(tracker.client, tracker.experiment_id)
        assert status_of(tracker, run.run_id) == ("RUNNING", None)


def test_runs_that_others_made_by_hand_are_left_alone(tracker):
    tags = {"segmentlab.host": platform.node()}
    run_id = tracker.client.create_run(tracker.experiment_id, tags=tags).info.run_id
    close_abandoned_runs(tracker.client, tracker.experiment_id)
    assert status_of(tracker, run_id) == ("RUNNING", None)


def test_other_experiments_are_left_alone(tracker, gone):
    other = tracker.client.create_experiment("other")
    process = Process(platform.node(), gone, 1.0)
    run_id = tracker.client.create_run(other, tags=process.tags()).info.run_id
    close_abandoned_runs(tracker.client, tracker.experiment_id)
    assert status_of(tracker, run_id) == ("RUNNING", None)
