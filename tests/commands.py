"""Commands as a person types them: a process of their own, a store of their own."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from segmentlab.lab.config.folders import ROOT
from tests.warm import run_warm

SMALL = "data.customers=300"
NO_WORLDS = ("data=file", "data=online_retail", "data=mall")  # they are read where they are


@dataclass(frozen=True)
class Lab:
    """A folder with a store and worlds, and a way to run commands against it."""

    folder: Path

    @property
    def uri(self) -> str:
        """The store."""
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    def command(self, *arguments: str) -> list[str]:
        """`python src/run.py ...`, quick, with few pictures; store and worlds are not in the repository."""
        own = [f"tracking.uri={self.uri}", f"cache_folder={self.folder / 'cache'}"]
        own += ["evaluate=quick", "report=summary"]
        if not any(argument.startswith(NO_WORLDS) for argument in arguments):
            own.append(f"data.folder={self.folder / 'worlds'}")
        given = {argument.split("=")[0] for argument in arguments}
        kept = [argument for argument in own if argument.split("=")[0] not in given]
        return [sys.executable, str(ROOT / "src" / "run.py"), *kept, *arguments]

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run to the end, in a folder that is not the repository."""
        return run_warm(self.command(*arguments), self.folder, {**os.environ, **environment})

    def client(self) -> MlflowClient:
        """A client of the store."""
        return MlflowClient(self.uri, self.uri)

    def runs(self) -> list[Run]:
        """Every run of the store, the newest first; none when there is no store."""
        if not (self.folder / "mlflow.db").is_file():
            return []
        found = self.client().search_experiments(filter_string="name LIKE 'segmentlab%'")
        return list(self.client().search_runs([one.experiment_id for one in found])) if found else []

    def files(self, run_id: str) -> Iterator[str]:
        """The paths of a run's artifacts."""
        folders = [None]
        while folders:
            for entry in self.client().list_artifacts(run_id, folders.pop()):
                folders += [entry.path] if entry.is_dir else []
                yield entry.path

    def download(self, run: Run, path: str) -> Path:
        """A local copy of an artifact."""
        return Path(self.client().download_artifacts(run.info.run_id, path, str(self.folder)))
