"""What stands in a table and is no line of it: its header again, a total below, rows without a cell.

A total is believed when it is the sum of its column. One that is not says that lines are missing or twice,
and is handed on as a line that can't be read, for the user to decide.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, reduce
from operator import and_
from typing import Final, TypeVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.transactions.sources.raw import NOT_THE_SUM, RawTable, UntidyRowsError

TOTAL_WORDS: Final = (
    r"(?i)^\W*(?:(?:sub|grand |overall )?totals?|sum|(?:gesamt|end|zwischen)?summe|gesamt|insgesamt|somme|"
    r"total g[eé]n[eé]ral|totale|suma|totaal|razem|итого|всего|合計|总计)\b\W*"
)
TOTAL_LABEL: Final = TOTAL_WORDS + r"[-+\d.,'\s\p{Sc}]*$"  # `Total: 1,234.50` as well
TAIL_ROWS: Final = 3
NO_LINES: Final = pd.DataFrame({"line": [], "reason": [], "text": []}, dtype="object")


Used = TypeVar("Used")


def use_tidied(raw: RawTable, engine: BaseBackend, use: Callable[[RawTable], Used]) -> Used:
    """Use the table as it is; where rows can't be taken as they stand, without those that are none."""
    try:
        return use(raw)
    except UntidyRowsError:
        tidied = drop_furniture(raw, engine)
        if tidied is None:
            raise
        return use(tidied)


def check_no_totals(tail: ir.Table, source: str) -> None:
    """Refuse a total in the last rows of a table: it would count everything twice."""
    texts = [name for name in tail.columns if tail[name].type().is_string()]
    if not texts:
        return
    tail = tail.select(*texts)
    found = tail.filter(_mark_totals(tail, texts)).limit(1).to_pyarrow().to_pylist()
    if found:
        cells = ", ".join(repr(str(cell)) for cell in found[0].values() if cell is not None)
        raise UntidyRowsError(
            f"{source}: one of the last rows looks like a total of all others: {cells}. Take it out."
        )


def find_tail(table: ir.Table) -> ir.Table:
    """The last rows of a table of the engine."""
    rows = table.count().to_pyarrow().as_py()
    return table.limit(TAIL_ROWS, offset=max(rows - TAIL_ROWS, 0))


def drop_furniture(raw: RawTable, engine: BaseBackend) -> RawTable | None:
    """The same without it, and with notes of what was left out; nothing where there is none."""
    numbered = raw.table.mutate(_row=ibis.row_number())
    texts = [name for name in raw.table.columns if raw.table[name].type().is_string()]
    cells = [raw.table[name].strip().nullif("") for name in texts]
    kinds = ibis.cases(
        (reduce(and_, [cell.isnull() for cell in cells]), "empty"),
        (reduce(and_, [cell.fill_null("") == name for cell, name in zip(cells, texts, strict=True)]), "head"),
        (_mark_totals(raw.table, texts), "total"),
    )
    marked = numbered.mutate(_kind=kinds)
    found = marked.filter(marked["_kind"].notnull()).order_by("_row").to_pandas()
    loose = _find_loose_totals(raw)
    if found.empty and loose.empty:
        return None
    kept = marked.filter(marked["_kind"].isnull()).order_by("_row").drop("_row", "_kind")
    table = engine.create_table(ibis.util.gen_name("rows"), kept, temp=True)
    totals = found[found["_kind"] == "total"].drop(columns=["_kind"])
    told = pd.concat([_tell_texts(totals, raw), loose])
    wrong = told[~told["text"].map(partial(_is_a_sum, table)).astype(bool)]
    lines = sorted({*raw.places(found["_row"]).tolist(), *loose["line"].tolist()} - set(wrong["line"]))
    others = NO_LINES if raw.misshapen is None else raw.misshapen
    unread = (
        pd.concat([others[~others["line"].isin(loose["line"])], wrong])
        .sort_values("line")
        .astype({"line": "int64"})
    )
    return replace(
        raw,
        table=table,
        notes=(*raw.notes, *_describe_furniture(found["_kind"], len(told) - len(wrong))),
        misshapen=None if unread.empty else unread,
        left_out=(*raw.left_out, *lines),
        at_once=None,
    )


def _mark_totals(table: ir.Table, texts: Sequence[str]) -> ir.BooleanValue:
    """Rows that begin with a word for a total and are empty for a third or more."""
    cells = [table[name].strip().nullif("") for name in texts]
    label = ibis.coalesce(*cells)
    empty = reduce(lambda some, cell: some + cell.isnull().cast("int32"), cells, ibis.literal(0))
    return label.re_search(TOTAL_LABEL) & (3 * empty >= len(texts))


def _find_loose_totals(raw: RawTable) -> pd.DataFrame:
    """Totals with too few cells for a row, as lines: a label, and perhaps a number."""
    if raw.misshapen is None:
        return NO_LINES
    found: pd.DataFrame = raw.misshapen[raw.misshapen["text"].str.contains(TOTAL_WORDS, regex=True)]
    return found.assign(reason=NOT_THE_SUM)


def _tell_texts(totals: pd.DataFrame, raw: RawTable) -> pd.DataFrame:
    texts = [
        "\t".join("" if pd.isna(cell) else str(cell) for cell in row)
        for row in totals.drop(columns="_row").itertuples(index=False)
    ]
    return pd.DataFrame({"line": raw.places(totals["_row"]), "reason": NOT_THE_SUM, "text": texts})


def _is_a_sum(table: ir.Table, text: str) -> bool:
    """Whether a number of the row is the sum of a column; true as well where nothing can be summed."""
    readings = [(r"[^-\d.]", r""), (r"[^-\d,]", r",")]  # 1,234.50 and 1.234,50
    has_numbers = False
    for dropped, comma in readings:
        numbers = {_read_number(cell, dropped, comma) for cell in re.split(r"[\t;|]|\s{2,}|:\s", text)}
        columns = {name: _sum_column(table[name], dropped, comma) for name in table.columns}
        sums = table.aggregate(**columns).to_pyarrow().to_pylist()[0]
        wanted = [number for number in numbers if number]
        held = [total for total in sums.values() if total is not None]
        has_numbers = has_numbers or bool(wanted and held)
        if any(np.isclose(number, total, rtol=1e-9, atol=0.006) for number in wanted for total in held):
            return True
    return not has_numbers


def _read_number(cell: str, dropped: str, comma: str) -> float | None:
    bare = re.sub(dropped, "", cell)
    try:
        return float(bare.replace(",", ".") if comma else bare)
    except ValueError:
        return None


def _sum_column(column: ir.Value, dropped: str, comma: str) -> ir.Value:
    """The sum, where every value is a number in this reading."""
    text = column.cast("string")
    bare = text.re_replace(dropped, "").replace(",", ".") if comma else text.re_replace(dropped, "")
    number = bare.try_cast("float64")
    plain = text.re_search(r"^\W*\d[\d.,'\s]*\W*$") | text.strip().nullif("").isnull()
    return ibis.ifelse(plain.all(), number.sum(), None)


def _describe_furniture(kinds: pd.Series, totals: int) -> tuple[str, ...]:
    counts = {
        "rows without a cell": int((kinds == "empty").sum()),
        "rows that repeat the header": int((kinds == "head").sum()),
        "totals below": totals,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    return (f"Left out: {told}.",) if told else ()
