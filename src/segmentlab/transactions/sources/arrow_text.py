"""A text that fits into memory, parsed while it is read: Arrow needs a third of the time of parse and copy.

Arrow reads numbers as DuckDB does, and takes the 31st of February for the 3rd of March. So dates stay
text here, each kept once, and whoever knows their format parses those few.
"""

import csv as python_csv
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import csv

from segmentlab.transactions.schema import FIELDS, LINE_TOTAL
from segmentlab.transactions.sources.encoding import find_compression, open_unpacked

MOST_ARROW_BYTES: Final = 1 << 28  # of text; the table takes about as many
PACKED_RATIO: Final = 8  # about as many bytes of text are in one of a packed file
HEAD_BYTES: Final = 1 << 20
TAIL_BYTES: Final = 1 << 16
REPEATED_TYPE: Final = pa.dictionary(pa.int32(), pa.string())
ARROW_TYPES: Final = {
    field.name: pa.float64() if field.dtype.is_numeric() else REPEATED_TYPE
    for field in (*FIELDS, LINE_TOTAL)
    if not field.dtype.is_string()
}


def read_text_with_arrow(
    path: Path, names: Sequence[str], separator: str, skipped: int, columns: Mapping[str, str]
) -> pa.Table | None:
    """The rows, numbers as such; nothing for a large file, or where Arrow meets what it does not expect.

    `skipped` lines come before the first row; `columns` are our names to those of the file.
    """
    if path.stat().st_size * (1 if find_compression(path) == "none" else PACKED_RATIO) > MOST_ARROW_BYTES:
        return None
    types = {columns[name]: kind for name, kind in ARROW_TYPES.items() if name in columns}
    try:
        return csv.read_csv(open_unpacked(path), *_make_options(names, separator, skipped, types))
    except (pa.ArrowInvalid, OSError):
        return None


def read_head_with_arrow(
    path: Path, names: Sequence[str], separator: str, skipped: int, columns: Sequence[str]
) -> pa.Table | None:
    """Some of the first rows of these columns, as text: the first block is unpacked, and nothing more."""
    try:
        with open_unpacked(path) as stream:  # Arrow itself would read ahead, on every core
            text = stream.read(HEAD_BYTES)
        whole = text if len(text) < HEAD_BYTES else text[: text.rfind(b"\n") + 1]
        return csv.read_csv(pa.BufferReader(whole), *_make_options(names, separator, skipped, {}, columns))
    except (pa.ArrowInvalid, OSError):
        return None


def read_last_rows(path: Path, separator: str, width: int, rows: int) -> list[list[str]] | None:
    """The cells of the last rows of a plain text; nothing where a quotation may hold an end of line.

    A quotation that began before the block that is looked at would turn every line of it inside out, and
    none would have its cells.
    """
    with path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(size - TAIL_BYTES, 0))
        _, *lines = stream.read().splitlines()
    if any(line.count(b'"') % 2 for line in lines):
        return None
    last = [line.decode(errors="replace") for line in lines if line][-rows:]
    cells = list(python_csv.reader(last, delimiter=separator))
    return cells if len(cells) == rows and all(len(row) == width for row in cells) else None


def _make_options(
    names: Sequence[str],
    separator: str,
    skipped: int,
    types: Mapping[str, pa.DataType],
    wanted: Sequence[str] = (),
) -> tuple[csv.ReadOptions, csv.ParseOptions, csv.ConvertOptions]:
    return (
        csv.ReadOptions(column_names=list(names), skip_rows=skipped),
        csv.ParseOptions(delimiter=separator, newlines_in_values=True),
        csv.ConvertOptions(
            column_types={**dict.fromkeys(names, pa.string()), **types},
            null_values=[""],
            strings_can_be_null=True,
            include_columns=list(wanted),
        ),
    )
