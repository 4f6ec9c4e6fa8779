"""Workbooks, read by calamine with every cell as text: one column may hold 489434 and C489449."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.raw import Raw

MAGICS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx is a zip, .xls is older than that
PART: Final = "part"


def is_workbook(path: Path) -> bool:
    """By the first bytes; a damaged workbook still begins as one."""
    with path.open("rb") as stream:
        return stream.read(4) in MAGICS


def read(path: Path, sheets: Sequence[str] | None, engine: BaseBackend) -> Raw:
    """The sheets one below the other; where there are several, `part` is the name of each line's sheet."""
    import fastexcel

    try:
        workbook = fastexcel.read_excel(path)
        names = _wanted(workbook.sheet_names, sheets, path)
        parts = {name: pa.table(workbook.load_sheet(name, dtypes="string")) for name in names}
    except fastexcel.FastExcelError as error:
        raise DataError(
            f"{path}: not readable as a workbook ({str(error).splitlines()[0]}). "
            "It may be cut short: fetch it again."
        ) from error
    held = {name: table for name, table in parts.items() if len(table)}
    if not held:
        raise DataError(
            f"{path}: no sheet of {', '.join(names)} holds a row. Name others with data.sheets=[...]."
        )
    table = engine.create_table(ibis.util.gen_name("workbook"), _stacked(held), temp=True)
    return Raw(
        table, (f"Workbook, {_said(held)}.",), 2, place="row" if len(held) == 1 else "row over all sheets"
    )


def _wanted(found: Sequence[str], named: Sequence[str] | None, path: Path) -> Sequence[str]:
    unknown = [name for name in named or () if name not in found]
    if unknown:
        raise ConfigError(
            f"data.sheets: {path} has no sheet '{unknown[0]}'. Found: {', '.join(map(repr, found))}."
        )
    return named or found


def _stacked(parts: dict[str, pa.Table]) -> pa.Table:
    """Columns by name: a sheet without one of them leaves it empty."""
    if len(parts) == 1:
        return next(iter(parts.values()))
    marked = [table.append_column(PART, pa.array([name] * len(table))) for name, table in parts.items()]
    return pa.concat_tables(marked, promote_options="default")


def _said(parts: dict[str, pa.Table]) -> str:
    return ", ".join(f"sheet '{name}' with {len(table):,} rows" for name, table in parts.items())
