"""The process that serves the dashboard: Streamlit on this machine, without statistics or a network."""

import atexit
import gc
import importlib
import os
import sys
from pathlib import Path
from typing import Final

from segmentlab.lab.dashboard.settings import LOCAL_HOST, PORT_VARIABLE

INTERRUPTED_EXIT: Final = 130
SCRIPT: Final = Path(__file__).with_name("app.py")
# Whatever a configuration file on the machine says: these are not for it to decide.
OPTIONS: Final = {
    "server.address": LOCAL_HOST,
    "server.headless": True,
    "server.enableXsrfProtection": True,
    "server.enableCORS": True,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "server.maxUploadSize": 1,
    "browser.gatherUsageStats": False,
    "browser.serverAddress": LOCAL_HOST,
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "logger.hideWelcomeMessage": True,
    "logger.level": "warning",
    "global.developmentMode": False,
}
# A server that went away is told of within seconds, and not after all that a run would wait.
PATIENCE: Final = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_DISABLE_TELEMETRY": "true",
}


def load_pages() -> None:
    """Load what every first page needs now, so that whoever opens one does not wait for it."""
    from segmentlab.lab.dashboard.marketer import PAGES as MARKETER_PAGES
    from segmentlab.lab.dashboard.scientist import PAGES as SCIENTIST_PAGES

    for name in ("mlflow.tracking", "mlflow.store.tracking.sqlalchemy_store", "pyarrow.parquet", "duckdb"):
        importlib.import_module(name)
    for page in (*MARKETER_PAGES, *SCIENTIST_PAGES):
        importlib.import_module(page.place)


def serve() -> None:
    """Serve until somebody ends it: Ctrl-C and SIGTERM both leave the server in order."""
    from streamlit import config
    from streamlit.logger import set_log_level
    from streamlit.web import bootstrap

    from segmentlab.lab.dashboard.look import THEME

    for name, value in PATIENCE.items():
        os.environ.setdefault(name, value)
    options = {**OPTIONS, **THEME, "server.port": int(os.environ[PORT_VARIABLE])}
    flags = {name.replace(".", "_"): value for name, value in options.items()}
    bootstrap.load_config_options(flags)
    config.set_option("server.port", options["server.port"])
    set_log_level("ERROR")  # what is cached has no server yet, which is no news
    load_pages()
    set_log_level("WARNING")
    atexit.register(gc.freeze)  # all that was loaded is searched for garbage at exit otherwise
    sys.stdout.write(f"Open http://{LOCAL_HOST}:{options['server.port']} in a browser. Ctrl-C ends it.\n")
    sys.stdout.flush()
    bootstrap.run(str(SCRIPT), is_hello=False, args=[], flag_options=flags)
    sys.exit(INTERRUPTED_EXIT)


if __name__ == "__main__":
    try:  # libraries load within: Ctrl-C while they do is no defect to be traced back
        serve()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED_EXIT)
