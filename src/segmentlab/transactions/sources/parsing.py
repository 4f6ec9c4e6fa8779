"""Text to numbers and moments, once, into a table of the engine: parsing in every query would cost more.

A reader that parses while it reads is much faster, and gives up at the first value that does not fit. So
it is asked first; where it gives up, the text is parsed column by column, which shows the rows that don't.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.schema import ColumnField
from segmentlab.transactions.sources.columns import KNOWN_FIELDS, order_columns
from segmentlab.transactions.sources.dates import DateFormat, choose_format, propose_formats, read_dates
from segmentlab.transactions.sources.raw import RawTable, is_duckdb

# Ids stay text, numbers become numbers; what can't be read is missing until `bad_rows` tells of it.


WHOLE_NUMBER = r"^\d+\.0$"


def type_columns(
    table: ir.Table, columns: Mapping[str, str], decimal: str, source: str
) -> dict[str, ir.Value]:
    """Our columns in our types. Dates in text stay text: their format is a question of its own."""
    return {
        name: _type_column(table[name], KNOWN_FIELDS[name], decimal, f"{source}: column '{column}'")
        for name, column in columns.items()
    }


def write_whole_ids(table: ir.Table) -> tuple[ir.Table, tuple[str, ...]]:
    """`13085` for `13085.0`, where a tool that knows no missing integer wrote every id as a fraction."""
    ids = table["customer_id"]
    first = table.filter(ids.notnull()).select("customer_id").limit(1)
    if not first.customer_id.re_search(WHOLE_NUMBER).any().to_pyarrow().as_py():
        return table, ()
    if not ids.endswith(".0").all().to_pyarrow().as_py():
        return table, ()
    return table.mutate(customer_id=ids.substr(0, ids.length() - 2)), (
        "Customer ids are whole numbers that were written as fractions: 13085.0 is read as 13085.",
    )


def _type_column(column: ir.Value, field: ColumnField, decimal: str, where: str) -> ir.Value:
    kind = column.type()
    if not _can_mean(kind, field.dtype):
        raise DataError(
            f"{where} has type {kind}, expected {field.dtype} ({field.meaning}). Convert it at its source, "
            f"or name another column with data.columns.{field.name}=."
        )
    if kind.is_string() and field.dtype.is_numeric():
        return _parse_number(column, decimal)
    if kind.is_string() and field.dtype.is_timestamp():
        return column
    return column if kind.copy(nullable=True) == field.dtype else column.cast(field.dtype)


def _can_mean(kind: dt.DataType, wanted: dt.DataType) -> bool:
    """Whether the values can mean what is wanted; text may, until it is parsed."""
    if wanted.is_numeric():
        return bool(kind.is_numeric() or kind.is_string())
    if wanted.is_timestamp():
        return bool(kind.is_timestamp() or kind.is_date() or kind.is_string())
    return bool(kind.is_string() or kind.is_integer() or kind.is_floating())


def _parse_number(text: ir.StringValue, decimal: str) -> ir.Value:
    if decimal == ",":
        text = text.replace(".", "").replace(",", ".")
    return text.try_cast("float64")


HEAD_ROWS: Final = 5_000  # rows that propose a date format; every row decides
TRIED_COLUMN: Final = "_timestamp_as_{}"


@dataclass(frozen=True)
class TextSpelling:
    """How numbers and dates are written, as far as the user says so."""

    dates: str | None
    decimal: str


@dataclass(frozen=True)
class ParsedTable:
    """Our columns in our types; a copy of the lines, or the source itself where nothing was text."""

    table: ir.Table
    is_copy: bool
    notes: tuple[str, ...] = ()


def parse_columns(
    raw: RawTable, columns: Mapping[str, str], spelling: TextSpelling, engine: BaseBackend, source: str
) -> ParsedTable:
    """Numbers as numbers and moments as timestamps; what can't be read is missing."""
    named = order_columns(raw.table, columns)
    typed = named.mutate(**type_columns(named, columns, spelling.decimal, source))
    if named["timestamp"].type().is_string():
        return _parse_dates(raw, typed, columns, spelling, engine, source)
    if any(named[name].type().is_string() and not typed[name].type().is_string() for name in columns):
        return ParsedTable(_create_table(typed, engine), is_copy=True)
    return ParsedTable(typed, is_copy=False)


def _parse_dates(
    raw: RawTable,
    typed: ir.Table,
    columns: Mapping[str, str],
    spelling: TextSpelling,
    engine: BaseBackend,
    source: str,
) -> ParsedTable:
    column = columns["timestamp"]
    head = typed.select("timestamp").limit(HEAD_ROWS)["timestamp"].to_pyarrow().drop_null()
    forms = propose_formats(head.to_pylist(), spelling.dates, column, source)
    found = None
    if spelling.decimal == ".":
        found = _parse_at_once(raw, forms, columns, engine, source)
    table, chosen = found or _choose_best_format(forms, typed, engine, column, source)
    return ParsedTable(table, True, (f"Dates in '{column}' are {chosen.order}: {chosen.pattern}.",))


def _parse_at_once(
    raw: RawTable, forms: Sequence[DateFormat], columns: Mapping[str, str], engine: BaseBackend, source: str
) -> tuple[ir.Table, DateFormat] | None:
    """The rows as the reader parses them, each date read once; nothing where a value does not fit."""
    column = columns["timestamp"]
    is_text_too = list(columns.values()).count(column) > 1  # the moment of a purchase may be its id as well
    rows = None if raw.at_once is None or is_text_too else raw.at_once(columns)
    if rows is None:
        return None
    written = rows[column].unify_dictionaries().combine_chunks()
    texts = engine.create_table(
        ibis.util.gen_name("dates"), pa.table({"timestamp": written.dictionary}), temp=True
    )
    tried, unread = _try_formats(forms, texts, engine)
    if min(unread):
        return None
    best = choose_format(forms, unread, column, source)
    moments = tried[TRIED_COLUMN.format(best)].to_pyarrow().combine_chunks().take(written.indices)
    name = ibis.util.gen_name("lines")
    engine.con.register(name, rows.set_column(rows.column_names.index(column), column, moments))
    return order_columns(engine.table(name), columns), forms[best]


def _choose_best_format(
    forms: Sequence[DateFormat], typed: ir.Table, engine: BaseBackend, column: str, source: str
) -> tuple[ir.Table, DateFormat]:
    """The rows with their dates in the one of the formats that fits the most of them."""
    tried, unread = _try_formats(forms, typed, engine)
    best = choose_format(forms, unread, column, source)
    tries = [TRIED_COLUMN.format(position) for position in range(len(forms))]
    return tried.mutate(timestamp=tried[tries[best]]).drop(*tries), forms[best]


def _try_formats(
    forms: Sequence[DateFormat], typed: ir.Table, engine: BaseBackend
) -> tuple[ir.Table, list[int]]:
    """The dates in every format, in one pass, and how many each of them can't read."""
    tries = {
        TRIED_COLUMN.format(position): read_dates(typed["timestamp"], form)
        for position, form in enumerate(forms)
    }
    tried = _create_table(typed.mutate(**tries).drop("timestamp"), engine)
    unread = tried.aggregate(**{name: tried[name].isnull().sum() for name in tries})
    counts = unread.to_pyarrow().to_pylist()[0]
    return tried, [counts[name] or 0 for name in tries]


def _create_table(table: ir.Table, engine: BaseBackend) -> ir.Table:
    if not is_duckdb(engine):
        raise DataError(
            "Dates and numbers that are text in Parquet are parsed by engine=duckdb only. Choose it, or "
            "write them to the files as timestamps and numbers."
        )
    return engine.create_table(ibis.util.gen_name("lines"), table, temp=True)
