"""The customers table: one row per customer, with what is known of them beside their purchases."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.dataset import CustomersOnly
from segmentlab.transactions.sources.columns import COLUMN_ALIASES, MORE_ALIASES
from segmentlab.transactions.sources.digests import compute_content_digest
from segmentlab.transactions.sources.identity import unify_ids
from segmentlab.transactions.sources.layout import TextChoices
from segmentlab.transactions.sources.location import Location, check_path
from segmentlab.transactions.sources.raw import RawTable, move_to_engine
from segmentlab.transactions.sources.readers import read_source

SHOWN_CUSTOMER_ROWS: Final = 5
ID_NAMES: Final = COLUMN_ALIASES["customer_id"] | MORE_ALIASES["customer_id"]
COLUMN_SYNONYMS: Final = {"genre": "gender", "sex": "gender", "income": "annual_income"}


@dataclass(frozen=True)
class CustomersTable:
    """The table on an engine, and what was decided on the way."""

    table: ir.Table
    notes: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CustomersFile:
    """Customers without transactions: the file at `path`, else one of `files` in `local` or below."""

    name: str
    files: Sequence[str] = ()
    path: str | None = None
    local: str | None = None

    def read(self, engine: BaseBackend) -> CustomersOnly:
        """Find the file and read it."""
        (path,) = self.inputs()
        customers = read_customers_file(path, engine)
        return CustomersOnly(
            name=self.name,
            source=str(path),
            digest=compute_content_digest(path).hex(),
            customers=customers.table,
            notes=(f"{self.name} is {path}.", *customers.notes),
        )

    def inputs(self) -> list[Path]:
        """The file."""
        return [check_exists(self.path) if self.path else self._find_local()]

    def _find_local(self) -> Path:
        below = Path(self.local).rglob("*") if self.local else ()
        found = {path.name: path for path in sorted(below, reverse=True)}
        wanted = next((found[name] for name in self.files if name in found), None)
        if wanted is None:
            place = f"the folder {self.local}" if self.local else "SEGMENTLAB_DATA, which is not set"
            raise DataError(
                f"data={self.name}: no {' or '.join(self.files)} in {place}. No public address offers it "
                "with a checksum, so it is not downloaded: put it into the folder that SEGMENTLAB_DATA "
                "names, or point data.path at it."
            )
        return wanted


def read_customers_file(
    path: str | Path, engine: BaseBackend, id_column: str | None = None, id_width: int | None = None
) -> CustomersTable:
    """Read CSV, Excel or Parquet; `id_column` names the column of ids where no known name does."""
    file = check_exists(path)
    here = ibis.duckdb.connect() if engine.name != "duckdb" else engine

    def use(raw: RawTable) -> CustomersTable:
        return convert_customers(raw, here, str(path), id_column, id_width)

    customers = read_source(Location(file, (file,)), TextChoices(), None, here, use)
    return CustomersTable(move_to_engine(customers.table, engine), customers.notes)


def check_exists(typed: str | Path) -> Path:
    """The path, where there is a file."""
    path = check_path(typed, "data.customers")
    if not path.is_file():
        raise DataError(f"{path}: no such file. Expected a table of customers: CSV, JSON, Excel or Parquet.")
    return path


def match_customers(customers: ir.Table, transactions: ir.Table, source: str) -> tuple[str, ...]:
    """Say how many customers never bought, and of how many who bought the table knows nothing.

    A table that knows nobody is of other customers, or its ids are written in another way.
    """
    ids = transactions.filter(transactions["customer_id"].notnull()).select("customer_id").distinct()
    listed, buyers = customers.count().to_pyarrow().as_py(), ids.count().to_pyarrow().as_py()
    known = customers.semi_join(ids, "customer_id").count().to_pyarrow().as_py()
    if buyers and not known:
        ours, theirs = (table["customer_id"].min().to_pyarrow().as_py() for table in (ids, customers))
        raise DataError(
            f"{source}: none of its {listed:,} customers has bought anything. An id there is '{theirs}', "
            f"and one of the transactions '{ours}'. Name the column of ids with data.columns.customer_id=, "
            "or write the ids of both alike; data.id_width= puts zeros back that they have lost."
        )
    told = []
    if listed > known:
        told.append(f"Customers table: {listed - known:,} customers have no purchase and are not described.")
    if buyers > known:
        told.append(
            f"Customers table: {buyers - known:,} of {buyers:,} customers who bought have no row; what the "
            "table says is unknown of them."
        )
    return tuple(told)


def convert_customers(
    raw: RawTable, engine: BaseBackend, source: str, id_column: str | None, id_width: int | None = None
) -> CustomersTable:
    """Our names, numbers as numbers, and every customer once."""
    if raw.misshapen is not None:
        line = raw.misshapen.iloc[0]
        raise DataError(
            f"{source}: line {line['line']:,} {line['text']!r} has too few or too many cells. Correct it."
        )
    names = _map_names(raw.table.columns, source, id_column)
    table = engine.create_table(ibis.util.gen_name("customers"), raw.table.rename(names), temp=True)
    ids = table["customer_id"].cast("string").nullif("")
    unified = unify_ids(table.mutate(customer_id=ids), source, id_width)
    table = unified.table
    _check_customer_ids(table, raw, source)
    renamed = [f"{name} = '{column}'" for name, column in names.items() if name != column]
    note = f"Customers table: {', '.join(renamed) or 'columns bear our names'}."
    return CustomersTable(table.mutate(**_convert_numbers(table)), (*raw.notes, note, *unified.notes))


def _map_names(columns: Sequence[str], source: str, id_column: str | None) -> dict[str, str]:
    """Our name to the file's: `annual_income` for `Annual Income (k$)`; each has to be clear."""
    ours = {column: _simplify_name(column) for column in columns}
    if id_column in ours:
        ours[id_column] = "customer_id"
    else:
        ours |= {column: "customer_id" for column, name in ours.items() if name.replace("_", "") in ID_NAMES}
    twice = [name for name, count in Counter(ours.values()).items() if count > 1]
    if twice:
        same = " and ".join(f"'{column}'" for column, name in ours.items() if name == twice[0])
        raise DataError(f"{source}: the columns {same} both read as {twice[0]}. Rename one of them.")
    if "customer_id" not in ours.values():
        raise DataError(
            f"{source}: no column for 'customer_id'. Found: {', '.join(map(repr, columns))}. Call the one "
            "that holds the ids customer_id, or say which it is in both files with data.columns.customer_id=."
        )
    return {name: column for column, name in ours.items()}


def _simplify_name(column: str) -> str:
    """Without case, punctuation, and what stands in parentheses: a unit or a range is no name."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", re.sub(r"\(.*?\)", " ", column))
    name = "_".join(re.findall(r"[^\W_]+", words)).lower()
    return COLUMN_SYNONYMS.get(name, name) or column


def _check_customer_ids(table: ir.Table, raw: RawTable, source: str) -> None:
    """Every row is somebody, and nobody is there twice."""
    ids = table.select("customer_id").to_pandas()["customer_id"]
    if ids.empty:
        raise DataError(f"{source}: the table holds no rows. Expected one per customer.")
    places = raw.places(pd.Series(ids.index))
    if ids.isna().any():
        first = f"{raw.place} {places[ids.isna()].iloc[0]:,}"
        raise DataError(f"{source}: the customer id is empty in {ids.isna().sum():,} rows, first in {first}.")
    repeated = ids[ids.duplicated()].unique()
    if len(repeated):
        rows = ", ".join(f"{place:,}" for place in places[ids == repeated[0]][:SHOWN_CUSTOMER_ROWS])
        raise DataError(
            f"{source}: {len(repeated):,} customers have more than one row, first '{repeated[0]}' in "
            f"{raw.place} {rows}. Keep one row per customer."
        )


def _convert_numbers(table: ir.Table) -> Mapping[str, ir.Value]:
    """The text columns of which every value is a number; `007` is a code, not a number."""
    texts = [name for name in table.columns if name != "customer_id" and table[name].type().is_string()]
    if not texts:
        return {}
    is_number = {
        name: (table[name].try_cast("float64").notnull() & ~table[name].re_search(r"^0\d")) for name in texts
    }
    unlike = {name: (table[name].nullif("").notnull() & ~is_number[name]).any() for name in texts}
    found = table.aggregate(**unlike).to_pyarrow().to_pylist()[0]
    return {name: table[name].try_cast("float64") for name in texts if not found[name]}
