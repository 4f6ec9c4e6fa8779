"""What a warm run costs: `python bench/warm_run.py`, in units of the imports of mlflow, sklearn and plotly.

The command of the front page on 5,000 customers, 250,000 lines, with its world generated, its store made and
its features known: when the answer is on the screen, the whole quick run, the standard run beyond that, and
what a kept run weighs. Wall and processor time stand beside each other, for the imports use one processor.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import psutil
from mlflow import MlflowClient

from segmentlab.lab.config.folders import ROOT
from side_by_side import Command, python

ROUNDS: Final = 7
IMPORTS: Final = python("import mlflow, sklearn, plotly")
CARD: Final = [sys.executable, str(ROOT / "src" / "run.py"), "model=kmeans", "features=rfm"]
ANSWER: Final = b"separation/"  # the last lines of the answer begin so
LIMITS: Final = {"answer": 1.35, "quick": 2.2, "standard beyond quick": 1.9}
LIMIT_WEIGHT: Final = 4.0  # MB


class Spent(NamedTuple):
    """Seconds on the wall and of the processors."""

    wall: float
    processor: float

    def beyond(self, other: "Spent") -> "Spent":
        """How much more this is."""
        return Spent(self.wall - other.wall, self.processor - other.processor)


def main() -> None:
    """Print the table, what a run weighs, and where the time of a quick run goes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runs = {evidence: make_command(folder, evidence) for evidence in ("quick", "standard")}
        for command in runs.values():  # make world, stores and features, which do not count
            subprocess.run(command, check=True, capture_output=True)
        weight = weigh_files(folder / "standard" / "artifacts")
        rounds = [measure_round(runs) for _ in range(ROUNDS)]
        steps = list_steps(f"sqlite:///{folder / 'quick' / 'mlflow.db'}")
    show_times({name: find_median([one[name] for one in rounds]) for name in rounds[0]})
    print(f"  {'a run kept, full report':<24} {weight:8.2f} MB  {write_verdict(weight, LIMIT_WEIGHT)}")
    print("\nSteps of the quick run")
    for step, taken in sorted(steps.items(), key=lambda entry: -entry[1]):
        print(f"  {step:<24} {taken:8.3f} s")


def make_command(folder: Path, evidence: str) -> Command:
    """A run that shares its world with the others, and has a store of its own to be weighed."""
    own = folder / evidence
    places = [f"data.folder={folder}", f"cache_folder={own}/cache", f"tracking.uri=sqlite:///{own}/mlflow.db"]
    return [*CARD, f"evaluate={evidence}", *places]


def measure_round(runs: Mapping[str, Command]) -> dict[str, Spent]:
    """One of each, in turn; what counts of the standard run is how much longer it takes."""
    imports, _ = measure(IMPORTS)
    quick, answer = measure(runs["quick"])
    standard, _ = measure(runs["standard"])
    return {
        "imports": imports,
        "answer": answer,
        "quick": quick,
        "standard": standard,
        "standard beyond quick": standard.beyond(quick),
    }


def measure(command: Command) -> tuple[Spent, Spent]:
    """What the whole command takes, and what it takes until its answer is on the screen."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    answer = Spent(0.0, 0.0)
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(ANSWER) and not answer.wall:
            taken = psutil.Process(process.pid).cpu_times()
            answer = Spent(time.perf_counter() - start, taken.user + taken.system)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Spent(time.perf_counter() - start, used.ru_utime + used.ru_stime), answer


def weigh_files(folder: Path) -> float:
    """All files below, in MB."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


def list_steps(store: str) -> dict[str, float]:
    """The median of each timed step over the runs of the store."""
    client = MlflowClient(store, store)
    experiment = client.get_experiment_by_name("segmentlab")
    runs = [run.data.metrics for run in client.search_runs([experiment.experiment_id])]
    names = [name for name in runs[0] if name.startswith("time/")]
    return {name: statistics.median(run[name] for run in runs) for name in names}


def find_median(spent: Sequence[Spent]) -> Spent:
    """The medians of both clocks."""
    return Spent(*(statistics.median(values) for values in zip(*spent, strict=True)))


def show_times(times: Mapping[str, Spent]) -> None:
    """A row each: both clocks in seconds and in units of the imports, and what is promised of the wall."""
    print(f"A warm default run, medians of {ROUNDS}\n{'':<26} {'wall':>10} {'':>9} {'processor':>10}")
    unit = times["imports"]
    for name, (wall, processor) in times.items():
        verdict = write_verdict(wall / unit.wall, LIMITS[name]) if name in LIMITS else ""
        clocks = ((wall, unit.wall), (processor, unit.processor))
        row = " ".join(f"{taken:8.2f} s  {taken / one:6.2f} x" for taken, one in clocks)
        print(f"  {name:<24} {row}  {verdict}")


def write_verdict(reached: float, limit: float) -> str:
    """What was promised, and whether that was kept."""
    return f"promised at most {limit:g}  {'ok' if reached <= limit else 'MISSED'}"


if __name__ == "__main__":
    main()
