"""Several tables of one kind as one: files of a folder, sheets of a workbook, one below the other."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ibis
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.sources.columns import COLUMN_ALIASES, simplify_column
from segmentlab.transactions.sources.raw import RawTable

PART_COLUMN: Final = "part"
# What a line lacks without one of these is not the same as what it lacks everywhere.
SAME_EVERYWHERE: Final = (
    "customer_id", "invoice_id", "quantity", "unit_price", "line_total", "timestamp",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """The rows of one file or sheet, all of them text, and what was found out about it."""

    rows: pa.Table
    notes: tuple[str, ...] = ()


def take_part(raw: RawTable, name: Path) -> Part:
    """The rows of a file in memory; lines that are no rows are refused, for numbers are those of one file."""
    if raw.misshapen is not None:
        line = raw.misshapen.iloc[0]
        raise DataError(
            f"{name}: line {line['line']:,} {line['text']!r} has too few or too many cells. Correct it, or "
            "read the file alone to set it aside."
        )
    rows = None if raw.at_once is None else raw.at_once({})
    return Part(raw.table.to_pyarrow() if rows is None else rows, raw.notes)


def stack_parts(parts: Mapping[str, Part], engine: BaseBackend, what: str, path: Path) -> RawTable:
    """Columns by name; `part` is where a line comes from, unless the lines have a column of that name."""
    held = {name: part for name, part in parts.items() if len(part.rows)}
    if not held:
        raise DataError(f"{path}: the table holds no rows. Point data.path at a file with transactions.")
    differences = check_same_columns({name: part.rows.column_names for name, part in held.items()}, path)
    tables = [_mark_part(part.rows, name, len(parts) > 1) for name, part in held.items()]
    table = engine.create_table(
        ibis.util.gen_name("stack"), pa.concat_tables(tables, promote_options="default"), temp=True
    )
    counted = Counter(note for part in held.values() for note in part.notes)
    notes = [note if count == len(held) else f"{note} ({count:,} {what}s)" for note, count in counted.items()]
    return RawTable(table, (*notes, *differences), 1, place=f"row over all {what}s")


def check_same_columns(found: Mapping[str, Sequence[str]], path: Path) -> tuple[str, ...]:
    """Refuse parts that lack a column which others have and every line needs; tell of other differences."""
    every = list(dict.fromkeys(name for columns in found.values() for name in columns))
    notes = []
    for column in every:
        lacking = [part for part, columns in found.items() if column not in columns]
        if not lacking:
            continue
        if _is_ours(column):
            having = next(part for part, columns in found.items() if column in columns)
            others = [name for name in found[lacking[0]] if name not in found[having]]
            instead = f", which has {', '.join(map(repr, others))} instead" if others else ""
            raise DataError(
                f"{path}: the parts do not have the same columns: '{column}' is in {having} and not in "
                f"{lacking[0]}{instead}. Give them the same names, or read those alone that have them."
            )
        notes.append(f"Column '{column}' is in {len(found) - len(lacking):,} of {len(found):,} parts.")
    return tuple(notes)


def _is_ours(column: str) -> bool:
    return any(simplify_column(column) in COLUMN_ALIASES[name] for name in SAME_EVERYWHERE)


def _mark_part(rows: pa.Table, name: str, is_one_of_several: bool) -> pa.Table:
    texts = rows.cast(pa.schema([(column, pa.string()) for column in rows.column_names]))
    if PART_COLUMN in rows.column_names or not is_one_of_several:
        return texts
    return texts.append_column(PART_COLUMN, pa.array([name] * len(rows), type=pa.string()))
