"""Databases that SQLAlchemy knows, read through a cursor of theirs and never written to."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.address import DatabaseAddress, DatabaseQuery

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection, CursorResult, Engine, Select


# Rows as a driver hands them out, block by block into a table of the engine.
#
# A driver says little about its columns, and SQLite's may hold a number in one row and a text in the next.
# So the values decide: a column has the narrowest type that holds all that came, and it is widened when a
# later block needs more. Memory holds one block at a time.


MOMENT_KIND: Final = pa.timestamp("us", "UTC")
TEXT_KIND: Final = "VARCHAR"
COLUMN_KINDS: Final = {
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    MOMENT_KIND: "TIMESTAMPTZ",
    pa.string(): TEXT_KIND,
}
WIDER_KINDS: Final = {
    frozenset({"BIGINT", "DOUBLE"}): "DOUBLE",
    frozenset({"DATE", "TIMESTAMP"}): "TIMESTAMP",
}


def store_rows(
    names: Sequence[str], blocks: Iterable[Sequence[Sequence[Any]]], engine: BaseBackend
) -> ir.Table:
    """A table of the engine, in the order in which the rows came."""
    table = ibis.util.gen_name("rows")
    engine.create_table(table, schema=dict.fromkeys(names, "string"), temp=True)
    kinds: dict[str, str | None] = dict.fromkeys(names)
    for block in blocks:
        columns = dict(zip(names, map(_convert_column, zip(*block, strict=True)), strict=True))
        for name, column in columns.items():
            needed = _find_wider_type(kinds[name], COLUMN_KINDS.get(column.type))
            if needed != kinds[name]:
                _change_type(table, name, str(needed), engine)
                kinds[name] = needed
        engine.insert(table, pa.table(columns))
    return engine.table(table)


def _convert_column(values: Sequence[Any]) -> pa.Array:
    """The values in the type that they share, or else as text."""
    if set(map(type, values)) <= {Decimal, NoneType}:
        values = _convert_decimals(values)
    try:
        found = pa.array(values)
    except (pa.ArrowException, OverflowError):  # of several types, or larger than any integer
        return _convert_texts(values)
    if pa.types.is_timestamp(found.type) and found.type.tz:
        return found.cast(MOMENT_KIND)
    return found if found.type in COLUMN_KINDS or pa.types.is_null(found.type) else _convert_texts(values)


def _convert_decimals(values: Sequence[Decimal | None]) -> list[float | None]:
    """Decimals as whole numbers where all are, for these may be ids; else as floats."""
    whole = all(value is None or _is_whole(value) for value in values)
    return [value if value is None else int(value) if whole else float(value) for value in values]


def _is_whole(value: Decimal) -> bool:
    return value.is_finite() and value == value.to_integral_value()


def _convert_texts(values: Sequence[Any]) -> pa.Array:
    return pa.array([None if value is None else _write_value(value) for value in values], pa.string())


def _write_value(value: object) -> str:
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)


def _find_wider_type(known: str | None, new: str | None) -> str | None:
    """The narrowest type for both; a block without a single value needs none."""
    if known is None or new is None or known == new:
        return new or known
    return WIDER_KINDS.get(frozenset({known, new}), TEXT_KIND)


def _change_type(table: str, column: str, kind: str, engine: BaseBackend) -> None:
    """Change the type of a column, together with the values that are there."""
    quoted = '"{}"'.format(column.replace('"', '""'))
    engine.raw_sql(f"ALTER TABLE {table} ALTER {quoted} TYPE {kind}")


CURSOR_BLOCK: Final = 50_000  # rows in memory at a time
INSTALL_ADVICE: Final = {"psycopg": "-e '.[postgres]'", "MySQLdb": "mysqlclient"}


def read_sql(address: DatabaseAddress, wanted: DatabaseQuery, engine: BaseBackend) -> ir.Table:
    """Copy the table, or what the query gives, into a table of the engine."""
    from sqlalchemy.exc import SQLAlchemyError

    with _connect(address) as connection:
        try:
            with _run_query(connection, wanted, address) as result:
                names = list(result.keys())
                _check_names(names, address, wanted)
                return store_rows(names, result.partitions(CURSOR_BLOCK), engine)
        except SQLAlchemyError as error:
            raise address.refusal(error, wanted) from error


@contextmanager
def _connect(address: DatabaseAddress) -> "Iterator[Connection]":
    from sqlalchemy.exc import SQLAlchemyError

    database = _make_engine(address)
    try:
        connection = database.connect()
    except SQLAlchemyError as error:
        raise DataError(
            f"{address}: the database can't be opened ({address.reason(error)}). Check data.url: host, port, "
            "user, password and the name of the database."
        ) from error
    with connection:
        yield connection


def _make_engine(address: DatabaseAddress) -> "Engine":
    """What connects, and that only to read: a transaction in which PostgreSQL itself refuses to write."""
    from sqlalchemy import create_engine
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError
    from sqlalchemy.pool import NullPool

    url = _open_read_only(address) if address.dialect == "sqlite" else address.url
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
            f"python -m pip install {INSTALL_ADVICE.get(module, module)}, or name another, as in {address.dialect}+driver://."
        ) from error
    except ArgumentError as error:
        raise ConfigError(f"data.url: {address.reason(error)}.") from None


def _open_read_only(address: DatabaseAddress) -> "URL":
    """SQLite makes a missing file, unless it is opened by an address of its own that says how."""
    path = Path(address.url.database or "")
    if not path.is_file():
        raise DataError(
            f"{address}: no such file. Write data.url=sqlite:///shop.db, or sqlite:////folder/shop.db."
        )
    return address.url.set(database=path.resolve().as_uri(), query={"mode": "ro", "uri": "true"})


def _run_query(
    connection: "Connection", wanted: DatabaseQuery, address: DatabaseAddress
) -> "CursorResult[Any]":
    """Run it with a cursor that stays with the server, which hands out a block when it is asked to."""
    from sqlalchemy import inspect, literal_column, select, table

    streamed = {"yield_per": CURSOR_BLOCK, "no_parameters": True}  # without parameters, % and : are text
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


def _check_names(names: Sequence[str], address: DatabaseAddress, wanted: DatabaseQuery) -> None:
    """A column is known by its name, to our engines without regard to case."""
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise DataError(f"{address}, {wanted}: two columns are named '{twice[0]}'. Tell them apart with AS.")
