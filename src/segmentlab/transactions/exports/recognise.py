"""Between a table as it was found and its choice of columns: an export that is known is made ready.

A shop system writes what belongs to an order on one of its lines, lists orders that were never paid, and
gives discounts and refunds per order. Canonical lines have none of this: a line costs what it costs, what
was given back is a line of its own, and what was not sold bears a reason to leave.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import ibis
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.cleaning.single_lines import NOT_SOLD_COLUMN
from segmentlab.transactions.exports.layout import ExportLayout, find_layout
from segmentlab.transactions.exports.orders import (
    ROW,
    OrderChoices,
    PreparedExport,
    add_refunds,
    carry_cells,
    describe_guests,
    mark_not_sold,
    value_lines,
)
from segmentlab.transactions.sources.columns import DECLINED, KNOWN_FIELDS
from segmentlab.transactions.sources.raw import RawTable, is_duckdb

STEPS: Final = (carry_cells, mark_not_sold, value_lines, add_refunds, describe_guests)
OWN_OFFSET: Final = r"\s*(?:[+-]\d{2}:?\d{2}|Z)$"
MARKS_OF_RULES: Final = r"^\s*([CcAa])"  # by which rules of cleaning know cancellations and bad debt
SHIELD: Final = r"#\1"


@dataclass(frozen=True)
class RecognisedExport:
    """A table that is ready for the choice of columns, and what is known of these."""

    raw: RawTable
    columns: Mapping[str, str | None]
    dates: str | None = None
    layout: ExportLayout | None = None


def recognise(
    raw: RawTable,
    said: Mapping[str, str | None],
    layout: str | None,
    choices: OrderChoices,
    engine: BaseBackend,
    source: str,
) -> RecognisedExport:
    """The table as it is, or made ready by what is known of the export that it is.

    `said` is what the user said of its columns, and wins; `layout` is the name of an export, or `none`.
    """
    known = find_layout(raw.table.columns, layout)
    if known is None:
        return RecognisedExport(raw, said)
    mapped = known.map_columns(raw.table.columns) | {
        name: column for name, column in said.items() if column is not None
    }
    for name, advice in known.asks.items():
        if name not in mapped:
            raise DataError(f"{source}: {known.title}. {advice}")
    told = f"Recognised by its columns: {known.title}. data.export=none reads it by names alone."
    raw = replace(raw, notes=(*raw.notes, told if layout is None else f"Read as {known.title}."))
    if known.cancels_by_letter:
        return RecognisedExport(raw, mapped, known.dates, known)
    if not is_duckdb(engine):
        raise DataError(f"{source}: {known.title} are made ready by engine=duckdb only. Choose it.")
    prepared = _prepare(raw, known, mapped, choices, engine, source)
    ready = replace(raw, table=prepared.table, notes=(*raw.notes, *prepared.notes, *known.says), at_once=None)
    # A name that is known elsewhere means something else here.
    declined = dict.fromkeys((*KNOWN_FIELDS, "discount", "status"), DECLINED)
    wrong = {
        name: column for name, column in mapped.items() if column not in raw.table.columns
    }  # refused soon
    return RecognisedExport(ready, declined | wrong | prepared.columns, known.dates, known)


def _prepare(
    raw: RawTable,
    layout: ExportLayout,
    mapped: Mapping[str, str],
    choices: OrderChoices,
    engine: BaseBackend,
    source: str,
) -> PreparedExport:
    """The lines with everything decided, in their order, and refunds behind them."""
    chosen = {name: column for name, column in mapped.items() if column in raw.table.columns}
    fixed = {name: ibis.literal(value) for name, value in layout.fixed.items() if name not in chosen}
    lines = raw.table.mutate(**{ROW: ibis.row_number()}, **fixed)
    export = PreparedExport(lines, chosen | {name: name for name in fixed}, layout, choices, engine, source)
    export = replace(export, table=export.store(lines))
    for step in STEPS:
        export = step(export)
    export = _rewrite(export)
    table = export.store(export.table).drop(ROW)
    says_nothing = table[NOT_SOLD_COLUMN].isnull().all().to_pyarrow().as_py()
    return replace(export, table=table.drop(NOT_SOLD_COLUMN) if says_nothing else table)


def _rewrite(export: PreparedExport) -> PreparedExport:
    """Moments in the shop's own time, and ids of orders that no rule takes for a cancellation."""
    table, notes, changed = export.table, [], {}
    when, order = export.columns.get("timestamp"), export.columns.get("invoice_id")
    if export.layout.own_zone and when is not None and table[when].type().is_string():
        changed[when] = table[when].re_replace(OWN_OFFSET, "")
        notes.append(f"Times in '{when}' are the shop's own: the offset behind them is left off.")
    if order is not None and table[order].type().is_string():
        marked = table[order].re_search(MARKS_OF_RULES).sum().to_pyarrow().as_py()
        if marked:
            changed[order] = table[order].re_replace(MARKS_OF_RULES, SHIELD)
            notes.append(
                f"{marked:,} ids in '{order}' begin with C or A, which marks no cancellation here: they "
                "are read with # before."
            )
    return replace(export, table=table.mutate(**changed), notes=(*export.notes, *notes))
