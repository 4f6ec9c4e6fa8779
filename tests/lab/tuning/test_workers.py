"""Processes beside the first one finish what they have begun."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import FunctionTransformer

from segmentlab.lab.tuning.order import StudyOrder
from segmentlab.lab.tuning.space import Space, WholeRange
from segmentlab.lab.tuning.study import Study
from segmentlab.lab.tuning.workers import StudyTask, start_workers
from tests.lab.tuning.fabricated import order

PLENTY = 10_000
PATIENCE = 300  # seconds for a process to load its libraries on a busy machine


def task_of(folder: Path, n_init: int) -> StudyTask:
    """A study whose trials take a while."""
    features = pd.DataFrame(np.random.default_rng(0).normal(size=(400, 2)), columns=["one", "other"])
    asked: StudyOrder = order(
        folder,
        trials=PLENTY,
        workers=2,
        space=Space({"mixture": {"n_components": WholeRange(2, 6)}}),
        models={"mixture": GaussianMixture(n_init=n_init, tol=1e-12, max_iter=200, random_state=0)},
        preparations={None: FunctionTransformer()},
    )
    return StudyTask(
        study="study",
        order=asked,
        features=features,
        long_tailed=(),
        apart=(),
        projection=FunctionTransformer(),
        sample=1000,
    )


def wait_for_a_trial(study: Study) -> None:
    """Until the other process has begun one; this one begins none of its own."""
    deadline = time.monotonic() + PATIENCE
    while not study.read_standing().trials:
        assert time.monotonic() < deadline, "no other process has begun"
        time.sleep(0.005)


@pytest.mark.slow
def test_a_trial_that_is_under_way_is_finished(tmp_path: Path) -> None:
    task = task_of(tmp_path, n_init=40)
    with Study(task.study, task.order) as study, start_workers(task):
        wait_for_a_trial(study)
    with Study(task.study, task.order) as study:
        trials = study.read_standing().trials
    assert 0 < len(trials) < PLENTY
    assert {one.state for one in trials} == {"scored"}, "nothing was cut off"


def interrupted(task: StudyTask) -> None:
    """A study that somebody gives up in the middle of a trial."""
    with Study(task.study, task.order) as study, start_workers(task):
        wait_for_a_trial(study)
        raise KeyboardInterrupt


@pytest.mark.slow
def test_nobody_is_waited_for_after_an_error(tmp_path: Path) -> None:
    task = task_of(tmp_path, n_init=1_000_000)
    with pytest.raises(KeyboardInterrupt):
        interrupted(task)
    with Study(task.study, task.order) as study:
        assert [one.state for one in study.read_standing().trials] == ["failed"]
