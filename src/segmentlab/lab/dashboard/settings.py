"""What the dashboard was started with, handed from the command to the server."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Final, Self

from segmentlab.errors import ConfigError

LOCAL_HOST: Final = "127.0.0.1"
PORT_VARIABLE: Final = "SEGMENTLAB_DASHBOARD_PORT"
VARIABLE: Final = "SEGMENTLAB_DASHBOARD"  # arguments are for everybody on the machine to read


@dataclass(frozen=True)
class DashboardSettings:
    """Where runs and history are, and what may be changed.

    Attributes:
        uri: The store of runs.
        experiment: The experiment in it.
        name: The registered model whose champion is shown.
        history: The database of snapshots and campaigns.
        log: The file of transactions, where it is not where the run read it.
        output: The folder for campaigns that are remembered.
        cache_folder: The folder for copies of logs.
        write: Whether anything may be changed.
    """

    uri: str
    experiment: str
    name: str
    history: str
    log: str | None
    output: str
    cache_folder: str
    write: bool

    @classmethod
    def read(cls) -> Self:
        """Those that `start_dashboard` left in the environment."""
        written = os.environ.get(VARIABLE)
        if written is None:
            raise ConfigError("Start the dashboard with `segmentlab app`: it says where the store is.")
        given = json.loads(written)
        return cls(**{field.name: given[field.name] for field in fields(cls)})

    def write_environment(self) -> Mapping[str, str]:
        """The variable that `read` looks for."""
        return {VARIABLE: json.dumps(asdict(self))}
