"""What a reader hands on: a table as it was found."""

from dataclasses import dataclass

import ibis.expr.types as ir


@dataclass(frozen=True)
class Raw:
    """The columns under their own names, and what the reader found out on the way.

    `first_line` is where the first row of the table stands in the file, so that a message can name
    the line that an editor shows. `place` is the word for it: a workbook has rows.
    """

    table: ir.Table
    notes: tuple[str, ...] = ()
    first_line: int = 1
    place: str = "row"
