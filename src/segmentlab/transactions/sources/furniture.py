"""What stands in a table and is no line of it: its header again, a total below, rows without a cell.

A total is believed when it is the sum of its column, or of the rows since the total before it. One that is
not says that lines are missing or twice, and is handed on as a line that can't be read, for the user to
decide.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_, or_
from typing import Final, TypeVar

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends import BaseBackend

from segmentlab.transactions.sources.claims import judge_claims, sum_between
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


def has_total(rows: Sequence[Sequence[str]]) -> bool:
    """Whether one of these rows of text may be a total; `check_no_totals` says whether it is."""
    shown = [[cell.strip() for cell in row] for row in rows]
    labels = [next(filter(None, row), "") for row in shown if 3 * row.count("") >= len(row)]
    return bool(labels and pc.any(pc.match_substring_regex(pa.array(labels), TOTAL_LABEL)).as_py())


def find_tail(table: ir.Table) -> ir.Table:
    """The last rows of a table of the engine."""
    rows = table.count().to_pyarrow().as_py()
    return table.limit(TAIL_ROWS, offset=max(rows - TAIL_ROWS, 0))


def drop_furniture(raw: RawTable, engine: BaseBackend) -> RawTable | None:
    """The same without it, and with notes of what was left out; nothing where there is none."""
    texts = [name for name in raw.table.columns if raw.table[name].type().is_string()]
    cells = [raw.table[name].strip().nullif("") for name in texts]
    kinds = ibis.cases(
        (reduce(and_, [cell.isnull() for cell in cells]), "empty"),
        (
            reduce(and_, [cell.lower() == name.lower() for cell, name in zip(cells, texts, strict=True)]),
            "head",
        ),
        (_mark_totals(raw.table, texts), "total"),
        (reduce(or_, [cell.re_search(TOTAL_LABEL) for cell in cells]), "labelled"),
        (reduce(or_, [cell.re_search(TOTAL_WORDS) for cell in cells]), "perhaps"),
    )
    marked = raw.table.mutate(_row=ibis.row_number(), _kind=kinds).cache()
    found = marked.filter(marked["_kind"].notnull()).order_by("_row").to_pandas()
    loose = _find_loose_totals(raw)
    if found.empty and loose.empty:
        return None
    claims = pd.concat([_tell_texts(found, raw), _place_loose(loose, raw, marked)]).sort_values(
        "_row", kind="stable"
    )
    sums = sum_between(marked, claims) if len(claims) else {}
    claims["is_sum"] = judge_claims(claims, sums)
    totals = claims[claims["is_sum"] | (claims["_kind"] == "total")]
    wrong = totals[~totals["is_sum"]][["line", "reason", "text", *(["part"] if "part" in claims else [])]]
    gone = sorted({*found.loc[found["_kind"].isin(["empty", "head"]), "_row"], *totals["_row"]})
    gone = [int(row) for row in gone if row == int(row)]
    if not gone and not len(totals):
        return None
    kept = marked.filter(~marked["_row"].isin(gone) if gone else ibis.literal(True))
    table = engine.create_table(
        ibis.util.gen_name("rows"), kept.order_by("_row").drop("_row", "_kind"), temp=True
    )
    others = NO_LINES if raw.misshapen is None else raw.misshapen
    unread = pd.concat([others[~others.index.isin(loose.index)], wrong]).sort_values("line")
    places = raw.places(pd.Series(gone, dtype="int64"))
    lines = {*places.tolist(), *loose["line"].tolist()} - set(wrong["line"])
    return replace(
        raw,
        table=table,
        notes=(*raw.notes, *_describe_furniture(found["_kind"], len(totals) - len(wrong))),
        misshapen=None if unread.empty else unread.astype({"line": "int64"}),
        left_out=(*raw.left_out, *sorted(lines)),
        lines=None if raw.lines is None else np.delete(raw.lines, gone),
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
    return found


def _place_loose(loose: pd.DataFrame, raw: RawTable, rows: ir.Table) -> pd.DataFrame:
    """Lines that are no rows, between the rows that stand around them."""
    count = int(rows.count().to_pyarrow().as_py()) if len(loose) else 0
    lines = raw.places(pd.Series(np.arange(count))).to_numpy()
    before = np.full(len(loose), count) if raw.lines is not None else np.searchsorted(lines, loose["line"])
    return loose.assign(reason=NOT_THE_SUM, _kind="total", _row=before - 0.5)


def _tell_texts(found: pd.DataFrame, raw: RawTable) -> pd.DataFrame:
    totals = found[found["_kind"].isin(["total", "labelled", "perhaps"])]
    cells = totals.drop(columns=["_row", "_kind"])
    told = pd.DataFrame({"line": raw.places(totals["_row"]), "reason": NOT_THE_SUM})
    told["text"] = [
        "\t".join("" if pd.isna(cell) else str(cell) for cell in row) for row in cells.itertuples(index=False)
    ]
    told["cells"] = pd.Series(cells.to_dict("records"), index=told.index, dtype="object")
    if raw.lines is not None and "part" in totals:
        told["part"] = totals["part"]
    return told.assign(_kind=totals["_kind"], _row=totals["_row"])


def _describe_furniture(kinds: pd.Series, totals: int) -> tuple[str, ...]:
    counts = {
        "rows without a cell": int((kinds == "empty").sum()),
        "rows that repeat the header": int((kinds == "head").sum()),
        "totals": totals,
    }
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    return (f"Left out: {told}.",) if told else ()
