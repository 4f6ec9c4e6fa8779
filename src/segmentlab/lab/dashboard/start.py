"""The command: checks that the dashboard can be served, and becomes its server."""

import importlib.util
import os
import sys
from typing import Final

from segmentlab.errors import ConfigError
from segmentlab.lab.cli import check_port, print_line
from segmentlab.lab.config import Setup
from segmentlab.lab.dashboard.settings import PORT_VARIABLE, DashboardSettings

SERVER: Final = "segmentlab.lab.dashboard.server"


def start_dashboard(setup: Setup) -> None:
    """Become the server, so that whoever stops this process stops the dashboard.

    A store that is empty or away is told of on the page: it may come while the dashboard is open.
    """
    config = setup.config
    check_streamlit()
    check_port(config.port)
    settings = DashboardSettings(
        uri=config.tracking.uri,
        experiment=config.tracking.experiment,
        name=config.name,
        history=config.history,
        log=config.log,
        output=config.output,
        cache_folder=config.cache_folder,
        write=config.write,
    )
    print_line("Starting the dashboard ...")
    if config.write:
        print_line("write=true: whoever opens it on this machine may promote, run and remember campaigns.")
    sys.stdout.flush()
    environment = {**os.environ, **settings.write_environment(), PORT_VARIABLE: str(config.port)}
    os.execve(sys.executable, [sys.executable, "-m", SERVER], environment)  # noqa: S606  (our own interpreter)


def check_streamlit() -> None:
    """Say how to get Streamlit where it is not installed."""
    if importlib.util.find_spec("streamlit") is None:
        raise ConfigError(
            "The dashboard needs Streamlit. Install it with: python -m pip install 'segmentlab[app]' "
            "(in a checkout: python -m pip install -e '.[app]')."
        )
