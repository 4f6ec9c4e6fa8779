"""The measures that several sets share, so that they count alike everywhere."""

from datetime import date

import ibis
import ibis.expr.types as ir

from segmentlab.transactions.schema import line_value


def spend(lines: ir.Table) -> ir.FloatingScalar:
    """The sum of quantity times price over lines.

    Rounding far below the cent makes the sum independent of the order of the lines.
    """
    return line_value(lines).sum().round(6)


def days_until(as_of: date, day: ir.DateValue) -> ir.IntegerValue:
    """Calendar days from a day to `as_of`: the hour does not matter, and every engine counts alike."""
    return ibis.date(as_of.isoformat()).delta(day, unit="day")


def ratio(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """A part over its whole; 0 where there is nothing to divide by."""
    return (part / whole.nullif(0)).fill_null(0.0)
