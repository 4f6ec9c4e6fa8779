"""A tracker that forgets: for runs that nobody wants to keep, and for looking at what a run would log."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import uuid4

from segmentlab.items import Item
from segmentlab.tracking.ending import FAILURE_TAG, ending_of


@dataclass
class MemoryRun:
    """One run: its items in the order in which they came, and how it stands."""

    name: str
    tags: dict[str, str]
    run_id: str = field(default_factory=lambda: uuid4().hex)
    status: str = "RUNNING"
    items: list[Item] = field(default_factory=list)
    url: str = "nowhere: this run is not kept"

    def log(self, items: Iterable[Item]) -> None:
        """Hold on to the items as they are."""
        self.items.extend(items)


class MemoryTracker:
    """Keeps runs for as long as the process lives."""

    def __init__(self) -> None:
        self.runs: list[MemoryRun] = []

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[MemoryRun]:
        """Open a run."""
        run = MemoryRun(name, dict(tags))
        self.runs.append(run)
        try:
            yield run
        except BaseException as error:
            ending = ending_of(error)
            run.status, run.tags[FAILURE_TAG] = ending.status, ending.reason
            raise
        run.status = "FINISHED"
