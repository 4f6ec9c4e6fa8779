"""Several tables of one kind as one: files of a folder, sheets of a workbook, one below the other."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

import ibis
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import DataError, NoRowsError
from segmentlab.transactions.sources.columns import COLUMN_ALIASES, MORE_ALIASES, simplify_column
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
    lines: npt.NDArray[np.int64] | None = None  # where each row stands
    place: str = "row"
    misshapen: pd.DataFrame | None = None


class PartStore(Protocol):
    """Parts that were read before, by the content of their files."""

    def take(self, file: Path, told: tuple[object, ...], read: Callable[[Path], Part]) -> Part:
        """The part that the file is when it is read with what the user told of it."""
        ...


def take_part(raw: RawTable) -> Part:
    """The rows of a file in memory, and where they stand in it."""
    rows = None if raw.at_once is None else raw.at_once({})
    if rows is None:
        rows = raw.table.to_pyarrow()
    lines = raw.places(pd.Series(np.arange(len(rows)))).to_numpy()
    return Part(rows, raw.notes, lines, raw.place, raw.misshapen)


def stack_parts(parts: Mapping[str, Part], engine: BaseBackend, what: str, path: Path) -> RawTable:
    """Columns by name; `part` is where a line comes from, unless the lines have a column of that name."""
    held = _name_alike({name: part for name, part in parts.items() if len(part.rows)})
    if not held:
        raise NoRowsError(f"{path}: the table holds no rows. Point data.path at a file with transactions.")
    differences = check_same_columns({name: part.rows.column_names for name, part in held.items()}, path)
    tables = [_mark_part(part.rows, name, len(parts) > 1) for name, part in held.items()]
    table = engine.create_table(
        ibis.util.gen_name("stack"), pa.concat_tables(tables, promote_options="default"), temp=True
    )
    counted = Counter(note for part in held.values() for note in part.notes)
    notes = [note if count == len(held) else f"{note} ({count:,} {what}s)" for note, count in counted.items()]
    broken = [part.misshapen.assign(part=name) for name, part in parts.items() if part.misshapen is not None]
    return RawTable(
        table,
        (*notes, *differences),
        place=next(iter(held.values())).place,
        misshapen=pd.concat(broken, ignore_index=True) if broken else None,
        lines=np.concatenate([_list_lines(part) for part in held.values()]),
    )


def _list_lines(part: Part) -> npt.NDArray[np.int64]:
    return np.arange(1, len(part.rows) + 1) if part.lines is None else part.lines


def _name_alike(parts: Mapping[str, Part]) -> dict[str, Part]:
    """The parts with one name for what differs by case, blanks and punctuation only."""
    first: dict[str, str] = {}
    named = {}
    for name, part in parts.items():
        columns = part.rows.column_names
        alike = [first.setdefault(simplify_column(column), column) for column in columns]
        is_same = len(set(alike)) < len(alike)  # columns that differ by no more than that within one part
        named[name] = part if is_same else replace(part, rows=part.rows.rename_columns(alike))
    return named


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
                f"{lacking[0]}{instead}. Give them the same names, read those alone that have them, or "
                "join tables of several kinds by data.tables."
            )
        notes.append(f"Column '{column}' is in {len(found) - len(lacking):,} of {len(found):,} parts.")
    return tuple(notes)


def _is_ours(column: str) -> bool:
    name = simplify_column(column)
    return any(name in COLUMN_ALIASES[ours] | MORE_ALIASES[ours] for ours in SAME_EVERYWHERE)


def _mark_part(rows: pa.Table, name: str, is_one_of_several: bool) -> pa.Table:
    texts = rows.cast(pa.schema([(column, pa.string()) for column in rows.column_names]))
    if PART_COLUMN in rows.column_names or not is_one_of_several:
        return texts
    return texts.append_column(PART_COLUMN, pa.array([name] * len(rows), type=pa.string()))
