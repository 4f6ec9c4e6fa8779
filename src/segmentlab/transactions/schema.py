"""The one table that every source is mapped to, and the check that it holds."""

import difflib
from dataclasses import dataclass

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from segmentlab.errors import DataError


@dataclass(frozen=True)
class Field:
    """One column of the canonical table."""

    name: str
    dtype: dt.DataType
    meaning: str
    optional: bool = False  # the whole column may be absent
    nullable: bool = True  # single values may be missing; cleaning decides what becomes of the row


FIELDS = (
    Field("customer_id", dt.string, "who bought; missing for anonymous sales"),
    Field("invoice_id", dt.string, "one purchase; a cancellation starts with C"),
    Field("product_id", dt.string, "the stock code"),
    Field("description", dt.string, "the product in words", optional=True),
    Field("quantity", dt.float64, "pieces; negative when returned", nullable=False),
    Field("unit_price", dt.float64, "price of one piece", nullable=False),
    Field("timestamp", dt.timestamp, "when, in the shop's own time", nullable=False),
    Field("country", dt.string, "where the customer is", optional=True),
)


def conform(table: ir.Table, source: str) -> ir.Table:
    """Bring the canonical columns to their types; columns beyond them stay untouched."""
    casts = {}
    for field in FIELDS:
        if field.name in table.columns:
            casts[field.name] = _typed(table[field.name], field, source)
        elif not field.optional:
            raise DataError(_missing_column(field, table.columns, source))
    return table.mutate(**casts)


def check_values(table: ir.Table, source: str) -> None:
    """Refuse an empty table, and a missing or infinite number or date, naming its column and row."""
    broken = {field.name: _broken(table[field.name]) for field in FIELDS if not field.nullable}
    counts = table.aggregate(
        rows=table.count(), **{name: mark.sum().fill_null(0) for name, mark in broken.items()}
    )
    found = counts.to_pyarrow().to_pylist()[0]
    if found.pop("rows") == 0:
        raise DataError(f"{source}: the table holds no rows. Point data.path at a file with transactions.")
    for name, count in found.items():
        if count:
            row = _first_row(table, broken[name])
            raise DataError(
                f"{source}: column '{name}' is missing or not finite in {count:,} rows, first in row {row:,}."
                f" Every line needs a finite {name}: correct these rows or leave them out."
            )


def line_value(table: ir.Table) -> ir.FloatingValue:
    """What a line is worth: money is always summed from lines, never from totals times means."""
    return table["quantity"] * table["unit_price"]


def _typed(column: ir.Value, field: Field, source: str) -> ir.Value:
    kind = column.type()
    if not _fits(kind, field.dtype):
        raise DataError(
            f"{source}: column '{field.name}' has type {kind}, expected {field.dtype} ({field.meaning}). "
            "Convert the column at its source."
        )
    return column if kind == field.dtype else column.cast(field.dtype)


def _fits(kind: dt.DataType, wanted: dt.DataType) -> bool:
    """Whether a cast keeps the meaning. Text is never parsed here: its format would be a guess."""
    if wanted.is_numeric():
        return bool(kind.is_numeric())
    if wanted.is_timestamp():
        return bool(kind.is_timestamp() or kind.is_date())
    return bool(kind.is_string() or kind.is_integer())


def _broken(column: ir.Value) -> ir.BooleanValue:
    missing = column.isnull()
    if isinstance(column, ir.FloatingValue):
        return missing | column.isinf() | column.isnan()
    return missing


def _first_row(table: ir.Table, mark: ir.BooleanValue) -> int:
    """The number of the first marked row, counting from 1 in the order of the file."""
    numbered = table.select(mark=mark, row=ibis.row_number())
    return int(numbered.filter(numbered.mark).row.min().to_pyarrow().as_py()) + 1


def _missing_column(field: Field, found: tuple[str, ...], source: str) -> str:
    near = difflib.get_close_matches(field.name, found, n=1)
    hint = f" Did you mean '{near[0]}'? Rename it." if near else ""
    return f"{source}: column '{field.name}' ({field.meaning}) is missing. Found: {', '.join(found)}.{hint}"
