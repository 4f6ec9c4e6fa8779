"""Transactions in a database: a table of it, or what a query gives."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, NamedTuple

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset, Form
from segmentlab.transactions.sources.address import ADDRESS_FORM, DatabaseAddress, DatabaseQuery
from segmentlab.transactions.sources.convert import ConvertedTransactions, LogChoices, convert_transactions
from segmentlab.transactions.sources.digests import compute_table_digest
from segmentlab.transactions.sources.duckdb_file import read_duckdb_file
from segmentlab.transactions.sources.raw import RawTable, is_duckdb, move_to_engine
from segmentlab.transactions.sources.sql import read_sql
from segmentlab.transactions.sources.tables import TableSet, check_tables


class Watermark(NamedTuple):
    """How far a table reaches: by a number or a moment that is larger in every row that is added."""

    mark: str | None  # none where there is no row
    rows: int  # that have one
    without: int  # rows that have none, which nobody would ever read
    known: int  # rows up to the last one


IDENTIFIER: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?")
NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")


def _check_identifier(key: str, typed: str | None) -> str:
    """It is written into a query, so it has to be the name of something and nothing else."""
    if typed is None or not IDENTIFIER.fullmatch(typed):
        raise ConfigError(
            f"{key}={typed} is no name that a watermark can be used with: letters, digits and _."
        )
    return typed


def _write_literal(mark: str) -> str:
    return mark if NUMBER.fullmatch(mark) else "'{}'".format(mark.replace("'", "''"))


@dataclass(frozen=True, kw_only=True)
class Database:
    """A table or a query, and what the user says about its columns; the rest is found and stated.

    `url` may hold a password, so nothing but the connection ever sees it. `columns` maps our names to
    those of the database. Instead of one table there may be several `tables`, as a `File` has them. A
    database can't say whether it still holds the same: what is read under the word `snapshot` counts as the
    same until there is another word.
    """

    url: str | None = field(default=None, repr=False)
    table: str | None = None
    query: str | None = None
    tables: Mapping[str, str] | None = None
    keys: Mapping[str, str] | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    dates: str | None = None
    decimal: str | None = None
    invoice: str = "timestamp"
    on_bad_rows: str = "error"
    accept: Sequence[str] = ()
    export: str | None = None
    zone: str | None = None
    currency: Mapping[str, float] | str | None = None
    signs: Mapping[str, float] | None = None
    id_width: int | None = None
    discount: str | None = None
    not_sold: Sequence[str] = ()
    snapshot: str | None = None

    def __post_init__(self) -> None:
        check_tables(self.tables, self.keys)

    def read(self, engine: BaseBackend) -> Dataset:
        """Open the database to read only, and land what it holds on the engine."""
        address, queries = self._find_address(), self._list_queries()
        wanted = next(iter(queries.values()))
        try:
            landed = self._land(address, queries, engine if is_duckdb(engine) else ibis.duckdb.connect())
            content = compute_table_digest(landed.table)
        except duckdb.Error as error:
            raise address.refusal(error, wanted) from error
        return Dataset(
            name=wanted.schema_and_table[1] or address.name,
            source=f"{address}, {wanted}",
            digest=content,
            transactions=move_to_engine(landed.table, engine),
            notes=landed.notes,
            quarantine=landed.quarantine,
            accept=landed.accept,
            sums=landed.sums,
        )

    def find_watermark(self, column: str, last: str | None) -> Watermark:
        """How far a table reaches by a column that only grows, and what became of the rows until `last`."""
        table, name = _check_identifier("data.table", self.table), _check_identifier("watermark", column)
        known = "0" if last is None else f"sum(case when {name} <= {_write_literal(last)} then 1 else 0 end)"
        query = (
            f"select max({name}) as mark, count(*) as every, count({name}) as marked, {known} as known "  # noqa: S608
            f"from {table}"
        )
        address, wanted = self._find_address(), DatabaseQuery(query=query)
        try:
            found = _read_table(address, wanted, ibis.duckdb.connect()).table.to_pyarrow().to_pylist()[0]
        except duckdb.Error as error:
            raise address.refusal(error, f"watermark={column}") from error
        mark = None if found["mark"] is None else str(found["mark"])
        return Watermark(
            mark, int(found["marked"]), int(found["every"] - found["marked"]), int(found["known"] or 0)
        )

    def select_since(self, column: str, last: str | None, until: str) -> "Database":
        """The rows beyond one watermark, up to another."""
        after = "" if last is None else f"{column} > {_write_literal(last)} and "
        query = f"select * from {self.table} where {after}{column} <= {_write_literal(until)}"  # noqa: S608
        return replace(self, table=None, query=query)

    def inputs(self) -> list[Path] | None:
        """No file decides; under a word for it, all that was said does."""
        return None if self.snapshot is None else []

    def find_form(self) -> Form:
        """Rows come through a driver, one block after the other."""
        return "slow"

    def _find_address(self) -> DatabaseAddress:
        if not self.url:
            raise ConfigError(f"data=database needs data.url, or SEGMENTLAB_DATABASE: {ADDRESS_FORM}.")
        return DatabaseAddress.parse(self.url)

    def _list_queries(self) -> dict[str, DatabaseQuery]:
        """What to read, by what is in it: the lines, or several tables that make lines together."""
        if not self.tables:
            return {"lines": DatabaseQuery(self.table, self.query)}
        if self.table is not None or self.query is not None:
            raise ConfigError(
                "data=database reads data.tables, or one of data.table and data.query; not both."
            )
        return {name: DatabaseQuery(table) for name, table in self.tables.items()}

    def _land(
        self, address: DatabaseAddress, queries: Mapping[str, DatabaseQuery], engine: BaseBackend
    ) -> ConvertedTransactions:
        choices = LogChoices.of(self)
        source = f"{address}, {', '.join(map(str, queries.values()))}"
        tables = {name: _read_table(address, wanted, engine) for name, wanted in queries.items()}
        whole = (
            TableSet(tables, self.keys or {}, self.accept, source).join(engine)
            if self.tables
            else tables["lines"]
        )
        return convert_transactions(whole, choices, engine, source)


def _read_table(address: DatabaseAddress, wanted: DatabaseQuery, engine: BaseBackend) -> RawTable:
    read = read_duckdb_file if address.dialect == "duckdb" else read_sql
    table = read(address, wanted, engine)
    source = f"{address}, {wanted}"
    if not table.limit(1).count().to_pyarrow().as_py():
        raise DataError(f"{source}: there is no row in it. Name a table or a query that has transactions.")
    return RawTable(table, zones=_find_moments(table))


def _find_moments(table: ir.Table) -> dict[str, str]:
    """A moment is the same everywhere, its hour and its day are not: databases give it in UTC."""
    return {name: "UTC" for name, kind in table.schema().items() if kind.is_timestamp() and kind.timezone}
