"""The evidence as a person meets it: in the terminal, in the tags, in the tables."""

import subprocess
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities import Run

from tests.commands import SMALL, Lab

FEW = [f"evaluate.{draws}" for draws in ("views=1", "bootstraps=3", "splits=2", "seeds=2", "resamples=10")]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def done(lab: Lab) -> subprocess.CompletedProcess[str]:
    return lab.run(SMALL, "evaluate=standard", *FEW, "report=full")


@pytest.fixture(scope="module")
def logged(lab: Lab, done: subprocess.CompletedProcess[str]) -> Run:
    assert done.returncode == 0, done.stderr
    return lab.runs()[0]


def test_the_terminal_says_the_verdict_and_how_stable_each_segment_is(
    done: subprocess.CompletedProcess[str], logged: Run
) -> None:
    assert logged
    assert done.stderr == ""
    assert "Verdict: groups, some cut further. Champions" in done.stdout
    assert "Found again on resamples: Champions " in done.stdout


def test_the_run_can_be_found_by_its_verdict_and_its_checks(logged: Run) -> None:
    assert logged.data.tags["verdict"] == "groups, some cut further"
    assert logged.data.tags["checks"]
    assert int(logged.data.tags["checks.errors"]) >= 0
    assert {
        "stability/jaccard_min",
        "reference/p_copula",
        "gaps/share",
        "usefulness/spend_r2",
        "usefulness/spend_r2_low",
        "time/holdout",
    } <= set(logged.data.metrics)


def test_every_number_has_its_table(lab: Lab, logged: Run) -> None:
    files = set(lab.files(logged.info.run_id))
    names = ("borders", "stability", "reference", "usefulness", "checks", "atoms", "k_scan")
    assert {f"tables/{name}.csv" for name in names} <= files
    assert "figures/nulls.png" in files
    stability = pd.read_csv(lab.download(logged, "tables/stability.csv"))
    assert stability["jaccard"].min() == pytest.approx(logged.data.metrics["stability/jaccard_min"])
    assert "prediction_strength" in pd.read_csv(lab.download(logged, "tables/k_scan.csv"))


@pytest.mark.slow
def test_raw_scaling_in_two_is_refused_with_its_reason(lab: Lab, real_data: Path) -> None:
    """The 26 wholesalers: the highest silhouette of all, and the checks say why it is worth nothing."""
    raw = lab.run(
        "data=online_retail",
        "prepare=standard",
        "model.n_clusters=2",
        "evaluate.bootstraps=20",
        SEGMENTLAB_DATA=str(real_data),
    )
    assert raw.returncode == 0, raw.stderr
    run = lab.runs()[0]
    assert run.data.metrics["separation/silhouette"] > 0.85
    assert "SEG001" in run.data.tags["checks"].split(",")
    assert int(run.data.tags["checks.errors"]) >= 1
    assert "A tiny segment" in raw.stdout


@pytest.mark.parametrize(
    ("override", "told"),
    [
        ("evaluate.nulls=5", "evaluate.nulls=5 is too small: write 19 or more, or 0 to leave it out"),
        ("evaluate.sample=0", "evaluate.sample=0 is too small: write 100 or more."),
    ],
)
def test_too_few_draws_are_refused_before_anything_runs(lab: Lab, override: str, told: str) -> None:
    refused = lab.run(SMALL, override)
    assert refused.returncode == 2
    assert told in refused.stderr
