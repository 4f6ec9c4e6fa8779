"""Rows that lack what every line needs: told by line and value, or set aside and counted."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.transactions.schema import broken_values
from segmentlab.transactions.sources.raw import Raw

SHOWN: Final = 5


@dataclass(frozen=True)
class Checked:
    """The sound rows, and those set aside as they stand in the source."""

    table: ir.Table
    notes: tuple[str, ...] = ()
    quarantine: pd.DataFrame | None = None


def checked(table: ir.Table, raw: Raw, columns: Mapping[str, str], on_bad_rows: str, source: str) -> Checked:
    """Every row when all are sound; else an error that names the first, or the others."""
    if raw.misshapen is not None and on_bad_rows == "error":
        raise DataError(_misshapen(raw.misshapen, len(raw.table.columns), source))
    broken = broken_values(table)
    counts = table.aggregate(rows=table.count(), **{name: mark.sum() for name, mark in broken.items()})
    found = {name: count or 0 for name, count in counts.to_pyarrow().to_pylist()[0].items()}
    misshapen = pd.DataFrame() if raw.misshapen is None else raw.misshapen
    rows = found.pop("rows") + len(misshapen)
    if rows == 0:
        raise DataError(f"{source}: the table holds no rows. Point data.path at a file with transactions.")
    if not any(found.values()) and misshapen.empty:
        return Checked(table)
    if on_bad_rows == "error":
        worst = next(name for name, count in found.items() if count)
        raise DataError(_told(table, raw, columns[worst], worst, found[worst], source))
    aside = _in_source(raw, table, reduce(or_, broken.values()))
    aside.insert(1, "reason", _reasons(table, broken))
    aside = pd.concat([aside, misshapen]).sort_values(raw.place, ignore_index=True)
    if len(aside) == rows:
        raise DataError(
            f"{source}: not one of {rows:,} rows is sound. {aside['reason'].iloc[0]} in the first."
        )
    sound = table.filter(~reduce(or_, broken.values()))
    return Checked(sound, (f"{len(aside):,} of {rows:,} rows were set aside: data/quarantine.csv.",), aside)


def _told(table: ir.Table, raw: Raw, column: str, name: str, count: int, source: str) -> str:
    first = _in_source(raw, table, broken_values(table)[name], SHOWN)
    told = ", ".join(
        f"{raw.place} {row[raw.place]:,} {'is empty' if pd.isna(row[column]) else repr(str(row[column]))}"
        for row in first.to_dict("records")
    )
    comma = first[column].astype("str").str.fullmatch(r"-?[\d.]*,\d+").any()
    hint = " Is the comma the decimal sign? Then say data.decimal=','." if comma else ""
    return (
        f"{source}: column '{column}' ({name}) is missing, unreadable or implausible in {count:,} rows: "
        f"{told}.{hint} Correct them, or set them aside with data.on_bad_rows=quarantine."
    )


def _misshapen(lines: pd.DataFrame, cells: int, source: str) -> str:
    first = ", ".join(f"line {line['line']:,} {line['text']!r}" for line in lines[:SHOWN].to_dict("records"))
    return (
        f"{source}: not readable as text in columns: {len(lines):,} lines do not have {cells} cells: "
        f"{first}. Correct them, give data.separator=, or set them aside with data.on_bad_rows=quarantine."
    )


def _in_source(raw: Raw, table: ir.Table, mark: ir.BooleanValue, limit: int | None = None) -> pd.DataFrame:
    """The marked rows as the source has them, under the numbers by which the user finds them."""
    numbers = _numbers(table, mark, limit)
    numbered = raw.table.mutate(_row=ibis.row_number())
    found: pd.DataFrame = numbered.filter(numbered["_row"].isin(numbers)).order_by("_row").to_pandas()
    found.insert(0, raw.place, raw.places(found.pop("_row")))
    return found


def _numbers(table: ir.Table, mark: ir.BooleanValue, limit: int | None) -> list[int]:
    numbered = table.select(mark=mark, row=ibis.row_number())
    rows = numbered.filter("mark").order_by("row").limit(limit)
    return [int(row) for row in rows["row"].to_pyarrow().to_pylist()]


def _reasons(table: ir.Table, broken: Mapping[str, ir.BooleanValue]) -> list[str]:
    """The first column that is broken, per row that has one."""
    reason = ibis.cases(
        *((mark, f"{name} is missing, unreadable or implausible") for name, mark in broken.items())
    )
    numbered = table.select(reason=reason, row=ibis.row_number())
    rows = numbered.filter(numbered["reason"].notnull()).order_by("row")
    return [str(text) for text in rows["reason"].to_pyarrow().to_pylist()]
