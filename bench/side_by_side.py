"""Times whole processes in turn, so that a change in the machine's speed meets all of them alike."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

Command = Sequence[str]


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
