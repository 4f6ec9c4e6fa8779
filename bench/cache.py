"""What a second run saves: `SEGMENTLAB_DATA=<folder> python bench/cache.py`.

The way from data to features, as the runs themselves time it: a first run that reads, cleans and
computes, and a second one that finds the features kept. Online Retail II as a CSV file of a million
lines, or a generated shop of as many where SEGMENTLAB_DATA is not set.
"""

import gzip
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from mlflow import MlflowClient

from segmentlab.lab.config.folders import ROOT
from side_by_side import show

ROUNDS = 5
STEPS = ("time/data", "time/clean", "time/features")


def main() -> None:
    """Print the table for the steps, and for whole runs."""
    steps: dict[str, list[float]] = {"first": [], "second": []}
    whole: dict[str, list[float]] = {"first": [], "second": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = source(folder)
        run(folder, data)  # makes the store, and does not count
        for _ in range(ROUNDS):
            shutil.rmtree(folder / "cache")
            for turn in ("first", "second"):
                start = time.perf_counter()
                steps[turn].append(run(folder, data))
                whole[turn].append(time.perf_counter() - start)
    show("From data to features", medians(steps), "first", {"second": 0.2})
    show("The whole run around it", medians(whole), "first", {})


def source(folder: Path) -> list[str]:
    """The data as arguments of a run."""
    published = os.environ.get("SEGMENTLAB_DATA")
    if published is None:
        return ["data.customers=20000", f"data.folder={folder}"]
    path = folder / "online_retail_II.csv"
    packed = Path(published) / "assembled" / "online_retail_II.csv.gz"
    with gzip.open(packed) as lines, path.open("wb") as target:
        shutil.copyfileobj(lines, target)
    return ["data=file", f"data.path={path}"]


def run(folder: Path, data: list[str]) -> float:
    """One run; the seconds of its steps from data to features."""
    store = f"sqlite:///{folder / 'mlflow.db'}"
    places = [f"tracking.uri={store}", f"cache_folder={folder / 'cache'}"]
    command = [sys.executable, str(ROOT / "src" / "run.py"), *places, *data]
    subprocess.run(command, check=True, capture_output=True)
    client = MlflowClient(store, store)
    experiment = client.get_experiment_by_name("segmentlab")
    assert experiment is not None
    metrics = client.search_runs([experiment.experiment_id], max_results=1)[0].data.metrics
    return sum(metrics.get(step, 0.0) for step in STEPS)


def medians(times: dict[str, list[float]]) -> dict[str, float]:
    """The middle of each list."""
    return {turn: statistics.median(values) for turn, values in times.items()}


if __name__ == "__main__":
    main()
