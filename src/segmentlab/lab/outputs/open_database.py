"""A database that stays open: for whoever writes many times a second, as a service does."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from segmentlab.errors import StoreError
from segmentlab.lab.outputs.database import (
    DUCKDB_SCHEME,
    OWN_FILE_ALONE,
    PATIENCE,
    HistorySession,
    ServerSession,
    begin_transaction,
)
from segmentlab.redaction import redact_text
from segmentlab.transactions import DatabaseAddress

if TYPE_CHECKING:
    from sqlalchemy import Engine


@dataclass
class OpenDatabase:
    """A database by its address, which may hold a password and is shown to nobody; for one thread.

    A DuckDB file is this process's alone for as long as it is open. After an error it is opened anew by the
    next transaction: a server may have come back, a disk may have room again.
    """

    url: str = field(repr=False)
    key: str
    _file: duckdb.DuckDBPyConnection | None = field(default=None, init=False, repr=False)
    _server: "Engine | None" = field(default=None, init=False, repr=False)

    @contextmanager
    def transaction(self) -> Iterator[HistorySession]:
        """All that the block does, on the disk when it ends, or nothing of it."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            opened = self._open_file if self.url.startswith(DUCKDB_SCHEME) else self._open_server
            with opened() as session:
                yield session
        except (duckdb.Error, SQLAlchemyError, ImportError, OSError) as error:
            self.close()
            reason = str(error).splitlines()[0].rstrip(".")
            raise StoreError(
                redact_text(
                    f"{self.key}={self.url} can't be used: {reason}. Look whether it is there, can be "
                    f"written to and is not in use by another service, or change {self.key}=."
                )
            ) from None  # the original carries the address with its password

    def close(self) -> None:
        """Let others have it."""
        opened, self._file = self._file, None
        if opened is not None:
            opened.close()
        server, self._server = self._server, None
        if server is not None:
            server.dispose()

    @contextmanager
    def _open_file(self) -> Iterator[HistorySession]:
        if self._file is None:
            place = Path(self.url.removeprefix(DUCKDB_SCHEME))
            place.parent.mkdir(parents=True, exist_ok=True)
            self._file = duckdb.connect(place, config=OWN_FILE_ALONE)
            place.chmod(0o600)  # it holds customers
        with begin_transaction(self._file) as session:
            yield session

    @contextmanager
    def _open_server(self) -> Iterator[HistorySession]:
        if self._server is None:
            from sqlalchemy import create_engine

            url = DatabaseAddress.parse(self.url, self.key).url
            waits = {"timeout": PATIENCE} if self.url.startswith("sqlite") else {}
            self._server = create_engine(url, connect_args=waits, pool_pre_ping=True)
        with self._server.begin() as connection:
            yield ServerSession(connection)
