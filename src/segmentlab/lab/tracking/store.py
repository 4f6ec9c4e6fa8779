"""Opens a tracking store, or says within seconds why it can't be opened."""

import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from segmentlab.errors import StoreError
from segmentlab.lab.tracking.local_store import make_sqlite_uri, prepare_local_store
from segmentlab.lab.tracking.process import close_abandoned_runs
from segmentlab.lab.tracking.tracker import MlflowTracker
from segmentlab.lab.tracking.trouble import explain_store_errors, redact_text

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment


# MLflow as a library and not as a service: no telemetry, no chatter, no waiting for minutes.


# Set only where the user has not: each may be overridden by the environment.
MLFLOW_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    # 2 + 4 + 8 + 16 seconds: a server that stays away for half a minute is gone. The default is four minutes.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "4",
}


def quiet_mlflow() -> None:
    """Settle the environment. It has to come before the first import of MLflow, which reads some of it."""
    for name, value in MLFLOW_SETTINGS.items():
        os.environ.setdefault(name, value)
    # What MLflow has to change in its own code is no news to a user of ours.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"mlflow\.")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It logs the traceback of an error that it also raises; our message says it once.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)


STORE_ADVICE = "Check tracking.uri, and that the store is up."
STORE_TIMEOUT = 5  # seconds for the first answer of a server


def open_store(uri: str, experiment: str, artifacts: Path | None) -> MlflowTracker:
    """Open the store at `uri`, make what is missing, and end the runs that were abandoned.

    `artifacts` is the folder for the files of a local store, beside its database if not given. A server
    keeps files in a place of its own.
    """
    quiet_mlflow()
    with explain_store_errors(f"The tracking store {uri} can't be opened", STORE_ADVICE):
        match uri.partition(":")[0].partition("+")[0]:
            case "sqlite":
                return _open_local(uri, experiment, artifacts)
            case "http" | "https":
                _ask_server(uri)
            case "postgresql" | "mysql" | "mssql":
                _ask_database(uri)
            case _:
                raise StoreError(
                    f"tracking.uri={redact_text(uri)} is no store to work with: MLflow has given up "
                    "stores of "
                    "plain files. Use sqlite:////<folder>/mlflow.db, or a server such as http://localhost:5000."
                )
        return _open_experiment(uri, experiment, None)


def _open_local(uri: str, experiment: str, artifacts: Path | None) -> MlflowTracker:
    from sqlalchemy import make_url

    name = make_url(uri).database
    if name is None or name == ":memory:":
        raise StoreError(f"tracking.uri={uri} names no file. Use sqlite:////<folder>/mlflow.db.")
    database = Path(name).resolve()
    place = (artifacts or database.parent / "artifacts").resolve()
    prepare_local_store(database, place)
    return _open_experiment(make_sqlite_uri(database), experiment, place)


def _ask_server(uri: str) -> None:
    """Ask once. MLflow itself would ask again for minutes."""
    from mlflow.utils.credentials import get_default_host_creds
    from mlflow.utils.rest_utils import http_request

    credentials = get_default_host_creds(uri)  # type: ignore[no-untyped-call]
    http_request(credentials, "/health", "GET", max_retries=0, timeout=STORE_TIMEOUT)  # type: ignore[no-untyped-call]


def _ask_database(uri: str) -> None:
    """Connect once. MLflow itself would try ten times, with growing pauses."""
    from sqlalchemy import create_engine

    create_engine(uri).connect().close()


def _open_experiment(uri: str, name: str, artifacts: Path | None) -> MlflowTracker:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.get_experiment_by_name(name) or _make_experiment(client, name, artifacts)
    if experiment.lifecycle_stage != "active":
        raise StoreError(
            f"The experiment '{name}' was deleted. Bring it back with `mlflow experiments restore "
            f"--experiment-id {experiment.experiment_id}`, or choose another name with tracking.experiment."
        )
    if artifacts is not None and experiment.artifact_location != artifacts.as_uri():
        raise StoreError(
            f"The experiment '{name}' keeps its files in {experiment.artifact_location}, and not in "
            f"{artifacts.as_uri()} where they are looked for now. Move its folder of files along with the "
            "database, or begin a new store with tracking.uri or tracking.experiment."
        )
    close_abandoned_runs(client, experiment.experiment_id)
    return MlflowTracker(client, experiment.experiment_id)


def _make_experiment(client: "MlflowClient", name: str, artifacts: Path | None) -> "Experiment":
    from mlflow.exceptions import MlflowException

    try:
        made = client.create_experiment(name, artifacts.as_uri() if artifacts else None)
    except MlflowException:
        theirs = client.get_experiment_by_name(name)  # another process may have been faster
        if theirs is None:
            raise
        return theirs
    return client.get_experiment(made)
