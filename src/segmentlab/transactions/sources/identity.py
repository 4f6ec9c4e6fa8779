"""Ids that tools and people wrote in several ways are one id: without blanks around, in one Unicode form.

E-mail addresses compare without case, `13085.0` is 13085, and a guest is nobody. Everything that changes an
id is counted and told.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from itertools import accumulate
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
ANY_WHOLE_NUMBER: Final = r"^\d+(\.0+)?$"
ROUNDED: Final = r"^\d(\.\d+)?[eE]\+\d+$"
TEXT_MARK: Final = r"^'[-+=@0-9]"  # how spreadsheets say that digits are text
DRESSED: Final = r"^\s|\s$|[^\x00-\x7F]"
DRESSED_CUSTOMER: Final = (
    DRESSED + r"|^'|@|\.0$|[eE]\+|^$|(?i:^(?:" + "|".join(map(re.escape, GUEST_WORDS)) + r")$)"
)


FRACTIONS: Final = "are whole numbers that were written as fractions: 13085.0 is read as 13085"
FEW_SPELLINGS: Final = 20  # are replaced by name, which costs the lines next to nothing

Step = Callable[[ir.StringValue], ir.StringValue]


@ibis.udf.scalar.builtin(name="nfc_normalize", signature=(("string",), "string"))
def _compose(text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: an e with two dots as one character, not as two."""


@dataclass(frozen=True)
class UnifiedIds:
    """The lines with one spelling for each id, and what was changed; some are `costly` to compute again."""

    table: ir.Table
    notes: tuple[str, ...] = ()
    costly: bool = False


def unify_ids(table: ir.Table, source: str) -> UnifiedIds:
    """One spelling for each id.

    There are far fewer spellings than lines, so everything is looked at and decided on spellings; clean
    ones cost one quick pass.
    """
    ids = UnifiedIds(table)
    for name in ID_COLUMNS:
        if name in table.columns and table[name].type().is_string():
            ids = _unify_column(ids, name, source)
    return ids


def _unify_column(ids: UnifiedIds, name: str, source: str) -> UnifiedIds:
    lines = ids.table
    spellings = lines.group_by(written=lines[name]).aggregate(lines=lines.count())
    looks = spellings["written"].re_search(DRESSED_CUSTOMER if name == "customer_id" else DRESSED)
    if not looks.any().to_pyarrow().as_py():
        return ids
    steps = _list_steps(spellings, name, source)
    *_, last = texts = list(accumulate(steps.values(), _take_step, initial=spellings["written"]))
    read = _read_nobody(last, name)
    changed = {
        what: spellings["lines"].sum(where=old != new)
        for what, old, new in zip(steps, texts, texts[1:], strict=False)
    }
    counted = spellings.aggregate(
        **changed,
        guests=spellings["lines"].sum(where=last.notnull() & (last != "") & read.isnull()),
        before=spellings["written"].nunique(),
        after=read.nunique(),
    )
    count = counted.to_pyarrow().to_pylist()[0]
    notes = [f"{name}: the ids of {count[what]:,} lines {what}." for what in steps if count[what]]
    if count["guests"]:
        words = _list_words(spellings.select(word=last))
        notes.append(f"{name}: {count['guests']:,} lines are of guests ({words}): anonymous sales.")
    if not notes:
        return ids
    if count["before"] != count["after"]:
        notes.append(f"{name}: {count['before']:,} spellings are {count['after']:,} ids.")
    needed = {what: step for what, step in steps.items() if count[what]}
    column, costly = _respell(lines[name], spellings.select("written", read=read), needed)
    return UnifiedIds(lines.mutate(**{name: column}), (*ids.notes, *notes), ids.costly or costly)


def _list_steps(spellings: ir.Table, name: str, source: str) -> dict[str, Step]:
    """What is done to an id, one after the other, by what is said of the lines that it changes."""
    steps: dict[str, Step] = {"had blanks around them": lambda text: text.re_replace(EDGES, "")}
    if is_duckdb(spellings.get_backend()):
        steps["were in another Unicode form (NFC is taken)"] = _compose
    if name == "customer_id":
        steps["began with a spreadsheet's apostrophe"] = lambda text: ibis.ifelse(
            text.re_search(TEXT_MARK), text.substr(1), text
        )
        if _are_whole(spellings.select("lines", text=_take_steps(spellings["written"], steps.values())), source):
            steps[FRACTIONS] = _take_off_fraction
        steps["are e-mail addresses with capitals, which compare without case"] = lambda text: ibis.ifelse(
            text.re_search(MAIL), text.lower(), text
        )
    return steps


def _take_step(text: ir.StringValue, step: Step) -> ir.StringValue:
    return step(text)


def _take_steps(text: ir.StringValue, steps: Iterable[Step]) -> ir.StringValue:
    return reduce(_take_step, steps, text)


def _take_off_fraction(text: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(text.contains("."), text.substr(0, text.find(".")), text)


def _read_nobody(text: ir.StringValue, name: str) -> ir.StringValue:
    """No id where there is none, or a word for nobody."""
    known = text.nullif("")
    if name != "customer_id":
        return known
    return ibis.ifelse(text.lower().isin(GUEST_WORDS), ibis.null("string"), known)


def _respell(
    column: ir.StringValue, spellings: ir.Table, needed: Mapping[str, Step]
) -> tuple[ir.StringValue, bool]:
    """The column with every id as it is `read`, in the cheapest way; and whether that costs much."""
    written, read = spellings["written"], spellings["read"]
    others = spellings.filter(written.notnull() & (read.isnull() | (written != read)))
    found = others.limit(FEW_SPELLINGS + 1).to_pyarrow().to_pylist()
    if len(found) <= FEW_SPELLINGS:
        return column.substitute({row["written"]: row["read"] for row in found}), False
    name = column.get_name()
    return _read_nobody(_take_steps(column, needed.values()), name), needed.keys() != {FRACTIONS}


def _are_whole(ids: ir.Table, source: str) -> bool:
    """Whether `.0` is no more than a tool's habit; digits that a spreadsheet rounded away are refused."""
    text, lines = ids["text"], ids["lines"]
    nobody = (text == "") | text.lower().isin(GUEST_WORDS)
    looks = {
        "rounded": lines.sum(where=text.re_search(ROUNDED)),
        "others": (~text.re_search(ANY_WHOLE_NUMBER) & ~nobody).any(),
    }
    found = ids.aggregate(**looks).to_pyarrow().to_pylist()[0]
    if found["rounded"]:
        raise DataError(
            f"{source}: {found['rounded']:,} customer ids are numbers such as 1.23457E+11: a spreadsheet has "
            "rounded them, and different customers may bear one. Export the file again with the ids as text."
        )
    return not found["others"]


def _list_words(words: ir.Table) -> str:
    found = words.filter(words["word"].lower().isin(GUEST_WORDS)).distinct()
    return ", ".join(f"'{word}'" for word in sorted(found["word"].to_pyarrow().to_pylist()))
