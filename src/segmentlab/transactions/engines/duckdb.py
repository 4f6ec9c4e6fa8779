"""DuckDB inside this process: nothing to install, nothing to start, larger than memory."""

import tempfile
import uuid
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import duckdb
import ibis
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError

# What an engine promises.


class Engine(Protocol):
    """A choice of where queries run, which costs nothing until it is asked to connect."""

    def connect(self) -> BaseBackend:
        """Start or find the engine, ready for queries."""
        ...


@dataclass(frozen=True, kw_only=True)
class DuckDB:
    """An embedded database of this process alone.

    What does not fit into `memory_limit` spills to the system's folder for temporary files, never to
    the current directory. `None` leaves a limit to DuckDB: most of the memory, and every core.
    """

    memory_limit: str | None = None
    threads: int | None = None

    def connect(self) -> BaseBackend:
        """A new, empty database."""
        limits = {name: limit for name, limit in asdict(self).items() if limit is not None}
        try:
            return ibis.duckdb.connect(temp_directory=str(_make_spill_folder()), **limits)
        except duckdb.Error as error:
            typed = ", ".join(f"engine.{name}={limit}" for name, limit in limits.items())
            raise ConfigError(
                f"DuckDB does not accept {typed}: {error}. "
                "Write engine.memory_limit as in 4GiB, and engine.threads as a whole number from one up."
            ) from error


def _make_spill_folder() -> Path:
    """A name of the connection's own, for two processes in one folder would write over each other.

    DuckDB makes the folder when it first spills, and removes it with the connection.
    """
    return Path(tempfile.gettempdir()) / f"segmentlab-spill-{uuid.uuid4().hex}"
