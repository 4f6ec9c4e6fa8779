"""Transactions in a database: a table of it, or what a query gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
        if not self.url:
            raise ConfigError(f"data=database needs data.url, or SEGMENTLAB_DATABASE: {ADDRESS_FORM}.")
        address, queries = DatabaseAddress.parse(self.url), self._list_queries()
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

    def inputs(self) -> list[Path] | None:
        """No file decides; under a word for it, all that was said does."""
        return None if self.snapshot is None else []

    def find_form(self) -> Form:
        """Rows come through a driver, one block after the other."""
        return "slow"

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
