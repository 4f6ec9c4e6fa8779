"""Ids stay text, numbers become numbers; what can't be read is missing until `bad_rows` tells of it."""

from collections.abc import Mapping

import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from segmentlab.errors import DataError
from segmentlab.transactions.schema import Field
from segmentlab.transactions.sources.columns import KNOWN

WHOLE = r"^\d+\.0$"


def typed(table: ir.Table, columns: Mapping[str, str], decimal: str, source: str) -> dict[str, ir.Value]:
    """Our columns in our types. Dates in text stay text: their format is a question of its own."""
    return {
        name: _typed(table[name], KNOWN[name], decimal, f"{source}: column '{column}'")
        for name, column in columns.items()
    }


def whole_ids(table: ir.Table) -> tuple[ir.Table, tuple[str, ...]]:
    """`13085` for `13085.0`, where a tool that knows no missing integer wrote every id as a fraction."""
    ids = table["customer_id"]
    first = table.filter(ids.notnull()).select("customer_id").limit(1)
    if not first.customer_id.re_search(WHOLE).any().to_pyarrow().as_py():
        return table, ()
    if not ids.endswith(".0").all().to_pyarrow().as_py():
        return table, ()
    return table.mutate(customer_id=ids.substr(0, ids.length() - 2)), (
        "Customer ids are whole numbers that were written as fractions: 13085.0 is read as 13085.",
    )


def _typed(column: ir.Value, field: Field, decimal: str, where: str) -> ir.Value:
    kind = column.type()
    if not _fits(kind, field.dtype):
        raise DataError(
            f"{where} has type {kind}, expected {field.dtype} ({field.meaning}). Convert it at its source, "
            f"or name another column with data.columns.{field.name}=."
        )
    if kind.is_string() and field.dtype.is_numeric():
        return _number(column, decimal)
    if kind.is_string() and field.dtype.is_timestamp():
        return column
    return column if kind.copy(nullable=True) == field.dtype else column.cast(field.dtype)


def _fits(kind: dt.DataType, wanted: dt.DataType) -> bool:
    """Whether the values can mean what is wanted; text may, until it is parsed."""
    if wanted.is_numeric():
        return bool(kind.is_numeric() or kind.is_string())
    if wanted.is_timestamp():
        return bool(kind.is_timestamp() or kind.is_date() or kind.is_string())
    return bool(kind.is_string() or kind.is_integer() or kind.is_floating())


def _number(text: ir.StringValue, decimal: str) -> ir.Value:
    if decimal == ",":
        text = text.replace(".", "").replace(",", ".")
    return text.try_cast("float64")
