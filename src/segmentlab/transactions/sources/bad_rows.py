"""Rows that lack what every line needs: told by line and value, or set aside and counted."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any, Final

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.errors import DataError, NoRowsError
from segmentlab.transactions.schema import find_broken_values
from segmentlab.transactions.sources.raw import NOT_THE_SUM, RawTable, UntidyRowsError

# Lines of a text that are no rows: too many or too few cells, or a quotation that never ends.


NOT_UTF_8: Final = "INVALID ENCODING"  # DuckDB's word for it


def split_misshapen_lines(
    read: Callable[..., ir.Table], engine: BaseBackend, error: duckdb.Error
) -> tuple[ir.Table, pd.DataFrame]:
    """The lines that are rows, as a table of the engine, and the others: `line`, `reason` and `text`.

    `error` is what DuckDB said when it met the first; it is raised again where there turns out to be none.
    """
    if _is_about_bytes(str(error)):
        raise UnicodeError(str(error)) from error
    found = ibis.util.gen_name("rejects")
    rows = read(store_rejects=True, rejects_table=found, rejects_scan=f"{found}_scan")
    table = engine.create_table(ibis.util.gen_name("rows"), rows, temp=True)
    rejects = engine.table(found).select("line", "error_type", reason="error_message", text="csv_line")
    # Two threads may both have met a line.
    lines: pd.DataFrame = rejects.distinct(on="line").order_by("line").to_pandas()
    if lines.empty:
        raise error
    if lines["error_type"].eq(NOT_UTF_8).any():
        raise UnicodeError(str(error)) from error
    return table, lines.drop(columns="error_type").astype({"line": "int64"})


def _is_about_bytes(said: str) -> bool:
    return "unicode" in said.lower() or "utf-8" in said.lower()


SHOWN_BAD_ROWS: Final = 5
QUARANTINE_ADVICE: Final = "Correct them, or set them aside with data.on_bad_rows=quarantine."
# The largest amounts are the ones that are written with thousands: whoever sets them aside loses the most.
NUMBER_ADVICE: Final = (
    "Correct them, as in 1234.50. Setting them aside with data.on_bad_rows=quarantine would lose what they "
    "are worth."
)


class EmptyTotalsError(DataError):
    """The column of totals holds none, as that of a workbook whose formulas nobody has computed."""


@dataclass(frozen=True)
class CheckedRows:
    """The sound rows, and those set aside as they stand in the source."""

    table: ir.Table
    notes: tuple[str, ...] = ()
    quarantine: pd.DataFrame | None = None


def check_rows(
    table: ir.Table,
    raw: RawTable,
    columns: Mapping[str, str],
    on_bad_rows: str,
    source: str,
    warning: str | None = None,
) -> CheckedRows:
    """Every row when all are sound; else an error that names the first, or the others.

    `warning` says why bad rows must not be set aside: they show that the others may be misread.
    """
    if raw.misshapen is not None and on_bad_rows == "error":
        raise DataError(_describe_misshapen_lines(raw, raw.misshapen, source))
    broken = find_broken_values(table)
    counts = table.aggregate(rows=table.count(), **{name: mark.sum() for name, mark in broken.items()})
    found = {name: count or 0 for name, count in counts.to_pyarrow().to_pylist()[0].items()}
    misshapen = pd.DataFrame() if raw.misshapen is None else raw.misshapen
    rows = found.pop("rows") + len(misshapen)
    if rows == 0:
        raise NoRowsError(f"{source}: the table holds no rows. Point data.path at a file with transactions.")
    if not any(found.values()) and misshapen.empty:
        return CheckedRows(table)
    if on_bad_rows == "error" or (warning and found.get("timestamp")):
        if found.get("line_total") == rows and {"quantity", "unit_price"} <= columns.keys():
            raise EmptyTotalsError(f"{source}: '{columns['line_total']}' is empty throughout.")
        worst = "timestamp" if warning else next(name for name, count in found.items() if count)
        raise UntidyRowsError(
            _explain_bad_row(table, raw, columns[worst], worst, found[worst], source, warning)
        )
    aside = _show_source_rows(raw, table, reduce(or_, broken.values()))
    aside.insert(1, "reason", _find_bad_columns(table, broken))
    aside = pd.concat([aside, misshapen.rename(columns={"line": raw.place})])
    aside = aside.sort_values(
        [name for name in ("part", raw.place) if name in aside], kind="stable", ignore_index=True
    )
    if len(aside) == rows:
        raise DataError(
            f"{source}: not one of {rows:,} rows is sound. {aside['reason'].iloc[0]} in the first."
        )
    sound = table.filter(~reduce(or_, broken.values()))
    return CheckedRows(
        sound, (f"{len(aside):,} of {rows:,} rows were set aside: data/quarantine.csv.",), aside
    )


def _explain_bad_row(
    table: ir.Table, raw: RawTable, column: str, name: str, count: int, source: str, warning: str | None
) -> str:
    first = _show_source_rows(raw, table, find_broken_values(table)[name], SHOWN_BAD_ROWS)
    told = ", ".join(
        f"{raw.place} {row[raw.place]:,}{_name_part(row)} "
        f"{'is empty' if pd.isna(row[column]) else repr(str(row[column]))}"
        for row in first.to_dict("records")
    )
    has_digits = table[name].type().is_numeric() and first[column].astype("str").str.contains(r"\d").any()
    advice = warning or (NUMBER_ADVICE if has_digits else QUARANTINE_ADVICE)
    return (
        f"{source}: column '{column}' ({name}) is missing, unreadable or implausible in {count:,} rows: "
        f"{told}. {advice}"
    )


def _name_part(row: Mapping[Hashable, Any]) -> str:
    """The file or sheet, where there are several."""
    return f" of {row['part']}" if isinstance(row.get("part"), str) else ""


def _describe_misshapen_lines(raw: RawTable, lines: pd.DataFrame, source: str) -> str:
    told = [
        f"{raw.place} {line['line']:,}{_name_part(line)} {line['text']!r}"
        for line in lines.to_dict("records")
    ]
    first = ", ".join(told[:SHOWN_BAD_ROWS])
    total = lines[lines["reason"] == NOT_THE_SUM]
    if len(total):
        return (
            f"{source}: {told[lines.index.get_loc(total.index[0])]} {NOT_THE_SUM}. Are lines "
            "missing or twice? If not, take it out, or set it aside with data.on_bad_rows=quarantine."
        )
    cells = "the cells of their header" if "part" in lines else f"{len(raw.table.columns)} cells"
    return (
        f"{source}: not readable as text in columns: {len(lines):,} lines do not have {cells}: "
        f"{first}. Correct them, give data.separator=, or set them aside with data.on_bad_rows=quarantine."
    )


def _show_source_rows(
    raw: RawTable, table: ir.Table, mark: ir.BooleanValue, limit: int | None = None
) -> pd.DataFrame:
    """The marked rows as the source has them, under the numbers by which the user finds them."""
    numbers = _number_bad_rows(table, mark, limit)
    numbered = raw.table.mutate(_row=ibis.row_number())
    found: pd.DataFrame = numbered.filter(numbered["_row"].isin(numbers)).order_by("_row").to_pandas()
    found.insert(0, raw.place, raw.places(found.pop("_row")))
    return found


def _number_bad_rows(table: ir.Table, mark: ir.BooleanValue, limit: int | None) -> list[int]:
    numbered = table.select(mark=mark, row=ibis.row_number())
    rows = numbered.filter("mark").order_by("row").limit(limit)
    return [int(row) for row in rows["row"].to_pyarrow().to_pylist()]


def _find_bad_columns(table: ir.Table, broken: Mapping[str, ir.BooleanValue]) -> list[str]:
    """The first column that is broken, per row that has one."""
    reason = ibis.cases(
        *((mark, f"{name} is missing, unreadable or implausible") for name, mark in broken.items())
    )
    numbered = table.select(reason=reason, row=ibis.row_number())
    rows = numbered.filter(numbered["reason"].notnull()).order_by("row")
    return [str(text) for text in rows["reason"].to_pyarrow().to_pylist()]
