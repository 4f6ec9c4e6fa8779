"""What the project asks of a tracking store: a run that takes log items and always ends."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from segmentlab.items import Item


class RunLog(Protocol):
    """An open run."""

    @property
    def run_id(self) -> str:
        """The name under which the store knows the run."""
        ...

    @property
    def url(self) -> str:
        """Where to look at the run: an address, or a sentence where there is none."""
        ...

    def log(self, items: Iterable[Item]) -> None:
        """Keep the items. It may be called as often as there is something to keep."""
        ...


class Tracker(Protocol):
    """A store of runs.

    The law that holds for every tracker: leaving the `with` block ends the run. It is FINISHED after a
    normal end, KILLED after an interruption and FAILED after any other exception. An exception leaves
    its reason in the tag `segmentlab.failure` and goes on to the caller.
    """

    def run(self, name: str, tags: Mapping[str, str]) -> AbstractContextManager[RunLog]:
        """Open a run that lasts as long as the `with` block."""
        ...
