"""A table as it was found: what readers hand on, to DuckDB or, as Parquet, to another engine."""

import atexit
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend

# What a reader hands on: a table as it was found.


# From our names for columns to the source's, to the same rows, with numbers as such and each date kept once.
TextParser = Callable[[Mapping[str, str]], pa.Table | None]


@dataclass(frozen=True)
class RawTable:
    """The columns under their own names, and what the reader found out on the way.

    `first_line` is where the first row of the table stands in the file, so that a message can name
    the line that an editor shows. `place` is the word for it: a workbook has rows. A reader that can
    parse while it reads offers `at_once`, which gives nothing where a value does not fit. `misshapen` are
    lines that could not become rows: their number in the file (`line`), the `reason`, and the `text`.
    """

    table: ir.Table
    notes: tuple[str, ...] = ()
    first_line: int = 1
    place: str = "row"
    at_once: TextParser | None = None
    misshapen: pd.DataFrame | None = None

    def places(self, rows: pd.Series) -> pd.Series:
        """Where rows of the table, counted from 0, stand in the file."""
        if self.misshapen is None:
            return rows + self.first_line
        # As many lines come before a row as rows do, and the lines that became none.
        rows_before = self.misshapen["line"] - self.first_line - np.arange(len(self.misshapen))
        return rows + self.first_line + np.searchsorted(rows_before, rows, side="right")


def is_duckdb(engine: BaseBackend) -> bool:
    """Whether the engine can read and parse text itself."""
    return bool(engine.name == "duckdb")


def move_to_engine(table: ir.Table, engine: BaseBackend) -> ir.Table:
    """The table on the engine; a copy lies in the system's temporary folder as long as the process lives."""
    if table.get_backend().name == engine.name:
        return table
    folder = mkdtemp(prefix="segmentlab-lines-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = str(Path(folder) / "lines.parquet")
    table.to_parquet(path)
    return engine.read_parquet(path)
