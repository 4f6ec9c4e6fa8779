"""Writes a table as a file that is safe to open in a spreadsheet."""

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import pandas as pd


# A spreadsheet runs a cell that begins with one of these as a formula, whoever wrote it there.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

Cell = TypeVar("Cell")


def write_table(frame: "pd.DataFrame", path: Path) -> None:
    """Write CSV or Parquet, as the ending of the path says. A named index becomes a column."""
    table = frame.reset_index(drop=frame.index.name is None)
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    elif path.suffix == ".csv":
        defuse_table(table).to_csv(path, index=False)
    else:
        raise ValueError(f"A table is kept as .csv or .parquet, not as '{path.name}'.")


def defuse_table(table: "pd.DataFrame") -> "pd.DataFrame":
    """The table with an apostrophe before every text a spreadsheet would run; numbers stay as they are."""
    safe = table.copy()
    for name in table.select_dtypes(include=["object", "str", "category"]):
        safe[name] = table[name].astype(object).map(_defuse_cell)
    return safe.rename(columns=_defuse_cell)


def _defuse_cell(cell: Cell) -> Cell | str:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
