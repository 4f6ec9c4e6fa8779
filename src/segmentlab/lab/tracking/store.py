"""Opens a tracking store, or says within seconds why it can't be opened."""

import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from segmentlab.errors import StoreError
from segmentlab.lab.tracking.experiments import open_experiment
from segmentlab.lab.tracking.local_store import check_local_store, make_sqlite_uri, prepare_local_store
from segmentlab.lab.tracking.tracker import MlflowTracker
from segmentlab.lab.tracking.trouble import explain_store_errors
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow as a library and not as a service: no telemetry, no chatter, no waiting for minutes.


# Set only where the user has not: each may be overridden by the environment.
MLFLOW_SETTINGS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_DISABLE_AGENT_HINT": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    # Three answers are waited for, 8 seconds each, with 4 and 8 between them: a server that hangs is given up
    # after 40 seconds, and one that is gone after 12. By default that takes minutes.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "8",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "4",
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
SHOWN_EXPERIMENTS = 8
STORE_TIMEOUT = 5  # seconds for the first answer of a server


def open_store(
    uri: str, experiment: str, artifacts: Path | None, *, must_exist: bool = False
) -> MlflowTracker:
    """Open the store at `uri`, make what is missing, and end the runs that were abandoned.

    `artifacts` is the folder for the files of a local store, beside its database if not given. A server
    keeps files in a place of its own. An experiment that `must_exist` is not made: who only reads it has
    misspelt its name.
    """
    quiet_mlflow()
    with explain_store_errors(f"The tracking store {uri} can't be opened", STORE_ADVICE):
        if _is_local(uri):
            return _open_local(uri, experiment, artifacts, must_exist=must_exist)
        return _open_experiment(uri, experiment, None, must_exist=must_exist)


def view_store(uri: str, experiment: str) -> MlflowTracker:
    """Look into a store as it is. Nothing is made, moved or ended in it, so that anybody's may be looked at.

    Raises:
        StoreError: There is none, it does not answer, or it has no such experiment.
    """
    quiet_mlflow()
    with explain_store_errors(f"The tracking store {uri} can't be opened", STORE_ADVICE):
        if _is_local(uri):
            return _view_local(uri, experiment)
        return _view_experiment(uri, experiment, None)


def _is_local(uri: str) -> bool:
    """Whether it is a file of this machine's; a store elsewhere is asked whether it answers."""
    match uri.partition(":")[0].partition("+")[0]:
        case "sqlite":
            return True
        case "http" | "https":
            _ask_server(uri)
        case "postgresql" | "mysql" | "mssql":
            _ask_database(uri)
        case _:
            raise StoreError(
                f"tracking.uri={redact_text(uri)} is no store to work with: MLflow has given up stores of "
                "plain files. Use sqlite:////<folder>/mlflow.db, or a server such as http://localhost:5000."
            )
    return False


def _view_local(uri: str, experiment: str) -> MlflowTracker:
    from sqlalchemy import make_url

    name = make_url(uri).database
    database = None if name in (None, ":memory:") else Path(str(name)).resolve()
    if database is None or not check_local_store(database):
        raise StoreError(
            f"There is no store at {redact_text(uri)} yet. Make a run first with `segmentlab run`, or set "
            "tracking.uri=."
        )
    return _view_experiment(make_sqlite_uri(database), experiment, database.parent / "artifacts")


def _view_experiment(uri: str, name: str, artifacts: Path | None) -> MlflowTracker:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    experiment = client.get_experiment_by_name(name)
    if experiment is None:
        _refuse_unknown(client, uri, name)
    moved = artifacts is not None and experiment.artifact_location != artifacts.as_uri()
    if moved and artifacts is not None and artifacts.is_dir():
        raise StoreError(
            f"The store was moved: it looks for its files in {experiment.artifact_location}. Open it once "
            f"with `segmentlab ui`, or with write=true, which writes their place anew."
        )
    return MlflowTracker(client, experiment.experiment_id)


def _refuse_unknown(client: "MlflowClient", uri: str, name: str) -> NoReturn:
    """Say which experiments there are."""
    others = ", ".join(f"'{one.name}'" for one in client.search_experiments(max_results=SHOWN_EXPERIMENTS))
    raise StoreError(
        f"The store {redact_text(uri)} has no experiment '{name}'; it has {others or 'none'}. "
        "Segmentations of SegmentLab are elsewhere, or under another name: set tracking.experiment=, or "
        "make a run with `segmentlab run`."
    )


def _open_local(uri: str, experiment: str, artifacts: Path | None, *, must_exist: bool) -> MlflowTracker:
    from sqlalchemy import make_url

    name = make_url(uri).database
    if name is None or name == ":memory:":
        raise StoreError(f"tracking.uri={uri} names no file. Use sqlite:////<folder>/mlflow.db.")
    database = Path(name).resolve()
    place = (artifacts or database.parent / "artifacts").resolve()
    prepare_local_store(database, place)
    return _open_experiment(make_sqlite_uri(database), experiment, place, must_exist=must_exist)


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


def _open_experiment(uri: str, name: str, artifacts: Path | None, *, must_exist: bool) -> MlflowTracker:
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=uri, registry_uri=uri)
    if must_exist and client.get_experiment_by_name(name) is None:
        _refuse_unknown(client, uri, name)
    experiment = open_experiment(client, name, artifacts.as_uri() if artifacts else None)
    return MlflowTracker(client, experiment.experiment_id)
