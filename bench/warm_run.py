"""What a run costs beside its model fit: `python bench/warm_run.py`.

The default run on 5,000 customers, 250,000 lines, with its world generated and its store made. Its own
metric `time/fit` is the model fit and is taken off; the scan over k, all figures, the report, the model
and the tracking stay in. The evidence (`evaluate=standard`) has a bench of its own, `bench/evidence.py`.
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from mlflow import MlflowClient

from segmentlab.lab.config.folders import ROOT
from side_by_side import python, seconds, show

ROUNDS = 7


def main() -> None:
    """Print the table and where the time of a run goes."""
    imports = python("import mlflow, sklearn, plotly")
    with tempfile.TemporaryDirectory() as folder:
        store = f"sqlite:///{Path(folder) / 'mlflow.db'}"
        run = [
            sys.executable,
            str(ROOT / "src" / "run.py"),
            f"tracking.uri={store}",
            f"data.folder={folder}",
            "cache=false",
            "evaluate=quick",
        ]
        subprocess.run(run, check=True, capture_output=True)
        pairs = [(seconds(imports), seconds(run)) for _ in range(ROUNDS)]
        steps = steps_of_runs(store)
    whole = statistics.median(run for _, run in pairs)
    times = {
        "imports": statistics.median(baseline for baseline, _ in pairs),
        "run": whole,
        "run_without_fit": whole - steps["time/fit"],
    }
    show("A warm default run", times, "imports", {"run_without_fit": 3})
    for step, taken in sorted(steps.items(), key=lambda entry: -entry[1]):
        print(f"    {step:<24} {taken:6.3f} s")


def steps_of_runs(store: str) -> dict[str, float]:
    """The median of each timed step over the runs of the store."""
    client = MlflowClient(store, store)
    experiment = client.get_experiment_by_name("segmentlab")
    runs = [run.data.metrics for run in client.search_runs([experiment.experiment_id])]
    names = [name for name in runs[0] if name.startswith("time/")]
    return {name: statistics.median(run[name] for run in runs) for name in names}


if __name__ == "__main__":
    main()
