"""MLflow's pages of a store, for a person on this machine."""

import os
import sys
from typing import Final

from segmentlab.errors import ConfigError
from segmentlab.lab.cli.port import LOCAL_HOST, check_port
from segmentlab.lab.cli.screen import print_line
from segmentlab.lab.config import Setup
from segmentlab.lab.tracking import check_store_exists, open_store, write_list_route

# One process that serves pages. MLflow would start eight more, 2 GB of them, that wait for jobs.
SERVER_SETTINGS: Final = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}


def show_pages(setup: Setup) -> None:
    """Become the server, so that whoever stops this process stops the pages.

    The address of the store comes by the environment: arguments are for everybody on the machine to read.
    """
    uri, port = setup.config.tracking.uri, str(setup.config.port)
    if uri.startswith("http"):
        raise ConfigError(f"tracking.uri={uri} is a server that has pages of its own: open it in a browser.")
    check_port(setup.config.port)
    check_store_exists(uri)
    tracker = open_store(
        uri, setup.config.tracking.experiment, artifacts=None
    )  # one that was moved is put right
    print_line(f"Open http://{LOCAL_HOST}:{port}/{write_list_route(tracker.experiment_id)}")
    sys.stdout.flush()
    words = ["-m", "mlflow", "server", "--host", LOCAL_HOST, "--port", port, "--workers", "1"]
    settings = {**os.environ, **SERVER_SETTINGS, "MLFLOW_BACKEND_STORE_URI": uri}
    os.execve(sys.executable, [sys.executable, *words], settings)  # noqa: S606  (our own interpreter)
