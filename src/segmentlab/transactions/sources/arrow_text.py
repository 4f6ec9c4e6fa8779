"""A text that fits into memory, parsed while it is read: Arrow needs a third of the time of parse and copy.

Arrow reads numbers as DuckDB does, and takes the 31st of February for the 3rd of March. So dates stay
text here, each kept once, and whoever knows their format parses those few.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
from pyarrow import csv

from segmentlab.transactions.schema import FIELDS, LINE_TOTAL
from segmentlab.transactions.sources.encoding import find_compression, open_unpacked

MOST_ARROW_BYTES: Final = 1 << 28  # of text; the table takes about as many
PACKED_RATIO: Final = 8  # about as many bytes of text are in one of a packed file
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
        options = _make_options(names, separator, skipped, {}, columns)
        with csv.open_csv(open_unpacked(path), *options) as rows:
            return pa.Table.from_batches([rows.read_next_batch()])
    except (pa.ArrowInvalid, OSError, StopIteration):
        return None


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
