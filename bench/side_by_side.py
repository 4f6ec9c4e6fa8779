"""Times processes in turn, so that a change in the machine's speed meets all of them alike."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

Command = Sequence[str]
WATCHED = """
import json as _json, resource as _resource, time as _time
{setup}
_start, _begun = _time.perf_counter(), _time.process_time()
{work}
_taken, _worked = _time.perf_counter() - _start, _time.process_time() - _begun
_peak = _resource.getrusage(_resource.RUSAGE_SELF).ru_maxrss / 2**20
print(_json.dumps({{"seconds": _taken, "processor": _worked, "peak": _peak}}))
"""


@dataclass(frozen=True)
class Work:
    """Python code whose start does not count, such as its imports, and code that does."""

    setup: str
    work: str

    def whole(self) -> Command:
        """Everything, in a process whose every moment counts."""
        return python(f"{self.setup}\n{self.work}")

    def watched(self) -> "Cost":
        """The cost of the work, in a fresh process that watches itself."""
        done = subprocess.run(
            python(WATCHED.format(setup=self.setup, work=self.work)),
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
        return Cost(**json.loads(done.stdout.splitlines()[-1]))


@dataclass(frozen=True)
class Cost:
    """Wall time, processor time, and the most memory that the process ever held, in GiB."""

    seconds: float
    processor: float
    peak: float


def seconds(command: Command, environment: Mapping[str, str] | None = None) -> float:
    """The wall time of one process; its output is thrown away, its failure is ours."""
    start = time.perf_counter()
    subprocess.run(
        command,
        check=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    return time.perf_counter() - start


def medians(rounds: int, **commands: Command) -> dict[str, float]:
    """The median time of each command over some rounds, after one round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for counted in [False] + [True] * rounds:
        for name, command in commands.items():
            taken = seconds(command)
            if counted:
                times[name].append(taken)
    return {name: statistics.median(values) for name, values in times.items()}


def costs(rounds: int, **works: Work) -> dict[str, Cost]:
    """The median cost of each work over some rounds, after one that does not count if there are several."""
    found: dict[str, list[Cost]] = {name: [] for name in works}
    for counted in [False] * (rounds > 1) + [True] * rounds:
        for name, work in works.items():
            cost = work.watched()
            if counted:
                found[name].append(cost)
    return {
        name: Cost(
            statistics.median(c.seconds for c in those),
            statistics.median(c.processor for c in those),
            max(c.peak for c in those),
        )
        for name, those in found.items()
    }


def python(code: str) -> Command:
    """A command that runs a line of Python in this environment."""
    return [sys.executable, "-c", code]


def show(title: str, times: Mapping[str, float], baseline: str, limits: Mapping[str, float]) -> None:
    """A row per command: its time, its ratio to the baseline, and the ratio that we promise."""
    print(f"\n{title}")
    for name, taken in times.items():
        ratio = taken / times[baseline]
        promise = f"  promised at most {limits[name]:g}" if name in limits else ""
        verdict = "" if name not in limits else ("  ok" if ratio <= limits[name] else "  MISSED")
        print(f"  {name:<24} {taken:8.3f} s  {ratio:6.2f} x{promise}{verdict}")
