"""The runs that a note's commands ask for, and a process that makes them one after the other."""

import contextlib
import itertools
import multiprocessing
import os
import shlex
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from hydra.core.override_parser.overrides_parser import OverridesParser

from segmentlab.errors import ConfigError, SegmentLabError
from segmentlab.lab.config import complete_overlay, compose_setup, prepare_hydra, write_start

if TYPE_CHECKING:
    from multiprocessing.queues import Queue


# What a note may run, by the two words that it begins with.
NOTE_COMMANDS: Final = {
    "python src/run.py": "run",
    "python src/compare.py": "compare",
    "segmentlab run": "run",
    "segmentlab compare": "compare",
}
MULTIRUN_FLAGS: Final = ("-m", "--multirun")


class JobResult(NamedTuple):
    """How a run ended: well, or with a message that tells what was wrong with what was asked."""

    seconds: float
    message: str | None = None


def list_jobs(command: str) -> list[tuple[str, ...]]:
    """The overrides of each run that one command makes; with -m one for every combination."""
    _python, _script, *arguments = shlex.split(command)
    typed = [complete_overlay(argument) for argument in arguments if argument not in MULTIRUN_FLAGS]
    parsed = OverridesParser.create().parse_overrides(typed)
    choices = [
        [f"{one.get_key_element()}={value}" for value in one.sweep_string_iterator()]
        if one.is_sweep_override()
        else [str(one.input_line)]
        for one in parsed
    ]
    if any(len(values) > 1 for values in choices) and not set(MULTIRUN_FLAGS) & set(arguments):
        raise ConfigError(f"{command}: several values need -m.")
    return list(itertools.product(*choices))


def find_command(line: str) -> str:
    """Which of our commands it is; a note may run those that make runs and those that compare them."""
    found = NOTE_COMMANDS.get(" ".join(shlex.split(line)[:2]))
    if found is None:
        raise ConfigError(
            f"{line}: a note runs {write_start('run')} and {write_start('compare')}, nothing else."
        )
    return found


def prepare_worker(turns: "Queue[int]", pinned: bool) -> None:
    """Give a process one processor: runs side by side would wait for each other's threads.

    Ctrl-C reaches every process of a terminal. Here it ends the run in hand, which is then KILLED. A process
    whose notebook was killed ends as well.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    turn = turns.get()
    if pinned and hasattr(os, "sched_setaffinity"):
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {processors[turn % len(processors)]})
    prepare_hydra()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)


def perform_job(overrides: Sequence[str], uri: str, log: Path) -> JobResult:
    """Make one run as the command would; what it says goes to the log."""
    from segmentlab.lab.cli import run_experiment

    begun = time.perf_counter()
    with (
        log.open("a", encoding="utf-8") as told,
        contextlib.redirect_stdout(told),
        contextlib.redirect_stderr(told),
    ):
        try:
            run_experiment(compose_setup([*overrides, f"tracking.uri={uri}"]))
        except SegmentLabError as error:
            return JobResult(time.perf_counter() - begun, str(error))
        except Exception:
            traceback.print_exc()
            raise
    return JobResult(time.perf_counter() - begun)
