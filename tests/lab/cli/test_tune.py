"""`tune=optuna`, from the command line to the store."""

import random
import re
import signal
import subprocess
import time
from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities import Run

from segmentlab.errors import ConfigError
from segmentlab.lab.experiment.study_order import build_study_order
from segmentlab.lab.tuning.space import ChoiceList, DecimalRange, WholeRange
from tests.commands import SMALL, Lab
from tests.configs import composed
from tests.warm import Warm

CHOICES = {"model": "kmeans", "prepare": "log_standard"}
FEW = (SMALL, "tune=optuna", "report=none")
# A space with a decimal number in it has no end: one of eleven numbers of segments is tried as a whole.
ENDLESS = "+tune.space.model.tol=[0.0001,0.1]"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def tuned(lab: Lab) -> subprocess.CompletedProcess[str]:
    return lab.run(*FEW, *own(lab), "tune.trials=8")


def own(lab: Lab) -> tuple[str, ...]:
    """Studies in a place of the test's own."""
    return (f"tune.storage={lab.folder / 'studies'}",)


def parents(lab: Lab) -> list[Run]:
    """Runs of commands, the newest first."""
    return [run for run in lab.runs() if "segmentlab.trial" not in run.data.tags]


def children(lab: Lab, parent: Run) -> list[Run]:
    """The trials below a run."""
    return [run for run in lab.runs() if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id]


@pytest.mark.slow
def test_the_best_of_a_study_is_the_segmentation_of_the_run(
    lab: Lab, tuned: subprocess.CompletedProcess[str]
) -> None:
    assert tuned.returncode == 0, tuned.stderr
    assert "has ended: all 8 trials are done" in tuned.stdout
    run = parents(lab)[0]
    trials = pd.read_csv(lab.download(run, "tables/trials.csv"))
    chosen = trials[trials["chosen"]].iloc[0]
    assert chosen["on_front"]
    assert run.data.tags["study.chosen"] == str(chosen["number"])
    assert run.data.params["tuned.model.n_clusters"] == str(chosen["kmeans.n_clusters"])
    for name in ("segments/count", "separation/silhouette", "separation/davies_bouldin"):
        assert run.data.metrics[name] == pytest.approx(chosen[name], abs=1e-9)


@pytest.mark.slow
def test_every_trial_is_a_run_below(lab: Lab, tuned: subprocess.CompletedProcess[str]) -> None:
    assert tuned.returncode == 0
    trials = children(lab, parents(lab)[0])
    assert len({run.data.tags["segmentlab.trial"] for run in trials}) == len(trials) == 8
    for run in trials:
        assert run.info.status == "FINISHED"
        assert {"model", "model.n_clusters"} == set(run.data.params)
        assert run.data.metrics["segments/count"] == int(run.data.params["model.n_clusters"])
        assert run.data.tags["feasible"] in ("yes", "no")


@pytest.mark.slow
def test_the_same_command_resumes_and_doubles_nothing(
    lab: Lab, tuned: subprocess.CompletedProcess[str]
) -> None:
    assert tuned.returncode == 0
    first = {run.info.run_id for run in children(lab, parents(lab)[0])}
    again = lab.run(*FEW, *own(lab), "tune.trials=11", "tune.workers=2")
    assert again.returncode == 0, again.stderr
    trials = children(lab, parents(lab)[0])
    assert {run.info.run_id for run in trials} > first, "the trials of the first run belong to the second now"
    assert len({run.data.tags["segmentlab.trial"] for run in trials}) == len(trials) == 11


@pytest.mark.slow
def test_several_models_compete_in_one_study(lab: Lab) -> None:
    overrides = ("tune.models=[kmeans,hdbscan]", "tune.space.model.n_clusters=[3,6]", "tune.sampler=random")
    done = lab.run(*FEW, *own(lab), *overrides, "tune.trials=8", "tune.log_trials=front")
    assert done.returncode == 0, done.stderr
    run = parents(lab)[0]
    trials = pd.read_csv(lab.download(run, "tables/trials.csv"))
    assert set(trials["model"]) == {"kmeans", "hdbscan"}
    assert trials["kmeans.n_clusters"].dropna().between(3, 6).all()
    assert len(children(lab, run)) == trials["on_front"].sum()


@pytest.mark.slow
def test_a_multirun_makes_a_study_for_each_model(lab: Lab) -> None:
    sweep = f"hydra.sweep.dir={lab.folder / 'sweep'}"
    done = lab.run("-m", "model=kmeans,hierarchical", *FEW, *own(lab), "tune.trials=4", sweep)
    assert done.returncode == 0, done.stderr
    names = [run.data.tags["study.name"] for run in parents(lab)[:2]]
    assert [name.rpartition("-")[0] for name in names] == ["hierarchical", "kmeans"]


@pytest.mark.slow
def test_where_nothing_is_feasible_the_nearest_are_told(lab: Lab) -> None:
    refused = lab.run(*FEW, *own(lab), "tune.trials=4", "tune.least_share=0.9")
    assert refused.returncode == 2
    assert "No trial of 4 is feasible" in refused.stderr
    assert re.search(
        r"trial \d \(kmeans.n_clusters=\d+\): the smallest segment holds .* less than 90.00%", refused.stderr
    )
    assert "Traceback" not in refused.stderr
    run = parents(lab)[0]
    assert run.info.status == "FAILED"
    assert not pd.read_csv(lab.download(run, "tables/trials.csv"))["feasible"].any()
    assert len(children(lab, run)) == 4


def test_a_storage_out_of_reach_is_told_without_its_password(lab: Lab) -> None:
    refused = lab.run(*FEW, "tune.storage=postgresql://me:s3cret@127.0.0.1:9/studies")
    assert refused.returncode == 2
    assert "127.0.0.1" in refused.stderr
    assert "Check tune.storage" in refused.stderr
    assert "Traceback" not in refused.stderr
    run = parents(lab)[0]
    assert "s3cret" not in refused.stdout + refused.stderr + str(run.data)


@pytest.mark.slow
def test_ctrl_c_chooses_from_what_there_is(lab: Lab) -> None:
    command = lab.command(*FEW, *own(lab), "tune.trials=100000", "model.n_init=300", ENDLESS)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said, pressed = "", False
        for line in process.stdout:
            said += line
            if not pressed and re.search(r"\d of 100000 trials, [1-9]", line):
                process.send_signal(signal.SIGINT)
                pressed = True
    assert process.returncode == 0, said
    assert "has ended: it was interrupted from the keyboard" in said
    run = parents(lab)[0]
    assert run.info.status == "FINISHED"
    assert run.data.tags["study.ended"] == "it was interrupted from the keyboard"
    assert children(lab, run)


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["+tune.space.model.n_cluster=[2,5]"], "'n_cluster' does not exist. Did you mean n_clusters"),
        (["+tune.space.model.n_clusters=[5,2]"], "upside down"),
        (["+tune.space.modle.n_clusters=[2,5]"], "'modle' does not exist. Did you mean model"),
        (["+tune.space.projection.n_components=[1,3]"], "tune.space.projection: 'n_components' does not"),
        (["tune.objectives=[separation/silhouete]"], "Did you mean separation/silhouette"),
        (["tune.objectives=[]"], "tune.objectives is empty"),
        (["tune.sampler=tpo"], "Did you mean tpe"),
        (["tune.choice=elbow"], "There are: evidence, knee, first"),
        (["tune.models=[kmean]"], "Did you mean kmeans"),
        (["tune.segments=[5]"], "no range from two up"),
        (["tune.trials=0"], "tune.trials=0 is too small"),
        (["tune.least_share=20"], "is no share"),
        (["+tune.space.prepare=[robust,standard]"], "tune.scored_in=robust"),
        (["+tune.space.prepare=[robots]", "tune.scored_in=robust"], "Did you mean robust"),
    ],
)
def test_a_slip_is_told_before_data_is_read(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        build_study_order(composed("tune=optuna", *overrides), CHOICES)


def test_gaussian_processes_say_what_they_need() -> None:
    if find_spec("torch") is not None:
        pytest.skip("nothing is missing where PyTorch is installed")
    with pytest.raises(ConfigError, match="needs the package torch"):
        build_study_order(composed("tune=optuna", "tune.sampler=gp"), CHOICES)


def test_a_slip_in_a_command_ends_it(lab: Lab) -> None:
    before = len(lab.runs())
    refused = lab.run(*FEW, "tune.space.model.n_cluster=[2,5]")
    assert refused.returncode == 2
    assert refused.stderr.startswith("Error: tune.space.model: 'n_cluster' does not exist.")
    assert lab.run(*FEW, "tune.trails=5").stderr.startswith("Error: tune.trails: there is no such parameter.")
    assert len(lab.runs()) == before


def test_bounds_come_from_beside_the_model_and_from_the_command() -> None:
    order = build_study_order(
        composed(
            "tune=optuna",
            "tune.models=[kmeans,dbscan]",
            "+tune.space.model.n_clusters=[3,4]",
            "projection=pca",
            "+tune.space.projection.n_components=[1,2]",
            "+tune.space.prepare=[robust,log_standard]",
            "tune.scored_in=log_standard",
        ),
        CHOICES,
    )
    assert order is not None
    assert order.space.models == {
        "kmeans": {"n_clusters": WholeRange(3, 4)},
        "dbscan": {"eps": DecimalRange(0.1, 1.5), "min_samples": WholeRange(5, 50)},
    }
    assert order.space.dimensions("kmeans") == {
        "kmeans.n_clusters": WholeRange(3, 4),
        "projection.n_components": WholeRange(1, 2),
        "prepare": ChoiceList(("robust", "log_standard")),
    }
    assert set(order.preparations) == {None, "robust", "log_standard"}
    assert build_study_order(composed(), CHOICES) is None


@pytest.mark.slow
@pytest.mark.realdata
def test_the_wholesalers_are_no_segment(lab: Lab, real_data: Path) -> None:
    """On z-scores two segments of 4,312 and 26 customers have the best silhouette of all, 0.896."""
    tempting = ("tune.space.prepare=[standard,log_standard]", "tune.scored_in=standard", "tune.sampler=grid")
    overrides = ("data=online_retail", "tune=optuna", "report=none", *tempting)
    done = lab.run(*overrides, *own(lab), SEGMENTLAB_DATA=str(real_data))
    assert done.returncode == 0, done.stderr
    run = parents(lab)[0]
    trials = pd.read_csv(lab.download(run, "tables/trials.csv"))
    best = trials.loc[trials["separation/silhouette"].idxmax()]
    assert (best["prepare"], best["kmeans.n_clusters"]) == ("standard", 2)
    assert best["separation/silhouette"] == pytest.approx(0.896, abs=0.005)
    assert best["segments/smallest_share"] == pytest.approx(26 / 4338)
    assert not best["feasible"]
    assert run.data.params["tuned.prepare"] == "log_standard"
    assert run.data.metrics["segments/smallest_share"] >= 0.01


@pytest.mark.slow
def test_twenty_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    lab, moments = Lab(tmp_path), random.Random(0)
    arguments = (*FEW, *own(lab), "tune.trials=120", "tune.study=killed", "model.n_init=100", ENDLESS)
    for _ in range(20):
        process = Warm(lab.command(*arguments), tmp_path)
        process.wait_for("Tuning")
        time.sleep(moments.uniform(0, 1.5))
        process.kill()
        process.wait()
    done = lab.run(*arguments)
    assert done.returncode == 0, done.stderr
    assert_whole(lab, 120)


@pytest.mark.slow
def test_eight_commands_at_once_share_a_fresh_study(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    assert lab.run(SMALL).returncode == 0  # the world is made once
    fresh = f"sqlite:///{tmp_path / 'fresh' / 'mlflow.db'}"
    arguments = (*FEW, *own(lab), "tune.trials=40", "tune.study=shared", ENDLESS, f"tracking.uri={fresh}")
    commands = [Warm(lab.command(*arguments), tmp_path) for _ in range(8)]
    said = ["".join(command.communicate()) for command in commands]
    assert [command.returncode for command in commands] == [0] * 8, "\n".join(said)
    shared = Lab(tmp_path / "fresh")
    assert_whole(shared, 40)


def assert_whole(lab: Lab, trials: int) -> None:
    """Every trial that counts is in the table, and a run of its own once."""
    table = pd.read_csv(lab.download(parents(lab)[0], "tables/trials.csv"))
    finished = table[table["state"] != "failed"]
    assert len(finished) == trials
    kept = [
        int(run.data.tags["segmentlab.trial"]) for run in lab.runs() if "segmentlab.trial" in run.data.tags
    ]
    assert sorted(kept) == sorted(finished["number"])
