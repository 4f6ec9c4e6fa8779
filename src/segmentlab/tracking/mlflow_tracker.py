"""Runs in MLflow, by explicit run ids: several threads and processes can each have their own."""

import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from segmentlab.errors import StoreError
from segmentlab.items import Item
from segmentlab.tracking.ending import FAILURE_TAG, ending_of
from segmentlab.tracking.interpreter import log_items
from segmentlab.tracking.process import Process
from segmentlab.tracking.redaction import redacted
from segmentlab.tracking.trouble import store_trouble

if TYPE_CHECKING:
    from mlflow import MlflowClient

ADVICE = "Look whether the store is still there, writable and not full."


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
        return f"run {self.run_id} in `mlflow ui --backend-store-uri {redacted(uri)}`"

    def log(self, items: Iterable[Item]) -> None:
        """Send the items to the store."""
        made = list(items)  # what fails while items are made is no trouble of the store
        with store_trouble("The tracking store did not take the results of the run", ADVICE):
            log_items(self.client, self.run_id, made)


@dataclass(frozen=True)
class MlflowTracker:
    """One experiment of an MLflow store. `store.open_store` makes one."""

    client: "MlflowClient"
    experiment_id: str

    @contextmanager
    def run(self, name: str, tags: Mapping[str, str]) -> Iterator[MlflowRun]:
        """Open a run, tagged with its process so that a later start can tell whether it was abandoned."""
        known = {key: redacted(value) for key, value in tags.items()} | Process.current().tags()
        known |= {"mlflow.source.name": Path(sys.argv[0]).name, "mlflow.source.type": "LOCAL"}
        with store_trouble("The tracking store did not take a new run", ADVICE):
            run_id = self.client.create_run(self.experiment_id, run_name=name, tags=known).info.run_id
        try:
            yield MlflowRun(self.client, self.experiment_id, run_id)
        except BaseException as error:
            self._end_broken(run_id, error)
            raise
        with store_trouble(f"Run {run_id} could not be marked as finished", ADVICE):
            self.client.set_terminated(run_id, "FINISHED")

    def _end_broken(self, run_id: str, error: BaseException) -> None:
        ending = ending_of(error)
        try:
            with store_trouble(f"Run {run_id} could not be marked as {ending.status.lower()}", ADVICE):
                self.client.set_tag(run_id, FAILURE_TAG, ending.reason)
                self.client.set_terminated(run_id, ending.status)
        except StoreError as trouble:
            error.add_note(str(trouble))  # said beside the first error, never instead of it
