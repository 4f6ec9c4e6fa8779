"""Whatever form a table comes in: its content picks the reader."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, TypeVar

import duckdb
import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.layout import TextChoices
from segmentlab.transactions.sources.raw import RawTable
from segmentlab.transactions.sources.text import read_text

# Workbooks, read by calamine with every cell as text: one column may hold 489434 and C489449.


WORKBOOK_MAGICS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")  # .xlsx is a zip, .xls is older than that
SHEET_COLUMN: Final = "part"


def is_workbook(path: Path) -> bool:
    """By the first bytes; a damaged workbook still begins as one."""
    with path.open("rb") as stream:
        return stream.read(4) in WORKBOOK_MAGICS


def read_workbook(path: Path, sheets: Sequence[str] | None, engine: BaseBackend) -> RawTable:
    """The sheets one below the other; where there are several, `part` is the name of each line's sheet."""
    import fastexcel

    try:
        workbook = fastexcel.read_excel(path)
        names = _choose_sheets(workbook.sheet_names, sheets, path)
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
    table = engine.create_table(ibis.util.gen_name("workbook"), _stack_sheets(held), temp=True)
    return RawTable(
        table,
        (f"Workbook, {_describe_sheets(held)}.",),
        2,
        place="row" if len(held) == 1 else "row over all sheets",
    )


def _choose_sheets(found: Sequence[str], named: Sequence[str] | None, path: Path) -> Sequence[str]:
    unknown = [name for name in named or () if name not in found]
    if unknown:
        raise ConfigError(
            f"data.sheets: {path} has no sheet '{unknown[0]}'. Found: {', '.join(map(repr, found))}."
        )
    return named or found


def _stack_sheets(parts: dict[str, pa.Table]) -> pa.Table:
    """Columns by name: a sheet without one of them leaves it empty."""
    if len(parts) == 1:
        return next(iter(parts.values()))
    marked = [
        table.append_column(SHEET_COLUMN, pa.array([name] * len(table))) for name, table in parts.items()
    ]
    return pa.concat_tables(marked, promote_options="default")


def _describe_sheets(parts: dict[str, pa.Table]) -> str:
    return ", ".join(f"sheet '{name}' with {len(table):,} rows" for name, table in parts.items())


# Parquet, one file or a folder of them, read where it lies when a query asks for it.


Used = TypeVar("Used")
PARQUET_MAGIC = b"PAR1"


def is_parquet(path: Path) -> bool:
    """A folder, a file that begins as Parquet does, or one that claims to be."""
    if path.is_dir() or path.suffix == ".parquet":
        return True
    with path.open("rb") as stream:
        return stream.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC


def list_parquet_files(path: Path) -> list[Path]:
    """The files, in the order of their names."""
    found = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not found:
        raise DataError(f"{path}: the folder holds no .parquet file. Point data.path at one that does.")
    return found


def read_parquet(path: Path, engine: BaseBackend, use: Callable[[RawTable], Used]) -> Used:
    """Use the files as one table; what stands in the names of folders (`country=France`) is a column."""
    files = [str(part) for part in list_parquet_files(path)]
    try:
        return use(RawTable(engine.read_parquet(files)))
    except duckdb.Error as error:
        raise DataError(
            f"{path}: not readable as Parquet ({str(error).strip().splitlines()[0]}). Expected a Parquet "
            "file, or a folder of them; docs/data.md says what may be in it."
        ) from error


def read_source(
    path: Path,
    form: TextChoices,
    sheets: Sequence[str] | None,
    engine: BaseBackend,
    use: Callable[[RawTable], Used],
) -> Used:
    """Use the file or folder as a table."""
    if is_parquet(path):
        return read_parquet(path, engine, use)
    if is_workbook(path):
        return use(read_workbook(path, sheets, engine))
    return read_text(path, form, engine, use)
