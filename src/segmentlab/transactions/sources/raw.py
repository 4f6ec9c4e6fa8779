"""What a reader hands on: a table as it was found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa

# From our names for columns to the source's, to the same rows, with numbers as such and each date kept once.
AtOnce = Callable[[Mapping[str, str]], pa.Table | None]


@dataclass(frozen=True)
class Raw:
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
    at_once: AtOnce | None = None
    misshapen: pd.DataFrame | None = None

    def places(self, rows: pd.Series) -> pd.Series:
        """Where rows of the table, counted from 0, stand in the file."""
        if self.misshapen is None:
            return rows + self.first_line
        # As many lines come before a row as rows do, and the lines that became none.
        rows_before = self.misshapen["line"] - self.first_line - np.arange(len(self.misshapen))
        return rows + self.first_line + np.searchsorted(rows_before, rows, side="right")
