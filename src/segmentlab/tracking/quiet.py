"""MLflow as a library and not as a service: no telemetry, no chatter, no waiting for minutes."""

import logging
import os
import warnings

# Set only where the user has not: each may be overridden by the environment.
SETTINGS = {
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
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    # What MLflow has to change in its own code is no news to a user of ours.
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"mlflow\.")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # It logs the traceback of an error that it also raises; our message says it once.
    logging.getLogger("mlflow.store.db.utils").setLevel(logging.CRITICAL)
