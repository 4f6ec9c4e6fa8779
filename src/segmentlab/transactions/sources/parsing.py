"""Text to numbers and moments, once, into a table of the engine: parsing in every query would cost more.

A reader that parses while it reads is much faster, and gives up at the first value that does not fit. So
it is asked first; where it gives up, the text is parsed column by column, which shows the rows that don't.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.sources import dates, values
from segmentlab.transactions.sources.columns import in_our_order
from segmentlab.transactions.sources.handover import is_duckdb
from segmentlab.transactions.sources.raw import Raw

HEAD: Final = 5_000  # rows that propose a date format; every row decides
TRIED: Final = "_timestamp_as_{}"


@dataclass(frozen=True)
class Spelling:
    """How numbers and dates are written, as far as the user says so."""

    dates: str | None
    decimal: str


@dataclass(frozen=True)
class Parsed:
    """Our columns in our types; a copy of the lines, or the source itself where nothing was text."""

    table: ir.Table
    is_copy: bool
    notes: tuple[str, ...] = ()


def parsed(
    raw: Raw, columns: Mapping[str, str], spelling: Spelling, engine: BaseBackend, source: str
) -> Parsed:
    """Numbers as numbers and moments as timestamps; what can't be read is missing."""
    named = in_our_order(raw.table, columns)
    typed = named.mutate(**values.typed(named, columns, spelling.decimal, source))
    if named["timestamp"].type().is_string():
        return _dated(raw, typed, columns, spelling, engine, source)
    if any(named[name].type().is_string() and not typed[name].type().is_string() for name in columns):
        return Parsed(_created(typed, engine), is_copy=True)
    return Parsed(typed, is_copy=False)


def _dated(
    raw: Raw,
    typed: ir.Table,
    columns: Mapping[str, str],
    spelling: Spelling,
    engine: BaseBackend,
    source: str,
) -> Parsed:
    column = columns["timestamp"]
    head = typed.select("timestamp").limit(HEAD)["timestamp"].to_pyarrow().drop_null()
    forms = dates.proposals(head.to_pylist(), spelling.dates, column, source)
    found = None
    if spelling.decimal == ".":
        found = _at_once(raw, forms, columns, engine, source)
    table, chosen = found or _in_every(forms, typed, engine, column, source)
    return Parsed(table, True, (f"Dates in '{column}' are {chosen.order}: {chosen.pattern}.",))


def _at_once(
    raw: Raw, forms: Sequence[dates.Format], columns: Mapping[str, str], engine: BaseBackend, source: str
) -> tuple[ir.Table, dates.Format] | None:
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
    tried, unread = _tried(forms, texts, engine)
    if min(unread):
        return None
    best = dates.decide(forms, unread, column, source)
    moments = tried[TRIED.format(best)].to_pyarrow().combine_chunks().take(written.indices)
    name = ibis.util.gen_name("lines")
    engine.con.register(name, rows.set_column(rows.column_names.index(column), column, moments))
    return in_our_order(engine.table(name), columns), forms[best]


def _in_every(
    forms: Sequence[dates.Format], typed: ir.Table, engine: BaseBackend, column: str, source: str
) -> tuple[ir.Table, dates.Format]:
    """The rows with their dates in the one of the formats that fits the most of them."""
    tried, unread = _tried(forms, typed, engine)
    best = dates.decide(forms, unread, column, source)
    tries = [TRIED.format(position) for position in range(len(forms))]
    return tried.mutate(timestamp=tried[tries[best]]).drop(*tries), forms[best]


def _tried(forms: Sequence[dates.Format], typed: ir.Table, engine: BaseBackend) -> tuple[ir.Table, list[int]]:
    """The dates in every format, in one pass, and how many each of them can't read."""
    tries = {
        TRIED.format(position): dates.read_as(typed["timestamp"], form) for position, form in enumerate(forms)
    }
    tried = _created(typed.mutate(**tries).drop("timestamp"), engine)
    unread = tried.aggregate(**{name: tried[name].isnull().sum() for name in tries})
    counts = unread.to_pyarrow().to_pylist()[0]
    return tried, [counts[name] or 0 for name in tries]


def _created(table: ir.Table, engine: BaseBackend) -> ir.Table:
    if not is_duckdb(engine):
        raise DataError(
            "Dates and numbers that are text in Parquet are parsed by engine=duckdb only. Choose it, or "
            "write them to the files as timestamps and numbers."
        )
    return engine.create_table(ibis.util.gen_name("lines"), table, temp=True)
