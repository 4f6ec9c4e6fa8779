"""What the store keeps of the notebook: runs by the command that made them, and their tables."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from segmentlab.errors import ConfigError
from segmentlab.evaluation import LoggedRun
from segmentlab.lab.config import write_start
from segmentlab.lab.tracking import MlflowTracker, read_experiments, read_failed, read_runs, read_table

if TYPE_CHECKING:
    import pandas as pd


CommandKey = frozenset[str]
COMMAND_TAG = "segmentlab.command"


def make_command_key(overrides: Sequence[str]) -> CommandKey:
    """Equal for commands that say the same, in whatever order. A run does not keep where its store is."""
    return frozenset(one for one in overrides if not one.startswith(("tracking.", "tune.storage=")))


def make_run_key(run: LoggedRun) -> CommandKey:
    """The key of the command that made a run."""
    return make_command_key(shlex.split(run.tags.get(COMMAND_TAG, ""))[2:])


@dataclass(frozen=True)
class NotebookRuns:
    """All finished runs of a store, whatever experiment they belong to; the newest first."""

    tracker: MlflowTracker

    @cached_property
    def stores(self) -> dict[str, MlflowTracker]:
        """Each experiment of the store by its name."""
        return read_experiments(self.tracker)

    @cached_property
    def runs(self) -> dict[str, list[LoggedRun]]:
        """The finished runs of each experiment; of those with one command the newest."""
        return {name: _keep_newest(read_runs(tracker, None)) for name, tracker in self.stores.items()}

    @cached_property
    def failed(self) -> dict[str, list[LoggedRun]]:
        """The runs of each experiment that failed and were not made since."""
        failed = {name: _keep_newest(read_failed(tracker)) for name, tracker in self.stores.items()}
        return {
            name: [run for run in runs if make_run_key(run) not in self.keys] for name, runs in failed.items()
        }

    @cached_property
    def keys(self) -> dict[CommandKey, LoggedRun]:
        """The newest finished run of each command."""
        return {make_run_key(run): run for runs in self.runs.values() for run in reversed(runs)}

    def of_experiment(self, name: str) -> list[LoggedRun]:
        """The finished runs under that name."""
        if name not in self.runs:
            raise ConfigError(
                f"The store has no experiment '{name}'. There are: {', '.join(sorted(self.runs))}."
            )
        return self.runs[name]

    def run(self, overrides: Sequence[str]) -> LoggedRun:
        """The newest run of a command."""
        found = self.keys.get(make_command_key(overrides))
        if found is None:
            raise ConfigError(
                f"The store has no finished run of {write_start('run')} {shlex.join(overrides)}. "
                f"Make it with {write_start('notebook')}."
            )
        return found

    def table(self, run: LoggedRun, path: str) -> "pd.DataFrame":
        """One of the tables that a run keeps."""
        return read_table(self.tracker, run.run_id, path)


def _keep_newest(runs: Sequence[LoggedRun]) -> list[LoggedRun]:
    """The store lists the newest first."""
    found: dict[CommandKey, LoggedRun] = {}
    for run in runs:
        found.setdefault(make_run_key(run), run)
    return list(found.values())
