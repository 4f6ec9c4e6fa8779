"""Text to numbers and moments, once, into a table of the engine: parsing in every query would cost more.

A reader that parses while it reads is much faster, and gives up at the first value that does not fit. So
it is asked first. What does not fit is looked at in the whole column, which shows how its numbers are
written, and the text is parsed column by column.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.orders import OrderSums
from segmentlab.transactions.schema import ColumnField
from segmentlab.transactions.sources.columns import KNOWN_FIELDS, order_columns
from segmentlab.transactions.sources.dates import propose_formats
from segmentlab.transactions.sources.furniture import TAIL_ROWS
from segmentlab.transactions.sources.moments import HEAD_DATES, MomentsColumn, read_moments
from segmentlab.transactions.sources.numbers import (
    MARK_COLUMN,
    MONEY,
    PLAIN,
    NumberSpelling,
    decide_spellings,
    find_marks,
    look_plain,
    read_numbers,
    show_decimal_point,
)
from segmentlab.transactions.sources.raw import RawTable, create_lines, is_duckdb
from segmentlab.transactions.sources.zones import tell_in_zone

# Ids stay text, numbers become numbers; what can't be read is missing until `bad_rows` tells of it.

UTC: Final = "UTC"
UTC_NAMES: Final = (UTC, "Etc/UTC", "+00:00")


@dataclass(frozen=True)
class TextSpelling:
    """How numbers and dates are written, as far as the user says so, and where the shop's clock stands."""

    dates: str | None = None
    decimal: str | None = None
    zone: str | None = None


@dataclass(frozen=True)
class ParsedTable:
    """Our columns in our types; a copy of the lines, or the source itself where nothing was text.

    `warning` is what speaks against the way in which the dates were read; `tail` are the last rows, where
    they are at hand. `sums` are there where the lines were summed while they were read; `check` refuses them
    once the source is another.
    """

    table: ir.Table
    is_copy: bool
    notes: tuple[str, ...] = ()
    warning: str | None = None
    tail: ir.Table | None = None
    sums: OrderSums | None = None
    check: Callable[[], None] | None = None


@dataclass(frozen=True)
class TextParsing:
    """One table with columns of text, and everything that reading them needs."""

    raw: RawTable
    columns: Mapping[str, str]
    spelling: TextSpelling
    engine: BaseBackend
    source: str

    @property
    def moments(self) -> MomentsColumn:
        """The column of dates."""
        return MomentsColumn(self.columns["timestamp"], self.source, self.spelling.dates, self.spelling.zone)


def parse_columns(
    raw: RawTable, columns: Mapping[str, str], spelling: TextSpelling, engine: BaseBackend, source: str
) -> ParsedTable:
    """Numbers as numbers and moments as timestamps; what can't be read is missing."""
    named = _decode_binaries(order_columns(raw.table, columns), columns, engine)
    for name, column in columns.items():
        if not _can_mean(named[name].type(), KNOWN_FIELDS[name].dtype):
            _refuse_type(named[name].type(), KNOWN_FIELDS[name], f"{source}: column '{column}'")
    if named["timestamp"].type().is_numeric():
        named = _write_counts(named, columns["timestamp"], spelling.dates, source)
    texts = list_number_texts(named, columns)
    has_dates = named["timestamp"].type().is_string()
    if not texts and not has_dates:
        zoned, notes = _tell_moments(named, raw, columns["timestamp"], spelling.zone, engine)
        return ParsedTable(type_columns(zoned, {}, columns), is_copy=False, notes=notes)
    parsing = TextParsing(raw, columns, spelling, engine, source)
    head = read_head_rows(parsing, named, [*texts, *(["timestamp"] if has_dates else [])])
    numbers = head.select(texts)
    plain = None
    if spelling.decimal != "," and look_plain(numbers):
        plain = _parse(parsing, named, head, {}, may_be_quick=True)
        if _is_settled(plain.table, texts, numbers, spelling.decimal):
            return plain
    _check_bytes(raw)
    spelt = decide_spellings(named, {name: columns[name] for name in texts}, spelling.decimal, source)
    dressed = {name: how for name, how in spelt.items() if how != PLAIN}
    if plain is not None and not dressed:
        return plain
    parsed = _parse(parsing, named, head, spelt, may_be_quick=False)
    told = tuple(how.describe(columns[name]) for name, how in dressed.items())
    return ParsedTable(parsed.table, True, (*parsed.notes, *told), parsed.warning)


def read_head_rows(parsing: TextParsing, named: ir.Table, names: Sequence[str]) -> pa.Table:
    """Rows that show how values are written."""
    at_once = parsing.raw.at_once
    wanted = list(dict.fromkeys(parsing.columns[name] for name in names))
    rows = None if at_once is None else at_once.read_head(wanted)
    if rows is None:
        _check_bytes(parsing.raw)
        return named.select(*names).limit(HEAD_DATES).to_pyarrow()
    head = rows.slice(0, HEAD_DATES)
    return pa.table({name: head[parsing.columns[name]] for name in names})


@ibis.udf.scalar.builtin(name="decode", signature=(("binary",), "string"))
def _decode(value):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: bytes of UTF-8 as text."""


def _decode_binaries(named: ir.Table, columns: Mapping[str, str], engine: BaseBackend) -> ir.Table:
    """Texts that a writer of Parquet did not mark as such."""
    texts = [
        name for name in columns if KNOWN_FIELDS[name].dtype.is_string() and named[name].type().is_binary()
    ]
    if not texts or not is_duckdb(engine):
        return named
    return named.mutate(**{name: _decode(named[name]) for name in texts})


def _check_bytes(raw: RawTable) -> None:
    if raw.at_once is not None:
        raw.at_once.check_bytes()


def _refuse_type(kind: dt.DataType, field: ColumnField, where: str) -> NoReturn:
    raise DataError(
        f"{where} has type {kind}, expected {field.dtype} ({field.meaning}). Convert it at its source, "
        f"or name another column with data.columns.{field.name}=."
    )


def _can_mean(kind: dt.DataType, wanted: dt.DataType) -> bool:
    """Whether the values can mean what is wanted; text may, until it is parsed."""
    if wanted.is_numeric():
        return bool(kind.is_numeric() or kind.is_string())
    if wanted.is_timestamp():
        return bool(kind.is_timestamp() or kind.is_date() or kind.is_string() or kind.is_numeric())
    return bool(kind.is_string() or kind.is_integer() or kind.is_floating())


def _write_counts(named: ir.Table, column: str, dates: str | None, source: str) -> ir.Table:
    """Moments that are counted, or written as whole numbers, as the texts that they would be."""
    texts = named.mutate(timestamp=named["timestamp"].cast("string").re_replace(r"\.0+$", ""))
    head = texts.select("timestamp").limit(HEAD_DATES)["timestamp"].to_pyarrow().drop_null().to_pylist()
    if not propose_formats(head, dates):
        _refuse_type(named["timestamp"].type(), KNOWN_FIELDS["timestamp"], f"{source}: column '{column}'")
    return texts


def list_number_texts(named: ir.Table, columns: Mapping[str, str]) -> list[str]:
    """The columns that are text, and mean numbers."""
    return [
        name for name in columns if KNOWN_FIELDS[name].dtype.is_numeric() and named[name].type().is_string()
    ]


def type_columns(
    named: ir.Table, spelt: Mapping[str, NumberSpelling], columns: Mapping[str, str]
) -> ir.Table:
    """Our columns in our types. Dates in text stay text: their format is a question of its own."""
    typed = {}
    for name in columns:
        column, wanted = named[name], KNOWN_FIELDS[name].dtype
        if column.type().is_string() and wanted.is_numeric():
            typed[name] = read_numbers(column, spelt.get(name, PLAIN), name in MONEY)
            if spelt.get(name, PLAIN).marks:
                typed[MARK_COLUMN] = find_marks(column)
        elif not (column.type().is_string() or column.type().copy(nullable=True) == wanted):
            typed[name] = column.cast(wanted)
    return named.mutate(**typed)


def _parse(
    parsing: TextParsing,
    named: ir.Table,
    head: pa.Table,
    spelt: Mapping[str, NumberSpelling],
    *,
    may_be_quick: bool,
) -> ParsedTable:
    typed = type_columns(named, spelt, parsing.columns)
    if "timestamp" not in head.column_names:
        zoned, notes = _tell_moments(
            typed, parsing.raw, parsing.columns["timestamp"], parsing.spelling.zone, parsing.engine
        )
        return ParsedTable(create_lines(zoned, parsing.engine), True, notes)
    dates = head["timestamp"].drop_null().to_pylist()
    quick = _parse_at_once(parsing, dates) if may_be_quick else None
    if quick is not None:
        return quick
    read = read_moments(typed, dates, parsing.moments, parsing.engine)
    return ParsedTable(read.table, True, read.notes, read.warning)


def _parse_at_once(parsing: TextParsing, dates: list[str]) -> ParsedTable | None:
    """The rows as the reader parses them, each date read once; nothing where a value does not fit."""
    raw, columns, engine = parsing.raw, parsing.columns, parsing.engine
    column = columns["timestamp"]
    is_text_too = list(columns.values()).count(column) > 1  # the moment of a purchase may be its id as well
    rows = None if raw.at_once is None or is_text_too else raw.at_once(columns)
    if rows is None:
        return None
    written = rows[column].unify_dictionaries().combine_chunks()
    texts = pa.table({"timestamp": written.dictionary})
    read = read_moments(
        engine.create_table(ibis.util.gen_name("dates"), texts, temp=True), dates, parsing.moments, engine
    )
    if read.unread:
        return None
    moments = read.table["timestamp"].to_pyarrow().combine_chunks().take(written.indices)
    if moments.null_count:
        return None
    name = ibis.util.gen_name("lines")
    parsed = rows.set_column(rows.column_names.index(column), column, moments)
    engine.con.register(name, parsed)
    tail = order_columns(ibis.memtable(parsed.slice(max(parsed.num_rows - TAIL_ROWS, 0))), columns)
    return ParsedTable(order_columns(engine.table(name), columns), True, read.notes, tail=tail)


def _is_settled(table: ir.Table, texts: list[str], numbers: pa.Table, decimal: str | None) -> bool:
    """Whether every number was read, and as it was meant: a point may have stood for thousands."""
    if not texts:
        return True
    doubtful = decimal is None and not show_decimal_point(numbers)
    marks = [
        table[name].isnull() | ((table[name] % 1) != 0) if doubtful else table[name].isnull()
        for name in texts
    ]
    marked = table.aggregate(**{name: mark.any() for name, mark in zip(texts, marks, strict=True)})
    unsure = doubtful and any(
        "." in (text or "") for column in numbers.columns for text in column.to_pylist()
    )
    return not unsure and not any(marked.to_pyarrow().to_pylist()[0].values())


def _tell_moments(
    lines: ir.Table, raw: RawTable, column: str, zone: str | None, engine: BaseBackend
) -> tuple[ir.Table, tuple[str, ...]]:
    """Moments of a type that bears a zone as the shop's clock shows them."""
    named, kind = raw.zones.get(column), lines["timestamp"].type()
    stays = (
        f"Moments in '{column}' are in UTC and stay so; data.zone=Europe/Berlin, for instance, takes "
        "them to the shop's own time."
    )
    if not is_duckdb(engine):  # which tells all moments in UTC, and gets no file where a zone was said
        if named not in (None, *UTC_NAMES):
            raise DataError(
                f"Moments in '{column}' are of the zone {named}, where engine=duckdb tells them. Type "
                f"data.zone={named}, or data.zone=UTC."
            )
        return lines, (stays,) if named else ()
    if not (kind.is_timestamp() and kind.timezone):
        told = f"Dates in '{column}' bear no offset: they are the shop's own time and stay as they are."
        return lines, (told,) if zone else ()
    wanted = zone or named
    if wanted is None:
        return lines, ()
    told = f"Moments in '{column}' are told in {wanted}, {'data.zone' if zone else 'as the data names it'}."
    if wanted == UTC and not zone:
        told = stays
    return lines.mutate(timestamp=tell_in_zone(lines["timestamp"], wanted)), (told,)
