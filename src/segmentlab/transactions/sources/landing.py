"""From a table as it was found to canonical transactions: mapped, typed, and with its bad rows told.

Text is parsed once, into a table of the engine: parsing again in every query would cost more than the
copy. Columns that have their types already stay where they are and are read when a query asks for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources import bad_rows, dates, parts, values
from segmentlab.transactions.sources.columns import KNOWN, choose_columns
from segmentlab.transactions.sources.handover import is_duckdb
from segmentlab.transactions.sources.raw import Raw

HEAD: Final = 5_000  # rows that propose a date format; every row decides
TRIED: Final = "_timestamp_as_{}"


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What the user may say about the meaning of a log; whatever is not said is found."""

    columns: Mapping[str, str | None] = field(default_factory=dict)
    dates: str | None = None
    decimal: str = "."
    invoice: str = "timestamp"
    on_bad_rows: str = "error"

    def __post_init__(self) -> None:
        _check_one_of("decimal", self.decimal, (".", ","))
        _check_one_of("invoice", self.invoice, ("timestamp", "day"))
        _check_one_of("on_bad_rows", self.on_bad_rows, ("error", "quarantine"))


@dataclass(frozen=True)
class Landed:
    """Canonical transactions on an engine, what was decided on the way, and the rows set aside."""

    table: ir.Table
    columns: Mapping[str, str]
    notes: tuple[str, ...]
    quarantine: pd.DataFrame | None = None


def land(raw: Raw, choices: Choices, engine: BaseBackend, source: str) -> Landed:
    """Map, parse, check, and complete."""
    columns = choose_columns(raw.table.columns, choices.columns, source)
    named = _named(raw.table, columns)
    typed = named.mutate(**values.typed(named, columns, choices.decimal, source))
    order: tuple[str, ...] = ()
    table = typed
    if named["timestamp"].type().is_string():
        table, order = _dated(typed, choices.dates, engine, columns["timestamp"], source)
    elif any(named[name].type().is_string() and not typed[name].type().is_string() for name in columns):
        table = _created(typed, engine)
    if table is typed and choices.on_bad_rows == "error":
        checked = bad_rows.Checked(table)  # the flow checks every table; reading this one twice would cost
    else:
        checked = bad_rows.checked(table, raw, columns, choices.on_bad_rows, source)
    identified, whole = values.whole_ids(checked.table)
    completed, derived = parts.completed(identified, choices.invoice)
    notes = (*raw.notes, _mapping(columns), *order, *whole, *derived, *checked.notes)
    return Landed(completed, columns, notes, checked.quarantine)


def _named(table: ir.Table, columns: Mapping[str, str]) -> ir.Table:
    """Our names first, in our order; every other column stays, and makes way where it bears one of ours."""
    others = [column for column in table.columns if column not in columns.values()]
    return table.select(
        **{name: table[column] for name, column in columns.items()},
        **{f"{column}_in_source" if column in KNOWN else column: table[column] for column in others},
    )


def _dated(
    typed: ir.Table, given: str | None, engine: BaseBackend, column: str, source: str
) -> tuple[ir.Table, tuple[str, ...]]:
    """Parse the dates in every format that the first rows allow, in one pass; keep the one that fits all."""
    text = typed["timestamp"]
    head = typed.select(text).limit(HEAD)["timestamp"].to_pyarrow().drop_null()
    forms = dates.proposals(head.to_pylist(), given, column, source)
    tries = {TRIED.format(position): dates.read_as(text, form) for position, form in enumerate(forms)}
    tried = _created(typed.mutate(**tries).drop("timestamp"), engine)
    unread = (
        tried.aggregate(**{name: tried[name].isnull().sum() for name in tries}).to_pyarrow().to_pylist()[0]
    )
    best = dates.decide(forms, [unread[name] or 0 for name in tries], column, source)
    chosen = forms[best]
    table = tried.mutate(timestamp=tried[TRIED.format(best)]).drop(*tries)
    return table, (f"Dates in '{column}' are {chosen.order}: {chosen.pattern}.",)


def _created(table: ir.Table, engine: BaseBackend) -> ir.Table:
    if not is_duckdb(engine):
        raise DataError(
            "Dates and numbers that are text in Parquet are parsed by engine=duckdb only. Choose it, or "
            "write them to the files as timestamps and numbers."
        )
    return engine.create_table(ibis.util.gen_name("lines"), table, temp=True)


def _mapping(columns: Mapping[str, str]) -> str:
    renamed = [f"{name} = '{column}'" for name, column in columns.items() if name != column]
    return f"Columns: {', '.join(renamed)}." if renamed else "Columns bear our names."


def _check_one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"data.{name} is {value!r}; expected {' or '.join(map(repr, known))}.")
