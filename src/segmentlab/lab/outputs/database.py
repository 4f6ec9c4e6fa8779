"""A DuckDB file or a database server, as far as a history needs it: statements of ours, in transactions."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

import duckdb
import pandas as pd

from segmentlab.errors import StoreError
from segmentlab.lab.outputs.folder import check_room
from segmentlab.redaction import redact_text
from segmentlab.transactions import DatabaseAddress

if TYPE_CHECKING:
    from sqlalchemy import Connection


DUCKDB_SCHEME = "duckdb:///"
PATIENCE = 60.0  # seconds that a file is waited for, while another command has it
PATIENCE_OF_READERS = 5.0  # of somebody who looks at a page
PAUSE = 0.05  # seconds until it is tried again
# What DuckDB says where another process has the file, or another thread of this one, which reads or writes.
TAKEN = "Could not set lock", "with a different configuration"
OWN_FILE_ALONE: Final[dict[str, str | bool | int | float | list[str]]] = {
    "enable_external_access": "false",
    "autoload_known_extensions": "false",
}
HISTORY_BLOCK = 50_000  # rows that are made ready for a server at a time


class HistorySession(Protocol):
    """An open transaction. Values are named in statements as `:name` and never written into them."""

    def execute(self, statement: str, values: Mapping[str, object]) -> None:
        """Change something."""
        ...

    def read(self, statement: str, values: Mapping[str, object]) -> pd.DataFrame:
        """What a select gives."""
        ...

    def read_blocks(self, statement: str, values: Mapping[str, object]) -> Iterator[pd.DataFrame]:
        """The same, some thousand rows at a time."""
        ...

    def append(self, table: str, frame: pd.DataFrame) -> None:
        """Add the rows of a frame, column by name."""
        ...

    def has_table(self, table: str) -> bool:
        """Whether there is a table of that name."""
        ...


@dataclass(frozen=True)
class DuckDBSession:
    """A transaction in a DuckDB file."""

    connection: duckdb.DuckDBPyConnection

    def execute(self, statement: str, values: Mapping[str, object]) -> None:
        """DuckDB spells the name of a value with a dollar sign."""
        self.connection.execute(statement.replace(":", "$"), dict(values))

    def read(self, statement: str, values: Mapping[str, object]) -> pd.DataFrame:
        """What a select gives."""
        return self.connection.execute(statement.replace(":", "$"), dict(values)).df()

    def read_blocks(self, statement: str, values: Mapping[str, object]) -> Iterator[pd.DataFrame]:
        """Some thousand rows at a time."""
        rows = self.connection.execute(statement.replace(":", "$"), dict(values))
        for batch in rows.to_arrow_reader(HISTORY_BLOCK):
            yield batch.to_pandas()

    def append(self, table: str, frame: pd.DataFrame) -> None:
        """A million rows in a second: DuckDB reads the frame where it lies."""
        self.connection.register("_given", frame)
        self.connection.execute(f"insert into {table} by name select * from _given")  # noqa: S608  our name
        self.connection.unregister("_given")

    def has_table(self, table: str) -> bool:
        """Whether there is a table of that name."""
        ask = "select count(*) from information_schema.tables where table_name = ?"
        found = self.connection.execute(ask, [table]).fetchone()
        return found is not None and found[0] > 0


@dataclass(frozen=True)
class ServerSession:
    """A transaction in a database that SQLAlchemy knows."""

    connection: "Connection"

    def execute(self, statement: str, values: Mapping[str, object]) -> None:
        """Change something."""
        from sqlalchemy import text

        self.connection.execute(text(statement).bindparams(**values))

    def read(self, statement: str, values: Mapping[str, object]) -> pd.DataFrame:
        """What a select gives."""
        from sqlalchemy import text

        return pd.read_sql(text(statement).bindparams(**values), self.connection)  # the stubs know no objects

    def read_blocks(self, statement: str, values: Mapping[str, object]) -> Iterator[pd.DataFrame]:
        """Some thousand rows at a time, as the server sends them."""
        from sqlalchemy import text

        sent = self.connection.execution_options(stream_results=True)
        yield from pd.read_sql(text(statement).bindparams(**values), sent, chunksize=HISTORY_BLOCK)

    def append(self, table: str, frame: pd.DataFrame) -> None:
        """Add the rows of a frame."""
        frame.to_sql(table, self.connection, if_exists="append", index=False, chunksize=HISTORY_BLOCK)

    def has_table(self, table: str) -> bool:
        """Whether there is a table of that name."""
        from sqlalchemy import inspect

        return bool(inspect(self.connection).has_table(table))


@dataclass(frozen=True)
class HistoryDatabase:
    """A database by its address, which may hold a password and is shown to nobody.

    `key` is the parameter that named it: errors tell what to change. One that is `read_only` is opened beside
    others who read it, and nothing is made in it.
    """

    url: str = field(repr=False)
    key: str = "history"
    read_only: bool = False

    @property
    def is_duckdb(self) -> bool:
        """Whether it is a file of DuckDB."""
        return self.url.startswith(DUCKDB_SCHEME)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be in it yet; only a file is there or not."""
        return self.is_duckdb and not Path(self.url.removeprefix(DUCKDB_SCHEME)).exists()

    def check(self) -> None:
        """Refuse what can't be written, before anything is computed for it; nothing is made."""
        if self.is_empty:
            check_room(Path(self.url.removeprefix(DUCKDB_SCHEME)), f"{self.key}={self.url}")
            return
        with self.transaction():
            pass

    @contextmanager
    def transaction(self) -> Iterator[HistorySession]:
        """All that the block does, or nothing of it."""
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with self._duckdb() if self.is_duckdb else self._server() as session:
                yield session
        except (duckdb.Error, SQLAlchemyError, ImportError, OSError) as error:
            reason = str(error).splitlines()[0].rstrip(".")
            if any(words in reason for words in TAKEN):
                reason = f"another command had it for {self._patience:g} seconds ({reason})"
            raise StoreError(
                redact_text(
                    f"{self.key}={self.url} can't be used: {reason}. Look whether it is there, can be "
                    f"written to and is not in use by another command, or change {self.key}=."
                )
            ) from None  # the original carries the address with its password

    @contextmanager
    def _duckdb(self) -> Iterator[HistorySession]:
        place = Path(self.url.removeprefix(DUCKDB_SCHEME))
        if not self.read_only:
            place.parent.mkdir(parents=True, exist_ok=True)
        # Whatever a view in it says: a history is read from its own file and from nothing else.
        with self._connect(place) as connection, begin_transaction(connection) as session:
            yield session

    @property
    def _patience(self) -> float:
        return PATIENCE_OF_READERS if self.read_only else PATIENCE

    def _connect(self, place: Path) -> duckdb.DuckDBPyConnection:
        """DuckDB waits for nobody. Who writes has the file for a transaction: a little later it is free."""
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return duckdb.connect(place, read_only=self.read_only, config=OWN_FILE_ALONE)
            except duckdb.Error as error:
                if not any(words in str(error) for words in TAKEN) or time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE)

    @contextmanager
    def _server(self) -> Iterator[HistorySession]:
        from sqlalchemy import create_engine

        url = DatabaseAddress.parse(self.url, self.key).url
        # A file has one writer: a look may read it while scores wait to be written.
        waits = {"timeout": PATIENCE} if self.url.startswith("sqlite") else {}
        engine = create_engine(url, connect_args=waits)
        try:
            with engine.begin() as connection:
                yield ServerSession(connection)
        finally:
            engine.dispose()


@contextmanager
def begin_transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[HistorySession]:
    """All that the block does in an open file, or nothing of it, whatever ends it."""
    connection.begin()
    try:
        yield DuckDBSession(connection)
    except BaseException:
        connection.rollback()
        raise
    connection.commit()
