"""Tables that are in memory already: pandas, Polars, Arrow, whatever gives Arrow its columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import ibis
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.customers import convert_customers, match_customers
from segmentlab.transactions.dataset import CustomersOnly, Dataset
from segmentlab.transactions.file import combine_customer_key
from segmentlab.transactions.sources.columns import COLUMN_ALIASES, simplify_column
from segmentlab.transactions.sources.convert import LogChoices, convert_transactions
from segmentlab.transactions.sources.digests import compute_table_digest
from segmentlab.transactions.sources.raw import RawTable, find_zones, is_duckdb, move_to_engine

LINES, CUSTOMERS = "the table of transactions", "the table of customers"


@dataclass(frozen=True, kw_only=True)
class Memory:
    """Transactions in memory, customers in memory, or both, and what the user says about them.

    `columns` maps our names to the table's own. Rows are counted from 0, as pandas does.
    """

    lines: pa.Table | None = None
    customers: pa.Table | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    dates: str | None = None
    decimal: str | None = None
    invoice: str = "timestamp"
    on_bad_rows: str = "error"
    export: str | None = None
    zone: str | None = None
    currency: Mapping[str, float] | str | None = None
    signs: Mapping[str, float] | None = None
    id_width: int | None = None
    discount: str | None = None
    not_sold: Sequence[str] = ()
    customer_by: Sequence[str] = ()
    accept: Sequence[str] = ()

    def read(self, engine: BaseBackend) -> Dataset | CustomersOnly:
        """Land what there is on the engine."""
        here = engine if is_duckdb(engine) else ibis.duckdb.connect()
        if self.lines is None and self.customers is None:
            raise ConfigError(
                "data=memory is a table that Python hands over: segmentlab.segment(frame). On the command "
                "line name a file: data=file data.path=..."
            )
        if self.lines is None:
            return self._read_customers(here, engine)
        choices = LogChoices.of(self)
        raw = _register(self.lines, here, LINES)
        landed = convert_transactions(raw, choices, here, LINES)
        dataset = Dataset(
            name="memory",
            source=LINES,
            digest=compute_table_digest(landed.table),
            transactions=move_to_engine(combine_customer_key(landed.table, self.customer_by), engine),
            notes=landed.notes,
            quarantine=landed.quarantine,
            accept=landed.accept,
            sums=landed.sums,
        )
        return dataset if self.customers is None else self._add_customers(dataset, here, engine)

    def _add_customers(self, dataset: Dataset, here: BaseBackend, engine: BaseBackend) -> Dataset:
        known = self._read_customers(here, engine)
        matched = match_customers(known.customers, dataset.transactions, CUSTOMERS)
        return replace(dataset, customers=known.customers, notes=(*dataset.notes, *known.notes, *matched))

    def _read_customers(self, here: BaseBackend, engine: BaseBackend) -> CustomersOnly:
        assert self.customers is not None
        table, notes = _number_rows(self.customers, self.columns.get("customer_id"))
        raw = replace(_register(table, here, CUSTOMERS), notes=notes)
        read = convert_customers(raw, here, CUSTOMERS, self.columns.get("customer_id"), self.id_width)
        return CustomersOnly(
            name="memory",
            source=CUSTOMERS,
            digest=compute_table_digest(read.table),
            customers=move_to_engine(read.table, engine),
            notes=read.notes,
        )


def convert_to_arrow(table: Any, what: str = LINES) -> pa.Table:  # noqa: ANN401  (whatever holds a table)
    """A table of pandas, Polars or Arrow as Arrow's; what is no table is refused in words."""
    if hasattr(table, "collect") and not hasattr(table, "__arrow_c_stream__"):
        table = table.collect()  # a lazy frame of Polars
    if isinstance(table, pd.DataFrame):
        found = _convert_pandas(table, what)
    elif hasattr(table, "__arrow_c_stream__"):
        found = pa.table(table)
    else:
        raise DataError(
            f"{what} is a {type(table).__name__}. Expected a DataFrame of pandas or Polars, a table of "
            "Arrow, the path of a file, or the name of a data set."
        )
    _refuse_twice(found.column_names, what)
    return found


def _refuse_twice(names: Sequence[str], what: str) -> None:
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise DataError(f"{what} has the column '{min(twice)}' more than once. Rename one of them.")


def _convert_pandas(frame: pd.DataFrame, what: str) -> pa.Table:
    """An index that has a name is a column; a column of several types is text, as ids are."""
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    frame = frame.rename(columns=str)
    _refuse_twice(list(map(str, frame.columns)), what)
    mixed = {
        name: frame[name].map(str, na_action="ignore")
        for name in frame.columns[frame.dtypes == "object"]
        if len(frame.columns) == frame.columns.nunique() and len(set(map(type, frame[name].dropna()))) > 1
    }
    try:
        return pa.Table.from_pandas(frame.assign(**mixed), preserve_index=False)
    except pa.ArrowException as error:
        told = "; ".join(map(str, error.args))
        raise DataError(
            f"{what} holds what no table can ({told}). Write it as text, a number or a date."
        ) from error


def _register(table: pa.Table, engine: BaseBackend, what: str) -> RawTable:
    if not table.num_rows:
        raise DataError(f"{what} has no rows.")
    landed: ir.Table = engine.create_table(ibis.util.gen_name("memory"), table, temp=True)
    return RawTable(landed, first_line=0, zones=find_zones(table.schema))


def _number_rows(table: pa.Table, id_column: str | None) -> tuple[pa.Table, tuple[str, ...]]:
    """Customers without an id are known by the number of their row."""
    plain = set(map(simplify_column, table.column_names))
    if id_column is not None or plain & set(COLUMN_ALIASES["customer_id"]):
        return table, ()
    numbers = pa.array(map(str, range(table.num_rows)), type=pa.string())
    note = "No column holds ids, so a customer is known by the number of the row, from 0."
    return table.add_column(0, "customer_id", numbers), (note,)
