"""`python src/nightly.py`, which is killed at the moment that `KILLED_AT` names: 1 is the first that counts.

A moment is one at which something has just been, or is about to be, written. Without `KILLED_AT` the night
ends by itself, and writes into `MOMENTS` how many there were.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from segmentlab.lab.cli import run_command
from segmentlab.lab.outputs.database import DuckDBSession
from segmentlab.lab.tracking.tracker import MlflowRun

moments = 0


def pass_moment() -> None:
    """Kill this process, if it is time."""
    global moments  # noqa: PLW0603
    moments += 1
    if os.environ.get("KILLED_AT") == str(moments):
        os.kill(os.getpid(), signal.SIGKILL)


def watch(owner: Any, name: str) -> None:
    """Moments before and after every call."""
    original: Callable[..., Any] = getattr(owner, name)

    def call(*given: Any, **named: Any) -> Any:
        pass_moment()
        done = original(*given, **named)
        pass_moment()
        return done

    setattr(owner, name, call)


if __name__ == "__main__":
    for owner, name in (
        (DuckDBSession, "execute"),
        (DuckDBSession, "append"),
        (Path, "replace"),
        (Path, "unlink"),
        (os, "fsync"),
        (MlflowRun, "log"),
    ):
        watch(owner, name)
    try:
        run_command("nightly")
    finally:
        if "MOMENTS" in os.environ:
            Path(os.environ["MOMENTS"]).write_text(str(moments))
        sys.stdout.flush()
