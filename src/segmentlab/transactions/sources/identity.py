"""Ids that tools and people wrote in several ways are one id: without blanks around, in one Unicode form.

E-mail addresses compare without case, `13085.0` is 13085, and a guest is nobody. Everything that changes an
id is counted and told.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Final, NoReturn

import ibis
import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.orders import ORDER_KEYS, ROWS, OrderSums
from segmentlab.transactions.sources.furniture import TOTAL_LABEL
from segmentlab.transactions.sources.raw import UntidyRowsError, is_duckdb

TOTALS: Final = "totals"  # the word by which data.accept takes such ids for what they are
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
DIGITS: Final = r"^\d+$"
MOST_DIGITS: Final = 40
ROUNDED: Final = r"^\d(\.\d+)?[eE]\+\d+$"
TEXT_MARK: Final = r"^'([-+=@0-9])"  # how spreadsheets say that digits are text
DRESSED: Final = r"^\s|\s$|[^\x00-\x7F]"
DRESSED_CUSTOMER: Final = (
    DRESSED + r"|^'|@|\.0$|[eE]\+|^$|(?i:^(?:" + "|".join(map(re.escape, GUEST_WORDS)) + r")$)"
)


PLAIN_ID: Final = r"^[A-Za-z]{0,2}[0-9]+[A-Za-z]{0,2}$"  # says one thing, and can be read in one way only
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
    sums: OrderSums | None = None


@dataclass(frozen=True)
class UnifiedColumn:
    """What is done to one column, in lines or in sums of them."""

    respell: Step
    notes: Sequence[str]
    costly: bool


def check_id_width(width: object) -> None:
    """Refuse what is no number of digits."""
    if width is not None and (type(width) is not int or not 1 <= width <= MOST_DIGITS):
        raise ConfigError(
            f"data.id_width={width}: expected the digits of a customer id, such as 6 for 001078."
        )


def unify_ids(
    table: ir.Table,
    source: str,
    width: int | None = None,
    accept: Sequence[str] = (),
    sums: OrderSums | None = None,
) -> UnifiedIds:
    """One spelling for each id; customers whose id is a number get zeros before it, up to `width` digits.

    There are far fewer spellings than lines, so everything is looked at and decided on spellings; clean
    ones cost one quick pass, or none where `sums` of the lines have them. An id that is a word for a total is
    none, unless `accept` says so.
    """
    names = _list_odd_columns(table, width, sums)
    spelt = {name: _list_spellings(table, name, sums) for name in names}
    dressed = {
        name for name, spellings in spelt.items() if _look_dressed(spellings, name, source, width, accept)
    }
    unified_columns = {
        name: _unify_column(spelt[name], name, source, width) for name in names if name in dressed
    }
    found = {name: ids for name, ids in unified_columns.items() if ids is not None}
    if not found:
        return UnifiedIds(table, sums=sums)
    unified = table.mutate(**{name: ids.respell(table[name]) for name, ids in found.items()})
    notes = tuple(note for ids in found.values() for note in ids.notes)
    if sums is not None:
        sums = sums.respell({name: ids.respell for name, ids in found.items()})
    return UnifiedIds(unified, notes, any(ids.costly for ids in found.values()), sums)


def _list_odd_columns(table: ir.Table, width: int | None, sums: OrderSums | None) -> list[str]:
    """The columns of ids in which not every id is plain; without sums of the lines, all that there are."""
    names = [name for name in ID_COLUMNS if name in table.columns and table[name].type().is_string()]
    at_hand = [name for name in names if name in ORDER_KEYS and sums is not None]
    if sums is None or width is not None or not at_hand:
        return names
    looks = {name: sums.table[name].re_search(PLAIN_ID).fill_null(True).all() for name in at_hand}
    found = sums.table.aggregate(**looks).to_pyarrow().to_pylist()[0]
    return [name for name in names if not found.get(name)]


def _list_spellings(table: ir.Table, name: str, sums: OrderSums | None) -> ir.Table:
    """Every spelling of an id, as `written`, with its number of `lines`."""
    if sums is not None and name in sums.spellings:
        return sums.spellings[name]
    if sums is None or name not in ORDER_KEYS:
        return table.group_by(written=table[name]).aggregate(lines=table.count()).cache()
    written, lines = sums.table[name], sums.table[ROWS].sum()
    return sums.table.group_by(written=written).aggregate(lines=lines).cache()


def _look_dressed(
    spellings: ir.Table, name: str, source: str, width: int | None, accept: Sequence[str]
) -> bool:
    """Whether an id may be written in another way than it is read; one that is a total is refused."""
    looks = spellings["written"].re_search(DRESSED_CUSTOMER if name == "customer_id" else DRESSED)
    if name == "customer_id" and width is not None:
        looks |= spellings["written"].length() < width
    is_total = spellings["written"].re_search(TOTAL_LABEL)
    found = spellings.aggregate(dressed=looks.any(), total=is_total.any()).to_pyarrow().to_pylist()[0]
    if found["total"] and TOTALS not in accept:
        _refuse_totals(spellings, name, source)
    return bool(found["dressed"])


def _refuse_totals(spellings: ir.Table, name: str, source: str) -> NoReturn:
    """Subtotals among the lines, of which the id is the label; if they are sums, they can be left out."""
    found = spellings.filter(spellings["written"].re_search(TOTAL_LABEL)).limit(1).to_pyarrow().to_pylist()
    raise UntidyRowsError(
        f"{source}: {found[0]['lines']:,} lines have the {name} {found[0]['written']!r}, as totals of "
        "others have, and are not the sums of the lines above them. Take them out, or type "
        f"data.accept=[{TOTALS}] if they are lines."
    )


def _unify_column(spellings: ir.Table, name: str, source: str, width: int | None) -> UnifiedColumn | None:
    """Step by step, each with the number of lines that it changes; nothing where none does."""
    steps = _list_steps(spellings, name, source, width)
    read = _take_steps(spellings, steps, name).cache()
    count = _count_changes(read, steps)
    notes = [f"{name}: the ids of {count[what]:,} lines {what}." for what in steps if count[what]]
    if count["guests"]:
        notes.append(
            f"{name}: {count['guests']:,} lines are of guests ({_list_words(read)}): anonymous sales."
        )
    if not notes:
        return None
    if count["before"] != count["after"]:
        notes.append(f"{name}: {count['before']:,} spellings are {count['after']:,} ids.")
    needed = {what: step for what, step in steps.items() if count[what]}
    return _respell(name, read, needed, notes, has_nobody=count["nobody"] > 0)


def _list_steps(spellings: ir.Table, name: str, source: str, width: int | None) -> dict[str, Step]:
    """What is done to an id, one after the other, by what is said of the lines that it changes."""
    steps: dict[str, Step] = {"had blanks around them": lambda text: text.re_replace(EDGES, "")}
    if is_duckdb(spellings.get_backend()):
        steps["were in another Unicode form (NFC is taken)"] = _compose
    if name == "customer_id":
        steps["began with a spreadsheet's apostrophe"] = lambda text: text.re_replace(TEXT_MARK, r"\1")
        if _are_whole(_take_steps(spellings, steps, name), source):
            steps[FRACTIONS] = _take_off_fraction
        steps["are e-mail addresses with capitals, which compare without case"] = _lower_mail
        if width is not None:
            zeros = f"are numbers of less than {width} digits, which get their zeros back (data.id_width)"
            steps[zeros] = partial(_put_zeros, width=width)
    return steps


def _take_off_fraction(text: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(text.contains("."), text.substr(0, text.find(".")), text)


def _put_zeros(text: ir.StringValue, width: int) -> ir.StringValue:
    is_short = text.re_search(DIGITS) & (text.length() < width)
    return ibis.ifelse(is_short, text.lpad(width, "0"), text)


def _lower_mail(text: ir.StringValue) -> ir.StringValue:
    return ibis.ifelse(text.re_search(MAIL), text.lower(), text)


def _take_steps(spellings: ir.Table, steps: Mapping[str, Step], name: str) -> ir.Table:
    """The spellings after each step, in columns `after0` and on, then as `text`, and as they are `read`."""
    table, last = spellings, "written"
    for place, step in enumerate(steps.values()):  # one column each: nested, they would be computed again
        table, last = table.mutate(**{f"after{place}": step(table[last])}), f"after{place}"
    return table.mutate(text=table[last], read=_read_nobody(table[last], name))


def _read_nobody(text: ir.StringValue, name: str) -> ir.StringValue:
    """No id where there is none, or a word for nobody."""
    known = text.nullif("")
    if name != "customer_id":
        return known
    return ibis.ifelse(text.lower().isin(GUEST_WORDS), ibis.null("string"), known)


def _count_changes(read: ir.Table, steps: Mapping[str, Step]) -> Mapping[str, int]:
    """The lines that each step changes, by its words, those of guests, and the ids before and after."""
    texts = [read["written"], *(read[f"after{place}"] for place in range(len(steps)))]
    lines, text = read["lines"], read["text"]
    changed = {
        what: lines.sum(where=old != new) for what, old, new in zip(steps, texts, texts[1:], strict=False)
    }
    counted = read.aggregate(
        **changed,
        guests=lines.sum(where=(text != "") & read["read"].isnull()),
        nobody=lines.sum(where=read["written"].notnull() & read["read"].isnull()),
        before=read["written"].nunique(),
        after=read["read"].nunique(),
    )
    count = counted.to_pyarrow().to_pylist()[0]
    return {what: number or 0 for what, number in count.items()}


def _respell(
    name: str, read: ir.Table, needed: Mapping[str, Step], notes: Sequence[str], *, has_nobody: bool
) -> UnifiedColumn:
    """Every id as it is read: a few by name, many by the steps that they need."""
    written = read["written"]
    others = read.filter(written.notnull() & (read["read"].isnull() | (written != read["read"])))
    found = others.select("written", "read").limit(FEW_SPELLINGS + 1).to_pyarrow().to_pylist()
    if len(found) <= FEW_SPELLINGS:
        words = {row["written"]: row["read"] for row in found}
        return UnifiedColumn(lambda ids: ids.substitute(words), notes, costly=False)

    def respell(ids: ir.StringValue) -> ir.StringValue:
        ids = reduce(lambda text, step: step(text), needed.values(), ids)
        return _read_nobody(ids, name) if has_nobody else ids  # many words to look for, in every query

    return UnifiedColumn(respell, notes, costly=True)


def _are_whole(ids: ir.Table, source: str) -> bool:
    """Whether `.0` is no more than a tool's habit; digits that a spreadsheet rounded away are refused."""
    others = ~ids["text"].re_search(ANY_WHOLE_NUMBER) & ids["read"].notnull()
    looks = {"rounded": ids["lines"].sum(where=ids["text"].re_search(ROUNDED)), "others": others.any()}
    found = ids.aggregate(**looks).to_pyarrow().to_pylist()[0]
    if found["rounded"]:
        raise DataError(
            f"{source}: {found['rounded']:,} customer ids are numbers such as 1.23457E+11: a spreadsheet has "
            "rounded them, and different customers may bear one. Export the file again with the ids as text."
        )
    return not found["others"]


def _list_words(read: ir.Table) -> str:
    """The words for guests, as they stand there."""
    found = read.filter((read["text"] != "") & read["read"].isnull()).select("text").distinct()
    return ", ".join(f"'{word}'" for word in sorted(found["text"].to_pyarrow().to_pylist()))
