"""Studies that leave their process: jobs of a launcher, and children on a server."""

import subprocess
from pathlib import Path

import pytest
from mlflow import MlflowClient

from tests.commands import SMALL, Lab
from tests.served import serving

FEW = (SMALL, "tune=optuna", "report=none", "tune.trials=6")


@pytest.mark.slow
def test_jobs_of_a_launcher_meet_in_the_storage_and_in_the_store(tmp_path: Path) -> None:
    pytest.importorskip("hydra_plugins.hydra_joblib_launcher")
    lab = Lab(tmp_path)
    assert lab.run(SMALL).returncode == 0  # the world is made once
    shared = f"tune.storage=sqlite:///{tmp_path}/studies.db"
    launcher = ("hydra/launcher=joblib", "hydra.launcher.n_jobs=2", f"hydra.sweep.dir={tmp_path}/sweep")
    # Not warm: the launcher's idle workers would be waited for, five minutes, where a process is forked.
    command = lab.command("-m", "model=kmeans,hierarchical", *FEW, shared, *launcher)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    trials = [run for run in lab.runs() if "segmentlab.trial" in run.data.tags]
    for model in ("kmeans", "hierarchical"):
        own = [run for run in trials if run.data.params["model"] == model]
        assert len({run.data.tags["segmentlab.trial"] for run in own}) == len(own) == 6
        assert len({run.data.tags["mlflow.parentRunId"] for run in own}) == 1


@pytest.mark.slow
def test_a_server_keeps_every_trial_once(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    with serving(tmp_path) as address:
        own = (f"tracking.uri={address}", f"tune.storage={tmp_path / 'studies'}")
        for trials in (6, 8):  # the second command resumes
            done = lab.run(*FEW[:-1], *own, f"tune.trials={trials}")
            assert done.returncode == 0, done.stderr
        client = MlflowClient(address)
        experiment = client.get_experiment_by_name("segmentlab")
        runs = client.search_runs([experiment.experiment_id])
    parents = [run for run in runs if "segmentlab.trial" not in run.data.tags]
    children = [run for run in runs if "segmentlab.trial" in run.data.tags]
    assert len({run.data.tags["segmentlab.trial"] for run in children}) == len(children) == 8
    assert {run.data.tags["mlflow.parentRunId"] for run in children} == {parents[0].info.run_id}
    assert {run.info.status for run in runs} == {"FINISHED"}
