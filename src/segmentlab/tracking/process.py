"""Which process owns a run, and whether it is still there."""

import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import psutil

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
