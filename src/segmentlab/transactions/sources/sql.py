"""Databases that SQLAlchemy knows, read through a cursor of theirs and never written to."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.address import Address
from segmentlab.transactions.sources.rows import stored
from segmentlab.transactions.sources.wanted import Wanted

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult, Engine, Select

BLOCK: Final = 50_000  # rows in memory at a time
INSTALL: Final = {"psycopg": "-e '.[postgres]'", "MySQLdb": "mysqlclient"}


def read(address: Address, wanted: Wanted, engine: BaseBackend) -> ir.Table:
    """Copy the table, or what the query gives, into a table of the engine."""
    from sqlalchemy.exc import SQLAlchemyError

    with _connected(address) as connection:
        try:
            with _result(connection, wanted, address) as result:
                names = list(result.keys())
                _check_names(names, address, wanted)
                return stored(names, result.partitions(BLOCK), engine)
        except SQLAlchemyError as error:
            raise address.refusal(error, wanted) from error


@contextmanager
def _connected(address: Address) -> "Iterator[Connection]":
    from sqlalchemy.exc import SQLAlchemyError

    database = _database(address)
    try:
        connection = database.connect()
    except SQLAlchemyError as error:
        raise DataError(
            f"{address}: the database can't be opened ({address.reason(error)}). Check data.url: host, port, "
            "user, password and the name of the database."
        ) from error
    with connection:
        yield connection


def _database(address: Address) -> "Engine":
    """What connects, and that only to read: a transaction in which PostgreSQL itself refuses to write."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    url = _read_only_file(address) if address.dialect == "sqlite" else address.url
    try:
        return create_engine(url, poolclass=NullPool, execution_options={"postgresql_readonly": True})
    except NoSuchModuleError:
        raise ConfigError(
            f"data.url: {address.url.drivername} is no database that is known. duckdb, sqlite and postgresql "
            "are; others need a package that brings their dialect to SQLAlchemy."
        ) from None
    except ImportError as error:
        module = error.name or address.url.drivername.split("+")[-1]
        raise ConfigError(
            f"data.url: {address.url.drivername} needs a driver that is not there ({error}). Install it with "
            f"python -m pip install {INSTALL.get(module, module)}, or name another, as in {address.dialect}+driver://."
        ) from error
    except ArgumentError as error:
        raise ConfigError(f"data.url: {address.reason(error)}.") from None


def _read_only_file(address: Address) -> "URL":
    """SQLite makes a missing file, unless it is opened by an address of its own that says how."""
    path = Path(address.url.database or "")
    if not path.is_file():
        raise DataError(
            f"{address}: no such file. Write data.url=sqlite:///shop.db, or sqlite:////folder/shop.db."
        )
    return address.url.set(database=path.resolve().as_uri(), query={"mode": "ro", "uri": "true"})


def _result(connection: "Connection", wanted: Wanted, address: Address) -> "CursorResult[Any]":
    """Run it with a cursor that stays with the server, which hands out a block when it is asked to."""
    from sqlalchemy import inspect, literal_column, select, table

    streamed = {"yield_per": BLOCK, "no_parameters": True}  # without parameters, % and : are text
    if wanted.query is not None:
        return connection.execution_options(**streamed).exec_driver_sql(wanted.query)
    schema, name = wanted.schema_and_table
    inspector = inspect(connection)
    if not inspector.has_table(name, schema):
        raise wanted.not_among(
            [*inspector.get_table_names(schema), *inspector.get_view_names(schema)], address
        )
    everything: Select[Any] = select(literal_column("*")).select_from(table(name, schema=schema))
    return connection.execution_options(**streamed).execute(everything)


def _check_names(names: Sequence[str], address: Address, wanted: Wanted) -> None:
    """A column is known by its name, to our engines without regard to case."""
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise DataError(f"{address}, {wanted}: two columns are named '{twice[0]}'. Tell them apart with AS.")
