"""A log by its days."""

from datetime import date

import ibis
import ibis.expr.types as ir


def last_day(lines: ir.Table) -> date:
    """The day of the last line."""
    last: date = lines["timestamp"].max().to_pyarrow().as_py().date()
    return last


def since(lines: ir.Table, day: date) -> ir.Table:
    """The lines of that day and all after it."""
    return lines.filter(lines["timestamp"] >= ibis.timestamp(f"{day} 00:00:00"))
