"""Ids that tools and people wrote in several ways are one id: without blanks around, in one Unicode form.

E-mail addresses compare without case, `13085.0` is 13085, and a guest is nobody. Everything that changes an
id is counted and told.
"""

import re
from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.errors import DataError
from segmentlab.transactions.sources.raw import is_duckdb

ID_COLUMNS: Final = ("customer_id", "invoice_id", "product_id")
# Words for a customer whom nobody knows, in small letters.
GUEST_WORDS: Final = (
    "guest", "guests", "guest checkout", "guest customer", "anonymous", "anonym", "anonyme", "anon",
    "unknown", "unbekannt", "walk-in", "walk in", "walkin", "cash customer", "no customer", "gast",
    "invité", "invitado", "none", "null", "nil", "nan", "na", "n/a", "<na>", "#n/a", "undefined",
    "not set", "(not set)", "missing",
    "-", "--", "?",
)  # fmt: skip
EDGES: Final = r"^[\s\p{Z}\x{200B}\x{FEFF}]+|[\s\p{Z}\x{200B}\x{FEFF}]+$"
MAIL: Final = r"^[^\s@]+@[^\s@]+$"
WHOLE_NUMBER: Final = r"^\d+\.0+$"
ANY_WHOLE_NUMBER: Final = r"^\d+(\.0+)?$"
ROUNDED: Final = r"^\d(\.\d+)?[eE]\+\d+$"
TEXT_MARK: Final = r"^'[-+=@0-9]"  # how spreadsheets say that digits are text
DRESSED: Final = r"^\s|\s$|[^\x00-\x7F]"
DRESSED_CUSTOMER: Final = (
    DRESSED + r"|^'|@|\.0$|[eE]\+|^$|(?i:^(?:" + "|".join(map(re.escape, GUEST_WORDS)) + r")$)"
)


@ibis.udf.scalar.builtin(name="nfc_normalize", signature=(("string",), "string"))
def _compose(text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: an e with two dots as one character, not as two."""


def unify_ids(table: ir.Table, source: str) -> tuple[ir.Table, tuple[str, ...]]:
    """The table with one spelling for each id, and what was changed; a clean one costs one quick pass."""
    names = [name for name in ID_COLUMNS if name in table.columns and table[name].type().is_string()]
    composes = is_duckdb(table.get_backend())
    looks = {name: _looks_dressed(table[name]).any() for name in names}
    found = table.aggregate(**looks).to_pyarrow().to_pylist()[0] if looks else {}
    notes: list[str] = []
    for name in names:
        if found[name]:
            table, told = _unify_column(table, name, source, composes)
            notes += told
    return table, tuple(notes)


def _looks_dressed(ids: ir.StringValue) -> ir.BooleanValue:
    """A cheap look in one pass, which may be wrong only where there is nothing to do."""
    return ids.re_search(DRESSED_CUSTOMER if ids.get_name() == "customer_id" else DRESSED)


def _unify_column(table: ir.Table, name: str, source: str, composes: bool) -> tuple[ir.Table, list[str]]:
    """Step by step, each with the number of lines that it changes."""
    written = table[name]
    steps: dict[str, ir.StringValue] = {"had blanks around them": written.re_replace(EDGES, "")}
    last = steps["had blanks around them"]
    if composes:
        steps["were in another Unicode form (NFC is taken)"] = last = _compose(last)
    if name == "customer_id":
        last = ibis.ifelse(last.re_search(TEXT_MARK), last.substr(1), last)
        steps["began with a spreadsheet's apostrophe"] = last
        if _are_whole(table, last, source):
            last = ibis.ifelse(last.re_search(WHOLE_NUMBER), last.re_replace(r"\.0+$", ""), last)
            steps["are whole numbers that were written as fractions: 13085.0 is read as 13085"] = last
        last = ibis.ifelse(last.re_search(MAIL), last.lower(), last)
        steps["are e-mail addresses with capitals, which compare without case"] = last
    unified = last.nullif("")
    if name == "customer_id":
        unified = ibis.ifelse(last.lower().isin(GUEST_WORDS), ibis.null("string"), unified)
    before = [written, *steps.values()]
    changed = {
        str(position): (old != new).sum()
        for position, (old, new) in enumerate(zip(before, steps.values(), strict=False))
    }
    guests = (last.notnull() & (last != "") & unified.isnull()).sum()
    counted = table.aggregate(**changed, guests=guests, before=written.nunique(), after=unified.nunique())
    count = counted.to_pyarrow().to_pylist()[0]
    notes = [
        f"{name}: the ids of {count[str(position)]:,} lines {what}."
        for position, what in enumerate(steps)
        if count[str(position)]
    ]
    if count["guests"]:
        notes.append(
            f"{name}: {count['guests']:,} lines are of guests ({_list_words(table, last)}): anonymous sales."
        )
    if notes and count["before"] != count["after"]:
        notes.append(f"{name}: {count['before']:,} spellings are {count['after']:,} ids.")
    return (table.mutate(**{name: unified}) if notes else table), notes


def _are_whole(table: ir.Table, ids: ir.StringValue, source: str) -> bool:
    """Whether `.0` is no more than a tool's habit; digits that a spreadsheet rounded away are refused."""
    nobody = (ids == "") | ids.lower().isin(GUEST_WORDS)
    others = ~ids.re_search(ANY_WHOLE_NUMBER) & ~nobody
    looks = {"rounded": ids.re_search(ROUNDED).sum(), "others": others.sum()}
    found = table.aggregate(**looks).to_pyarrow().to_pylist()[0]
    if found["rounded"]:
        raise DataError(
            f"{source}: {found['rounded']:,} customer ids are numbers such as 1.23457E+11: a spreadsheet has "
            "rounded them, and different customers may bear one. Export the file again with the ids as text."
        )
    return not found["others"]


def _list_words(table: ir.Table, ids: ir.StringValue) -> str:
    words = table.select(word=ids).filter(lambda t: t["word"].lower().isin(GUEST_WORDS)).distinct()
    return ", ".join(f"'{word}'" for word in sorted(words["word"].to_pyarrow().to_pylist()))
