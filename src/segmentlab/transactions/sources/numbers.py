"""Numbers written as text: signs, thousands and decimals, in the habit that the whole column shows.

`1.234` is one and a bit, or more than a thousand. Only what leaves no doubt (`41.44`, `1.234,50`) decides,
first within the column, then from the other columns of the log; where nothing does, the user is asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc

from segmentlab.errors import DataError

MARK_COLUMN: Final = "currency_of_amount"  # where amounts bear their currency
MONEY: Final = ("unit_price", "line_total")
CURRENCY_MARK: Final = (
    r"(?i)[A-Z]{1,3}\$|\p{Sc}|(?:AED|AUD|BRL|CAD|CHF|CLP|CNY|COP|CZK|DKK|EUR|GBP|HKD|HUF|IDR|ILS|INR|JPY|KRW|"
    r"MXN|MYR|NOK|NZD|PEN|PHP|PLN|RON|RUB|SAR|SEK|SGD|THB|TRY|TWD|UAH|USD|VND|ZAR)|zł|Kč|kr\.?|Fr\."
)
CURRENCY_NAMES: Final = {"€": "EUR", "£": "GBP", "₹": "INR", "ZŁ": "PLN", "KČ": "CZK"}

# A body is what is left of a number without its sign, currency, and blanks or apostrophes for thousands.
GROUPED: Final = r"^\d{1,3}(?:[ ']\d{3})+(?:[.,]\d*)?$"
UNSURE: Final = {".": r"^[1-9]\d{0,2}\.\d{3}$", ",": r"^[1-9]\d{0,2},\d{3}$"}
SURE: Final = {  # what can be read with this decimal sign only, unless it is unsure
    ".": r"^(?:\d+\.\d*|\.\d+|\d{1,3}(?:,\d{2,3})*,\d{3}\.\d*|\d{1,3}(?:,\d{2,3})+,\d{3})$",
    ",": r"^(?:\d+,\d*|,\d+|\d{1,3}(?:\.\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,})$",
}
READABLE: Final = {
    ".": r"^(?:(?:\d+|\d{1,3}(?:,\d{2,3})*,\d{3})(?:\.\d*)?|\.\d+)$",
    ",": r"^(?:(?:\d+|\d{1,3}(?:\.\d{3})+)(?:,\d*)?|,\d+)$",
}
APOSTROPHES: Final = "[\u2019`\u00b4\u02bc]"
DASHES: Final = "[\u2212\u2013]"
OTHER: Final = {".": ",", ",": "."}


@dataclass(frozen=True)
class NumberSpelling:
    """How a column's numbers are written: its decimal sign, `both` in turn, or `plain` as computers do."""

    decimal: str = "plain"
    marks: tuple[str, ...] = ()  # currencies that stand with the amounts

    def describe(self, column: str) -> str:
        """What is done to read them, for a note."""
        habits = {
            ".": "with a decimal point",
            ",": "with a decimal comma",
            "both": "partly with a decimal point, partly with a decimal comma, each without doubt",
        }
        currency = f", in {' and '.join(self.marks)}" if self.marks else ""
        return f"Numbers in '{column}' are written {habits[self.decimal]}{currency}."


PLAIN_NUMBER: Final = r"^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?\s*$"
PLAIN: Final = NumberSpelling()


def read_numbers(text: ir.StringValue, spelling: NumberSpelling, is_money: bool) -> ir.FloatingValue:
    """The column as numbers; missing where it does not fit."""
    plain = text.try_cast("float64")
    if spelling == PLAIN:
        return plain
    bare = _take_off_currency(text, is_money)
    if spelling.decimal == "both":
        return ibis.coalesce(_read_bare(bare, "."), _read_bare(bare, ","))
    dressed = _read_bare(bare, spelling.decimal)
    return ibis.coalesce(plain, bare.try_cast("float64"), dressed) if spelling.decimal == "." else dressed


def read_amount(table: ir.Table, column: str, decimal: str | None, source: str) -> ir.FloatingValue:
    """A column of money that is none of ours, in the habit that it shows itself."""
    amounts = table.select(line_total=table[column])
    spelt = decide_spellings(amounts, {"line_total": column}, decimal, source)["line_total"]
    if len(spelt.marks) > 1:
        raise DataError(
            f"{source}: column '{column}' has amounts in {' and '.join(spelt.marks)}, which can't be added "
            "up. Make them one currency at their source."
        )
    return read_numbers(table[column], spelt, is_money=True)


def find_marks(text: ir.StringValue) -> ir.StringValue:
    """The currency that stands with each amount, empty where none does."""
    mark = text.re_extract(CURRENCY_MARK, 0).upper()
    return ibis.cases(*((mark == sign, name) for sign, name in CURRENCY_NAMES.items()), else_=mark)


def decide_spellings(
    table: ir.Table, columns: Mapping[str, str], decimal: str | None, source: str
) -> dict[str, NumberSpelling]:
    """The habit of each column of text, by what the whole of it shows; `columns` are our names to theirs."""
    evidence = {name: _weigh(table[name], name in MONEY) for name in columns}
    counted = table.aggregate(
        **{f"{name}:{kind}": mark.sum() for name, marks in evidence.items() for kind, mark in marks.items()}
    )
    found = counted.to_pyarrow().to_pylist()[0]
    counts = {
        name: {kind: found[f"{name}:{kind}"] or 0 for kind in marks} for name, marks in evidence.items()
    }
    signs = {name: decimal or _find_sign(count) for name, count in counts.items()}
    shown = {sign for sign in signs.values() if sign in OTHER}
    spellings = {}
    for name, count in counts.items():
        sign = signs[name]
        unsure = count["unsure ."] + count["unsure ,"]
        if sign is None and unsure:
            if len(shown) != 1:
                raise DataError(_ask_for_decimal(table[name], columns[name], count, source))
            (sign,) = shown
        has_comma = sign in (",", "both") and unsure + count["sure ."] + count["sure ,"]
        marks = _list_marks(table[name]) if name in MONEY and count["dressed"] else ()
        spellings[name] = NumberSpelling(sign or ".", marks) if has_comma or count["dressed"] else PLAIN
    return spellings


def look_plain(head: pa.Table) -> bool:
    """Whether nothing among the first rows speaks against numbers as computers write them."""
    dressed = (_count(texts, r"\d") - _count(texts, PLAIN_NUMBER) for texts in head.columns)
    return not any(dressed)


def show_decimal_point(head: pa.Table) -> bool:
    """Whether the first rows show that a point is the decimal sign: `1.234` alone does not."""
    return any(_count(texts, SURE["."]) > _count(texts, UNSURE["."]) for texts in head.columns)


def _count(texts: pa.ChunkedArray, pattern: str) -> int:
    return pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0


def _weigh(text: ir.StringValue, is_money: bool) -> dict[str, ir.BooleanValue]:
    """What each value says about the habit of its column."""
    _, body = _split_sign(_take_off_currency(text, is_money))
    unsure = {sign: body.re_search(pattern) for sign, pattern in UNSURE.items()}
    weighed = {f"sure {sign}": body.re_search(SURE[sign]) & ~unsure[sign] for sign in SURE}
    weighed |= {f"unsure {sign}": mark for sign, mark in unsure.items()}
    dressed = body.re_search(READABLE["."]) | body.re_search(READABLE[","])
    return weighed | {"dressed": text.try_cast("float64").isnull() & dressed}


def _find_sign(count: Mapping[str, int]) -> str | None:
    """The decimal sign that the column itself shows, `both`, or nothing."""
    shown = [sign for sign in OTHER if count[f"sure {sign}"]]
    if len(shown) == 1:
        return shown[0]
    return "both" if shown and not count["unsure ."] and not count["unsure ,"] else None


def _take_off_currency(text: ir.StringValue, is_money: bool) -> ir.StringValue:
    """Without currency, every blank as one, every apostrophe and minus as the plain ones."""
    bare = text.re_replace(r"[\s\p{Z}]+", " ").re_replace(APOSTROPHES, "'").re_replace(DASHES, "-")
    return (bare.re_replace(CURRENCY_MARK, "") if is_money else bare).strip()


def _split_sign(bare: ir.StringValue) -> tuple[ir.FloatingValue, ir.StringValue]:
    """Minus one or one, and the body; brackets and a minus behind are negative, half a bracket is nothing."""
    sound = bare.re_search(r"^[-+]? ?[^-+()]+$|^\([^-+()]+\)$|^[^-+()]+-$")
    sign = ibis.ifelse(bare.re_search(r"^-|^\(|-$"), -1.0, 1.0)
    body = ibis.ifelse(sound, bare.re_replace(r"[-+()]", "").strip(), "")
    return sign, ibis.ifelse(body.re_search(GROUPED), body.re_replace("[ ']", ""), body)


def _read_bare(bare: ir.StringValue, decimal: str) -> ir.FloatingValue:
    sign, body = _split_sign(bare)
    digits = body.replace(OTHER[decimal], "").replace(decimal, ".").try_cast("float64")
    return ibis.ifelse(body.re_search(READABLE[decimal]), sign * digits, ibis.null("float64"))


def _list_marks(text: ir.StringValue) -> tuple[str, ...]:
    readable = text.re_search(r"\d")
    marks = text.as_table().filter(readable).select(mark=find_marks(text)).distinct()
    return tuple(sorted(mark for mark in marks["mark"].to_pyarrow().to_pylist() if mark))


def _ask_for_decimal(text: ir.StringValue, column: str, count: Mapping[str, int], source: str) -> str:
    if count["sure ."] and count["sure ,"]:
        return (
            f"{source}: column '{column}' is written partly with a decimal point, partly with a decimal "
            "comma, and holds numbers such as '1.234' that may be either. Write it in one way."
        )
    sign = "." if count["unsure ."] else ","
    (first,) = (
        text.as_table()
        .filter(text.re_search(r"\d[.,]\d{3}\b"))
        .select(first=text)
        .limit(1)
        .to_pyarrow()["first"]
        .to_pylist()
    )
    return (
        f"{source}: numbers in column '{column}' such as '{first}' may be thousands or have three "
        f"decimals. Say which: data.decimal='{OTHER[sign]}' for thousands, '{sign}' for decimals."
    )
