"""Workbooks, read by calamine with every cell as text: one column may hold 489434 and C489449."""

import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.columns import COLUMN_ALIASES, MORE_ALIASES, simplify_column
from segmentlab.transactions.sources.layout import MOST_LINES_BEFORE, complete_names, find_header
from segmentlab.transactions.sources.raw import RawTable
from segmentlab.transactions.sources.stack import Part, stack_parts
from segmentlab.transactions.sources.unpacking import check_workbook

WORKBOOK_MAGICS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx is a zip, .xls is older than that
WORKBOOK_MEMBERS: Final = ("[content_types].xml", "mimetype", "xl/")


def is_workbook(path: Path) -> bool:
    """By the first bytes; a damaged workbook still begins as one."""
    with path.open("rb") as stream:
        return stream.read(4) in WORKBOOK_MAGICS and not is_archive(path)


def is_archive(path: Path) -> bool:
    """A zip of files: workbooks are zips too, and know themselves by what they hold."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return not any(name.lower().startswith(WORKBOOK_MEMBERS) for name in archive.namelist())


def read_workbook(path: Path, sheets: Sequence[str] | None, engine: BaseBackend, name: Path) -> RawTable:
    """The sheets one below the other; where there are several, `part` is the name of each line's sheet."""
    import fastexcel

    try:
        check_workbook(path, name)
        workbook = fastexcel.read_excel(path)
        names = _choose_sheets(workbook.sheet_names, sheets, name)
        loaded = {
            sheet: workbook.load_sheet(sheet, header_row=None, skip_rows=0, dtypes="string")
            for sheet in names
        }
        hidden = [] if sheets else [sheet for sheet, held in loaded.items() if held.visible != "visible"]
        cells = {sheet: pa.table(held) for sheet, held in loaded.items() if sheet not in hidden}
    except (fastexcel.FastExcelError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise DataError(
            f"{name}: not readable as a workbook ({str(error).splitlines()[0]}). "
            "It may be cut short: fetch it again."
        ) from error
    found = {sheet: _find_table(table) for sheet, table in cells.items()}
    held = {sheet: part for sheet, part in found.items() if len(part.rows)}
    if not held:
        raise DataError(
            f"{name}: no sheet of {', '.join(names)} holds a row. Name others with data.sheets=[...]."
        )
    kept = {sheet: held[sheet] for sheet in (held if sheets else _keep_known(held))}
    raw = stack_parts(kept, engine, "sheet", name)
    concealed = f"Left out, because hidden: {', '.join(map(repr, hidden))} (data.sheets= reads them)."
    notes = (
        f"Workbook, {_describe_sheets(kept)}.",
        *_describe_left_out(held, kept),
        *((concealed,) if hidden else ()),
        *raw.notes,
    )
    return replace(raw, notes=notes)


def _choose_sheets(found: Sequence[str], named: Sequence[str] | None, path: Path) -> Sequence[str]:
    unknown = [name for name in named or () if name not in found]
    if unknown:
        raise ConfigError(
            f"data.sheets: {path} has no sheet '{unknown[0]}'. Found: {', '.join(map(repr, found))}."
        )
    return named or found


def _find_table(cells: pa.Table) -> Part:
    """The rows below the header."""
    full = cells.select([name for name in cells.column_names if cells[name].null_count < len(cells)])
    head = [list(row.values()) for row in full.slice(0, MOST_LINES_BEFORE).to_pylist()]
    first = next((place for place, row in enumerate(head) if any(row)), 0)
    found = find_header(head, full.num_columns)
    place = first if found is None else found
    if not head:
        return Part(full)
    before = [" ".join(filter(None, row)) for row in head[:place] if any(row)]
    names, renamed = complete_names([cell or "" for cell in head[place]])
    notes = (f"Left out before the header: {', '.join(map(repr, before))}.",) if before else ()
    rows = full.rename_columns(list(names)).slice(place + 1)
    return Part(rows, (*notes, *renamed), np.arange(place + 2, place + 2 + len(rows)))


def _keep_known(parts: Mapping[str, Part]) -> list[str]:
    """The sheets with a column that is known by its name; a README has none. All, where none has one."""
    known = frozenset[str]().union(*COLUMN_ALIASES.values(), *MORE_ALIASES.values())
    kept = [
        sheet
        for sheet, part in parts.items()
        if any(simplify_column(column) in known for column in part.rows.column_names)
    ]
    return kept or list(parts)


def _describe_sheets(parts: Mapping[str, Part]) -> str:
    return ", ".join(f"sheet '{name}' with {len(part.rows):,} rows" for name, part in parts.items())


def _describe_left_out(held: Mapping[str, object], kept: Mapping[str, Part]) -> tuple[str, ...]:
    others = [sheet for sheet in held if sheet not in kept]
    told = ", ".join(map(repr, others))
    return (f"Left out, with no column that is known: sheet {told}.",) if others else ()
