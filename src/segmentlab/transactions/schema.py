"""The one table that every source is mapped to, and the check that it holds."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import add

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from segmentlab.errors import DataError, NoRowsError


@dataclass(frozen=True)
class ColumnField:
    """One column of the canonical table."""

    name: str
    dtype: dt.DataType
    meaning: str
    required: bool = False  # a log without the whole column can't be used
    nullable: bool = True  # single values may be missing; cleaning decides what becomes of the row


# The order of the columns in every canonical table.
FIELDS = (
    ColumnField("customer_id", dt.string, "who bought; missing for anonymous sales", required=True),
    ColumnField("invoice_id", dt.string, "one purchase; a cancellation starts with C"),
    ColumnField("product_id", dt.string, "the stock code"),
    ColumnField("description", dt.string, "the product in words"),
    ColumnField("quantity", dt.float64, "pieces; negative when returned", nullable=False),
    ColumnField("unit_price", dt.float64, "price of one piece", nullable=False),
    ColumnField("timestamp", dt.timestamp, "when, in the shop's own time", required=True, nullable=False),
    ColumnField("country", dt.string, "where the customer is"),
)
# What a line cost as a whole: some logs have it instead of pieces and their price.
LINE_TOTAL = ColumnField("line_total", dt.float64, "price of the whole line", nullable=False)

# Beyond these a value is a slip of the machine, not of the shop: no shop sold a trillion pieces.
LARGEST_AMOUNT = 1e12
EARLIEST_DATE, LATEST_DATE = "1900-01-01", "2200-01-01"


def check_values(table: ir.Table, source: str) -> None:
    """Refuse an empty table, and a missing or infinite number or date, naming its column and row."""
    broken = find_broken_values(table)
    counts = table.aggregate(
        rows=table.count(), **{name: mark.sum().fill_null(0) for name, mark in broken.items()}
    )
    found = counts.to_pyarrow().to_pylist()[0]
    if found.pop("rows") == 0:
        raise NoRowsError(f"{source}: the table holds no rows. Point data.path at a file with transactions.")
    for name, count in found.items():
        if count:
            row = _find_first_row(table, broken[name])
            raise DataError(
                f"{source}: column '{name}' is missing, not finite or implausible in {count:,} rows, first "
                f"in row {row:,}. Every line needs a sound {name}: correct these rows or leave them out."
            )


def find_broken_values(table: ir.Table) -> dict[str, ir.BooleanValue]:
    """Per column that every line needs: where its value is missing, infinite or implausible."""
    return {name: _is_broken(table[name]) for name in list_needed_columns(table)}


def mark_sound_lines(table: ir.Table, but: Iterable[str] = ()) -> ir.BooleanValue:
    """True for lines of which surely no value is broken, `but` for these; others have to be looked at.

    Numbers whose sizes are plausible even together are so one by one, which is one comparison for all.
    """
    needed = [table[name] for name in list_needed_columns(table) if name not in but]
    sizes = reduce(add, (column.abs() for column in needed if column.type().is_numeric()))
    moments = [is_plausible(column) for column in needed if not column.type().is_numeric()]
    return ibis.and_(sizes <= LARGEST_AMOUNT, *moments)


def list_needed_columns(table: ir.Table) -> list[str]:
    """The columns of which every line needs a value.

    The price of a piece may be missing where the line has its total: nothing was sold in zero pieces.
    """
    needed = [field.name for field in (*FIELDS, LINE_TOTAL) if not field.nullable]
    there = [name for name in needed if name in table.columns]
    return [name for name in there if name != "unit_price" or LINE_TOTAL.name not in there]


def find_implied_columns(table: ir.Table) -> frozenset[str]:
    """What a table has or implies: the value of a line follows from its pieces and their price."""
    columns = frozenset(table.columns)
    return columns | {LINE_TOTAL.name} if {"quantity", "unit_price"} <= columns else columns


def compute_line_value(table: ir.Table) -> ir.FloatingValue:
    """What a line is worth: money is always summed from lines, never from totals times means."""
    if LINE_TOTAL.name in table.columns:
        return table[LINE_TOTAL.name]
    return table["quantity"] * table["unit_price"]


def _is_broken(column: ir.Value) -> ir.BooleanValue:
    return ~is_plausible(column).fill_null(False)


def is_plausible(column: ir.Value) -> ir.BooleanValue:
    """Whether the value can be meant, missing where it is; what is no number is larger than every number."""
    if isinstance(column, ir.TimestampValue):
        return (column >= ibis.timestamp(EARLIEST_DATE)) & (column < ibis.timestamp(LATEST_DATE))
    return (column >= -LARGEST_AMOUNT) & (column <= LARGEST_AMOUNT)


def _find_first_row(table: ir.Table, mark: ir.BooleanValue) -> int:
    """The number of the first marked row, counting from 1 in the order of the file."""
    numbered = table.select(mark=mark, row=ibis.row_number())
    return int(numbered.filter(numbered.mark).row.min().to_pyarrow().as_py()) + 1
