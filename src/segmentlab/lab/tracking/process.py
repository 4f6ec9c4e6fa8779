"""Which process owns a run, how a run ends, and who ends the runs of processes that were killed."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self

import psutil

from segmentlab.errors import SegmentLabError
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run


# Which process owns a run, and whether it is still there.


HOST_TAG = "segmentlab.host"
PID_TAG = "segmentlab.pid"
STARTED_TAG = "segmentlab.process_started"

# The start of a process is counted from the clock's now. When the clock is set right it moves by as much,
# while a reused process id differs by the whole life of its first owner.
CLOCK_CORRECTION = 60.0


@dataclass(frozen=True)
class Process:
    """A process id alone is reused by the system; with the moment of its start it is one process."""

    host: str
    pid: int
    started: float

    @classmethod
    def current(cls) -> Self:
        """The process that runs this line."""
        return cls(platform.node(), os.getpid(), psutil.Process().create_time())

    @classmethod
    def from_tags(cls, tags: Mapping[str, str]) -> Self:
        """The owner that a run was tagged with."""
        return cls(tags[HOST_TAG], int(tags[PID_TAG]), float(tags[STARTED_TAG]))

    def tags(self) -> dict[str, str]:
        """The owner as tags of a run."""
        return {HOST_TAG: self.host, PID_TAG: str(self.pid), STARTED_TAG: f"{self.started:.2f}"}

    def is_gone(self) -> bool:
        """Whether it has ended. Only its own host can tell."""
        try:
            found = psutil.Process(self.pid)
            return (
                found.status() == psutil.STATUS_ZOMBIE  # dead, its parent has not asked for it yet
                or abs(found.create_time() - self.started) > CLOCK_CORRECTION
            )
        except psutil.NoSuchProcess:
            return True


# How a run ends, told from what was raised in it.


FAILURE_TAG = "segmentlab.failure"
LONGEST_REASON = 5_000  # stores cut a tag at 8,000 characters; a reason is for reading


@dataclass(frozen=True)
class RunEnding:
    """The status that a broken run gets, and the reason in words."""

    status: Literal["FAILED", "KILLED"]
    reason: str


def find_ending(error: BaseException) -> RunEnding:
    """KILLED when somebody stopped the run, FAILED when something in it broke."""
    match error:
        case KeyboardInterrupt():
            return RunEnding("KILLED", "interrupted from the keyboard")
        case SystemExit():
            return RunEnding("KILLED", f"the process was told to exit ({error.code})")
        case SegmentLabError():
            reason = str(error)
        case _:
            reason = f"{type(error).__name__}: {error}"
    return RunEnding("FAILED", redact_text(reason)[:LONGEST_REASON])


def close_abandoned_runs(client: "MlflowClient", experiment_id: str) -> "list[Run]":
    """Mark as KILLED what is RUNNING on this host without its process, and say what that was.

    Nothing else ever would: after `kill -9` a run stays RUNNING for ever. Runs of other hosts are left
    alone, for only their host can tell whether they live.
    """
    runs = client.search_runs(
        [experiment_id], f"attributes.status = 'RUNNING' and tags.`{HOST_TAG}` = '{platform.node()}'"
    )
    closed = []
    for run in runs:
        tags = run.data.tags
        if {PID_TAG, STARTED_TAG} <= tags.keys() and (owner := Process.from_tags(tags)).is_gone():
            reason = f"process {owner.pid} on {owner.host} ended without closing the run"
            client.set_tag(run.info.run_id, FAILURE_TAG, reason)
            client.set_terminated(run.info.run_id, "KILLED")
            closed.append(run)
    return closed
