"""What the project asks of a tracking store, kept by one that forgets and by MLflow."""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit
from uuid import uuid4

from segmentlab.errors import StoreError
from segmentlab.evaluation import KIND_TAG
from segmentlab.flow import Item
from segmentlab.lab.tracking.experiments import PARTS, move_to_failed, open_part
from segmentlab.lab.tracking.interpreter import log_items
from segmentlab.lab.tracking.process import FAILURE_TAG, Process, find_ending
from segmentlab.lab.tracking.trouble import explain_store_errors
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    from mlflow import MlflowClient


# What the project asks of a tracking store: a run that takes log items and always ends.


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


# A tracker that forgets: for runs that nobody wants to keep, and for looking at what a run would log.


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
            ending = find_ending(error)
            run.status, run.tags[FAILURE_TAG] = ending.status, ending.reason
            raise
        run.status = "FINISHED"


RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
TRACKER_ADVICE = "Look whether the store is still there, writable and not full."


@dataclass(frozen=True)
class MlflowRun:
    """An open run of an MLflow store."""

    client: "MlflowClient"
    experiment_id: str
    run_id: str

    @property
    def url(self) -> str:
        """The page of the run on a server, or how to open a database."""
        uri = self.client.tracking_uri
        if uri.startswith("http"):
            address = urlsplit(uri)
            place = f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path.rstrip('/')}"
            return f"{place}/#/experiments/{self.experiment_id}/runs/{self.run_id}"
        return f"run {self.run_id} in `mlflow ui --backend-store-uri {redact_text(uri)}`"

    def log(self, items: Iterable[Item]) -> None:
        """Send the items to the store."""
        made = list(items)  # what fails while items are made is no trouble of the store
        with explain_store_errors("The tracking store did not take the results of the run", TRACKER_ADVICE):
            log_items(self.client, self.run_id, made)


@dataclass(frozen=True)
class MlflowTracker:
    """One experiment of an MLflow store, with those beside it. `store.open_store` makes one."""

    client: "MlflowClient"
    experiment_id: str

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[MlflowRun]:
        """Open a run, tagged with its process so that a later start can tell whether it was abandoned."""
        known = {key: redact_text(value) for key, value in tags.items()} | Process.current().tags()
        known |= {"mlflow.source.name": Path(sys.argv[0]).name, "mlflow.source.type": "LOCAL"}
        with explain_store_errors("The tracking store did not take a new run", TRACKER_ADVICE):
            part = PARTS.get(tags.get(KIND_TAG, ""))
            place = self.experiment_id if part is None else open_part(self.client, self.experiment_id, part)
            run_id = self.client.create_run(place, run_name=redact_text(name), tags=known).info.run_id
        try:
            yield MlflowRun(self.client, place, run_id)
        except BaseException as error:
            self._end_broken(run_id, error, is_segmentation=part is None)
            raise
        with explain_store_errors(f"Run {run_id} could not be marked as finished", TRACKER_ADVICE):
            self.client.set_terminated(run_id, "FINISHED")

    def _end_broken(self, run_id: str, error: BaseException, *, is_segmentation: bool) -> None:
        ending = find_ending(error)
        try:
            with (
                _ask_once() if isinstance(error, StoreError) else nullcontext(),
                explain_store_errors(
                    f"Run {run_id} could not be marked as {ending.status.lower()}", TRACKER_ADVICE
                ),
            ):
                self.client.set_tag(run_id, FAILURE_TAG, ending.reason)
                self.client.set_terminated(run_id, ending.status)
                if is_segmentation:
                    move_to_failed(self.client, self.experiment_id, run_id)
        except StoreError as trouble:
            error.add_note(str(trouble))  # said beside the first error, never instead of it


@contextmanager
def _ask_once() -> Iterator[None]:
    """A store that was just waited for in vain is not waited for again."""
    before = os.environ.get(RETRIES)
    os.environ[RETRIES] = "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ[RETRIES]
        else:
            os.environ[RETRIES] = before
