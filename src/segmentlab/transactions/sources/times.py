"""Date and time in two columns: the time of a day is added to its date."""

from dataclasses import replace
from typing import Final

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.parsing import ParsedTable
from segmentlab.transactions.sources.raw import create_lines, is_duckdb

DAY_TIMES: Final = r"^(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(?: ?([AaPp])\.?[Mm]\.?)?$"
DIGITS: Final = r"^\d{1,4}$|^\d{5,6}$"


def add_times(
    lines: ParsedTable, column: str | None, is_said: bool, engine: BaseBackend, source: str
) -> ParsedTable:
    """Dates with the time of day from a column of its own; dates that have a time already keep it.

    A time that can't be read leaves its moment missing, which is told as any other bad row.
    """
    if column is None:
        return lines
    table, moments = lines.table, lines.table["timestamp"]
    has_times = (moments != moments.truncate("D")).any()
    if not is_duckdb(engine):
        if has_times.to_pyarrow().as_py():
            return lines
        raise DataError(
            f"{source}: column '{column}' may hold the times of day, which the dates lack. Type "
            f"data.columns.time='{column}' if it does, data.columns.time=none if not."
        )
    seconds = _read_seconds(table[column].cast("string").strip())
    found = table.aggregate(timed=has_times, read=seconds.count()).to_pyarrow().to_pylist()[0]
    if is_said and found["timed"]:
        raise ConfigError(
            f"{source}: data.columns.time='{column}', but the dates have times already. Leave it out."
        )
    if found["timed"] or not (is_said or found["read"]):
        return lines
    timed = create_lines(table.mutate(timestamp=moments + seconds.as_interval("s")), engine)
    return replace(lines, table=timed, notes=(*lines.notes, f"Times of day are those of '{column}'."))


def _read_seconds(text: ir.StringValue) -> ir.IntegerValue:
    """Since midnight: `9:17`, `09:17:28`, `9:17 PM`, `917` and `091728`, or a spreadsheet's part of a day."""
    hours, minutes, seconds = (_number(text.re_extract(DAY_TIMES, group)) for group in (1, 2, 3))
    half = text.re_extract(DAY_TIMES, 4).lower()
    hours = ibis.cases(
        ((half == "p") & (hours < 12), hours + 12), ((half == "a") & (hours == 12), 0), else_=hours
    )
    packed = ibis.ifelse(text.length() > 4, _number(text), _number(text) * 100)
    part = (text.try_cast("float64") * 86_400).round().cast("int64")
    clock = _count_seconds(hours, minutes, seconds)
    digits = _count_seconds(packed // 10_000, packed // 100 % 100, packed % 100)
    return ibis.cases(
        (text.re_search(DAY_TIMES), clock),
        (text.re_search(DIGITS), digits),
        (text.re_search(r"^0?\.\d+$"), part),
    )


def _number(text: ir.StringValue) -> ir.IntegerValue:
    return text.try_cast("int64").fill_null(0)


def _count_seconds(hours: ir.Value, minutes: ir.Value, seconds: ir.Value) -> ir.IntegerValue:
    sound = (hours < 24) & (minutes < 60) & (seconds < 60)
    return ibis.ifelse(sound, hours * 3_600 + minutes * 60 + seconds, ibis.null("int64"))
