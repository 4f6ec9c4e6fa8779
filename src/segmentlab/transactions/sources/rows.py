"""Rows as a driver hands them out, block by block into a table of the engine.

A driver says little about its columns, and SQLite's may hold a number in one row and a text in the
next. So the values decide: a column has the narrowest type that holds all that came, and it is widened
when a later block needs more. Memory holds one block at a time.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from types import NoneType
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

MOMENT: Final = pa.timestamp("us", "UTC")
TEXT: Final = "VARCHAR"
KINDS: Final = {
    pa.bool_(): "BOOLEAN",
    pa.int64(): "BIGINT",
    pa.float64(): "DOUBLE",
    pa.date32(): "DATE",
    pa.timestamp("us"): "TIMESTAMP",
    MOMENT: "TIMESTAMPTZ",
    pa.string(): TEXT,
}
WIDER: Final = {frozenset({"BIGINT", "DOUBLE"}): "DOUBLE", frozenset({"DATE", "TIMESTAMP"}): "TIMESTAMP"}


def stored(names: Sequence[str], blocks: Iterable[Sequence[Sequence[Any]]], engine: BaseBackend) -> ir.Table:
    """A table of the engine, in the order in which the rows came."""
    table = ibis.util.gen_name("rows")
    engine.create_table(table, schema=dict.fromkeys(names, "string"), temp=True)
    kinds: dict[str, str | None] = dict.fromkeys(names)
    for block in blocks:
        columns = dict(zip(names, map(_column, zip(*block, strict=True)), strict=True))
        for name, column in columns.items():
            needed = _wider(kinds[name], KINDS.get(column.type))
            if needed != kinds[name]:
                _retype(table, name, str(needed), engine)
                kinds[name] = needed
        engine.insert(table, pa.table(columns))
    return engine.table(table)


def _column(values: Sequence[Any]) -> pa.Array:
    """The values in the type that they share, or else as text."""
    if set(map(type, values)) <= {Decimal, NoneType}:
        values = _numbers(values)
    try:
        found = pa.array(values)
    except (pa.ArrowException, OverflowError):  # of several types, or larger than any integer
        return _text(values)
    if pa.types.is_timestamp(found.type) and found.type.tz:
        return found.cast(MOMENT)
    return found if found.type in KINDS or pa.types.is_null(found.type) else _text(values)


def _numbers(values: Sequence[Decimal | None]) -> list[float | None]:
    """Decimals as whole numbers where all are, for these may be ids; else as floats."""
    whole = all(value is None or _is_whole(value) for value in values)
    return [value if value is None else int(value) if whole else float(value) for value in values]


def _is_whole(value: Decimal) -> bool:
    return value.is_finite() and value == value.to_integral_value()


def _text(values: Sequence[Any]) -> pa.Array:
    return pa.array([None if value is None else _written(value) for value in values], pa.string())


def _written(value: object) -> str:
    return value.hex() if isinstance(value, bytes | memoryview) else str(value)


def _wider(known: str | None, new: str | None) -> str | None:
    """The narrowest type for both; a block without a single value needs none."""
    if known is None or new is None or known == new:
        return new or known
    return WIDER.get(frozenset({known, new}), TEXT)


def _retype(table: str, column: str, kind: str, engine: BaseBackend) -> None:
    """Change the type of a column, together with the values that are there."""
    quoted = '"{}"'.format(column.replace('"', '""'))
    engine.raw_sql(f"ALTER TABLE {table} ALTER {quoted} TYPE {kind}")
