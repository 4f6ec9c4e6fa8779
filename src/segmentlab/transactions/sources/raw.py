"""A table as it was found: what readers hand on, to DuckDB or, as Parquet, to another engine."""

import atexit
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import mkdtemp
from typing import Final, Protocol

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import DataError

# What a reader hands on: a table as it was found.


# From our names for columns to the source's, to the same rows, with numbers as such and each date kept once.
class TextParser(Protocol):
    """Parses a text while it reads it; gives nothing where a value does not fit."""

    def __call__(self, columns: Mapping[str, str]) -> pa.Table | None:
        """All rows."""

    def read_head(self, columns: Sequence[str]) -> pa.Table | None:
        """Some of the first rows, as text."""

    def read_tail(self, rows: int) -> list[list[str]] | None:
        """The cells of the last rows, if the text stays where it is and can be read once more."""

    def check_bytes(self) -> None:
        """Raise a UnicodeError where the text can't be read, before some columns of it are asked for."""

    def check_same(self) -> None:
        """Refuse a text that is another than it was when it was first read."""

    def for_one_reading(self) -> "TextParser":
        """The same for a text that goes when this reading ends: whoever wants its lines reads them now."""


@dataclass(frozen=True)
class RawTable:
    """The columns under their own names, and what the reader found out on the way.

    `first_line` is where the first row of the table stands in the file, so that a message can name
    the line that an editor shows. `place` is the word for it: a workbook has rows. A reader that can
    parse while it reads offers `at_once`, which gives nothing where a value does not fit. `misshapen` are
    lines that could not become rows: their number in the file (`line`), the `reason`, and the `text`.
    `left_out` are the numbers of lines that are none: the header again, a total, an empty row. Where several
    files or sheets stand one below the other, `lines` says where each row stands in its own, and misshapen
    lines bear the `part` that they are of.
    `zones` are those that a source names for its columns of moments.
    """

    table: ir.Table
    notes: tuple[str, ...] = ()
    first_line: int = 1
    place: str = "row"
    at_once: TextParser | None = None
    misshapen: pd.DataFrame | None = None
    left_out: tuple[int, ...] = ()
    lines: npt.NDArray[np.int64] | None = None
    zones: Mapping[str, str] = field(default_factory=dict)

    def places(self, rows: pd.Series) -> pd.Series:
        """Where rows of the table, counted from 0, stand in the file."""
        if self.lines is not None:
            return pd.Series(self.lines[rows.to_numpy()], index=rows.index)
        misshapen = [] if self.misshapen is None else self.misshapen["line"].tolist()
        gaps = np.unique([*misshapen, *self.left_out]).astype(int)
        # As many lines come before a row as rows do, and the lines that became none.
        rows_before = gaps - self.first_line - np.arange(len(gaps))
        return rows + self.first_line + np.searchsorted(rows_before, rows, side="right")


# Why a line that says total is set aside: with the sum it claims, lines are missing or twice.
NOT_THE_SUM: Final = "looks like a total below, and is not the sum of its column"


class UntidyRowsError(DataError):
    """Rows can't be taken as they stand; without the header again, totals and empty ones they may."""


def find_zones(schema: pa.Schema) -> dict[str, str]:
    """The zones that a schema of Arrow names for its columns of moments."""
    return {
        column.name: column.type.tz
        for column in schema
        if pa.types.is_timestamp(column.type) and column.type.tz
    }


def is_duckdb(engine: BaseBackend) -> bool:
    """Whether the engine can read and parse text itself."""
    return bool(engine.name == "duckdb")


def create_lines(table: ir.Table, engine: BaseBackend) -> ir.Table:
    """A table of the engine: what was text is parsed once, not in every query."""
    if not is_duckdb(engine):
        raise DataError(
            "Dates and numbers that are text in Parquet are parsed by engine=duckdb only. Choose it, or "
            "write them to the files as timestamps and numbers."
        )
    return engine.create_table(ibis.util.gen_name("lines"), table, temp=True)


def move_to_engine(table: ir.Table, engine: BaseBackend) -> ir.Table:
    """The table on the engine; a copy lies in the system's temporary folder as long as the process lives."""
    if table.get_backend().name == engine.name:
        return table
    folder = mkdtemp(prefix="segmentlab-lines-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = str(Path(folder) / "lines.parquet")
    table.to_parquet(path)
    return engine.read_parquet(path)
