"""DuckDB inside this process: nothing to install, nothing to start, larger than memory."""

import os
import re
import tempfile
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import duckdb
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError
from segmentlab.transactions.engines.duckdb_backend import Backend
from segmentlab.transactions.engines.spill import SPILL_NAME, watch_queries

MEMORY_LIMIT: Final = re.compile(r"(?i)\d+(\.\d+)? ?([kmgt]i?b|b|bytes)")
MEMORY_ADVICE: Final = "Write engine.memory_limit as in 4GiB, or leave it out for four fifths of the memory."
MOST_THREADS: Final = 1_024

# What an engine promises.


class Engine(Protocol):
    """A choice of where queries run, which costs nothing until it is asked to connect."""

    def connect(self) -> BaseBackend:
        """Start or find the engine, ready for queries."""
        ...


@dataclass(frozen=True, kw_only=True)
class DuckDB:
    """An embedded database of this process alone.

    What does not fit into `memory_limit` spills to `spill_folder`, or else to the system's folder for
    temporary files, never to the current directory. `None` leaves a limit to DuckDB: most of the memory, and
    every core.
    """

    memory_limit: str | None = None
    threads: int | None = None
    spill_folder: str | None = None

    def __post_init__(self) -> None:
        """What can't be is refused here: features that are known ask no engine, and would let it pass."""
        if self.memory_limit is not None and not MEMORY_LIMIT.fullmatch(str(self.memory_limit)):
            raise ConfigError(f"engine.memory_limit={self.memory_limit}: {MEMORY_ADVICE}")
        if self.threads is not None and not (_is_whole(self.threads) and 1 <= self.threads <= MOST_THREADS):
            raise ConfigError(
                f"engine.threads={self.threads}: write engine.threads as a whole number from 1 to "
                f"{MOST_THREADS}, or leave it out for every core."
            )
        if self.spill_folder is not None:
            _check_spill_folder(self.spill_folder)

    def connect(self) -> BaseBackend:
        """A new, empty database."""
        given = {"memory_limit": self.memory_limit, "threads": self.threads}
        limits = {name: limit for name, limit in given.items() if limit is not None}
        folder = _make_spill_folder(self.spill_folder)
        try:
            engine = Backend.open(temp_directory=str(folder), **limits)
        except duckdb.Error as error:
            typed = ", ".join(f"engine.{name}={limit}" for name, limit in limits.items())
            raise ConfigError(f"DuckDB does not accept {typed}: {error}. {MEMORY_ADVICE}") from error
        watch_queries(engine, folder, self.memory_limit)
        return engine


def _make_spill_folder(chosen: str | None) -> Path:
    """A name of the connection's own, for two processes in one folder would write over each other.

    DuckDB makes the folder when it first spills, and removes it with the connection.
    """
    parent = _check_spill_folder(tempfile.gettempdir() if chosen is None else chosen)
    return parent / f"{SPILL_NAME}{uuid.uuid4().hex}"


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_spill_folder(chosen: object) -> Path:
    parent = Path(str(chosen))
    if not (parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)):
        raise ConfigError(
            f"engine.spill_folder={parent}: no folder that can be written to. Name one on a disk with room."
        )
    return parent
