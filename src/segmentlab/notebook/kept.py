"""What the store keeps of the notebook: runs by the command that made them, and their tables."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from segmentlab.comparing.logged import LoggedRun
from segmentlab.errors import ConfigError
from segmentlab.tracking.logged_runs import read_experiments, read_failed, read_runs, read_table
from segmentlab.tracking.mlflow_tracker import MlflowTracker

if TYPE_CHECKING:
    import pandas as pd

Key = frozenset[str]
COMMAND_TAG = "segmentlab.command"


def key_of(overrides: Sequence[str]) -> Key:
    """Equal for commands that say the same, in whatever order. A run does not keep where its store is."""
    return frozenset(one for one in overrides if not one.startswith(("tracking.", "tune.storage=")))


def key_of_run(run: LoggedRun) -> Key:
    """The key of the command that made a run."""
    return key_of(shlex.split(run.tags.get(COMMAND_TAG, ""))[2:])


@dataclass(frozen=True)
class Kept:
    """All finished runs of a store, whatever experiment they belong to; the newest first."""

    tracker: MlflowTracker

    @cached_property
    def stores(self) -> dict[str, MlflowTracker]:
        """Each experiment of the store by its name."""
        return read_experiments(self.tracker)

    @cached_property
    def runs(self) -> dict[str, list[LoggedRun]]:
        """The finished runs of each experiment; of those with one command the newest."""
        return {name: _newest(read_runs(tracker, None)) for name, tracker in self.stores.items()}

    @cached_property
    def failed(self) -> dict[str, list[LoggedRun]]:
        """The runs of each experiment that failed and were not made since."""
        failed = {name: _newest(read_failed(tracker)) for name, tracker in self.stores.items()}
        return {
            name: [run for run in runs if key_of_run(run) not in self.keys] for name, runs in failed.items()
        }

    @cached_property
    def keys(self) -> dict[Key, LoggedRun]:
        """The newest finished run of each command."""
        return {key_of_run(run): run for runs in self.runs.values() for run in reversed(runs)}

    def of_experiment(self, name: str) -> list[LoggedRun]:
        """The finished runs under that name."""
        if name not in self.runs:
            raise ConfigError(
                f"The store has no experiment '{name}'. There are: {', '.join(sorted(self.runs))}."
            )
        return self.runs[name]

    def run(self, overrides: Sequence[str]) -> LoggedRun:
        """The newest run of a command."""
        found = self.keys.get(key_of(overrides))
        if found is None:
            raise ConfigError(
                f"The store has no finished run of python src/run.py {shlex.join(overrides)}. "
                "Make it with python src/notebook.py."
            )
        return found

    def table(self, run: LoggedRun, path: str) -> "pd.DataFrame":
        """One of the tables that a run keeps."""
        return read_table(self.tracker, run, path)


def _newest(runs: Sequence[LoggedRun]) -> list[LoggedRun]:
    """The store lists the newest first."""
    found: dict[Key, LoggedRun] = {}
    for run in runs:
        found.setdefault(key_of_run(run), run)
    return list(found.values())
