"""Files of DuckDB, attached to the engine and read where they lie."""

from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.address import DatabaseAddress, DatabaseQuery

DEFAULT_SCHEMA = "main"


def read_duckdb_file(address: DatabaseAddress, wanted: DatabaseQuery, engine: BaseBackend) -> ir.Table:
    """The table, or what the query gives, without a copy."""
    attached = _attach_file(address, engine)
    if wanted.query is not None:
        # Unqualified names are looked up when the query runs, and every later query runs it again.
        engine.raw_sql(f"SET search_path = '{engine.current_catalog}.main,{attached}.{DEFAULT_SCHEMA}'")
        return engine.sql(_check_only_statement(wanted.query, engine))
    schema, name = wanted.schema_and_table
    place = (attached, schema or DEFAULT_SCHEMA)
    found = engine.list_tables(database=place)
    if name not in found:
        raise wanted.not_among(found, address)
    return engine.table(name, database=place)


def _check_only_statement(query: str, engine: BaseBackend) -> str:
    """Several would all run, and what is read-only is the file alone."""
    statements = engine.con.extract_statements(query)
    if len(statements) > 1:
        raise ConfigError(f"data.query holds {len(statements)} statements, expected one: {query!r}.")
    return str(statements[0].query).rstrip("; \n")


def _attach_file(address: DatabaseAddress, engine: BaseBackend) -> str:
    """The name under which the engine knows the file. Unless it is told the type, it asks the network."""
    path = address.url.database or ""
    if not Path(path).is_file():
        raise DataError(
            f"{address}: no such file. Write data.url=duckdb:///shop.duckdb, or duckdb:////folder/..."
        )
    name: str = ibis.util.gen_name("attached")
    quoted = path.replace("'", "''")
    try:
        engine.raw_sql(f"ATTACH '{quoted}' AS {name} (TYPE duckdb, READ_ONLY)")
    except duckdb.Error as error:
        raise DataError(
            f"{address}: not readable as a database of DuckDB ({address.reason(error)}). Check the file, and "
            "that no other process is writing to it."
        ) from error
    return name
