"""Discounts in a column of their own: taken off already, or to be taken off, and in which of four kinds.

Totals that quantity, price and discount explain have it taken off. Where nothing shows that, prices may be
before the discount or after it, and the user is asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.schema import LINE_TOTAL
from segmentlab.transactions.sources.numbers import read_amount

DISCOUNT: Final = "discount"  # the word by which data.accept takes prices as they are
KINDS: Final[Mapping[str, str]] = {
    "share": "0.2 is a fifth of the price",
    "percent": "20 is a fifth of the price",
    "money": "an amount for the whole line",
    "piece": "an amount for each piece",
}
READ_COLUMN: Final = "_discount"
BARE_COLUMN: Final = "discount without a percent sign"
PERCENT_SIGN: Final = r"\s*[%\x{FF05}]\s*$"
MOST: Final = 0.95  # of the lines with a discount show what their totals are
CENTS: Final = 0.011  # by which a rounded total may differ


@dataclass(frozen=True)
class DiscountChoice:
    """What was said of discounts: the column, its kind, and whether prices are after them."""

    kind: str | None
    accept: Sequence[str]
    decimal: str | None = None
    is_named: bool = False  # the column, by the user
    has_total: bool = False  # which column has the total, by the user

    def __post_init__(self) -> None:
        if self.kind is not None and self.kind not in KINDS:
            ways = ", ".join(f"{kind} ({meaning})" for kind, meaning in KINDS.items())
            raise ConfigError(f"data.discount={self.kind}: expected {ways}.")


def settle_discounts(
    lines: ir.Table, column: str | None, choice: DiscountChoice, source: str
) -> tuple[ir.Table, tuple[str, ...]]:
    """The lines with prices and totals that were paid, and what was done for it."""
    if column is None:
        if choice.kind is not None:
            raise ConfigError(f"{source}: data.discount needs its column: data.columns.discount='<column>'.")
        return lines, ()
    read = _read_discounts(lines, column, choice, source)
    if read is None:
        return lines, ()
    if choice.kind is not None:
        return _take_off(read, column, choice.kind, source)
    return _judge(read, column, choice, source)


def _read_discounts(lines: ir.Table, column: str, choice: DiscountChoice, source: str) -> ir.Table | None:
    """The lines with discounts as numbers, none below zero; nothing where the column holds codes or none."""
    value = lines[column]
    if value.type().is_numeric():
        read = lines.mutate(**{READ_COLUMN: value.cast("float64").abs().fill_null(0.0)})
        return read if (read[READ_COLUMN] > 0).any().to_pyarrow().as_py() else None
    text = value.cast("string").strip().nullif("")
    looks = text.re_search(r"\d") & ~text.re_search(r"\p{L}{4,}")
    counts = {"named": text.count(), "likely": looks.sum(), "signs": text.re_search(PERCENT_SIGN).sum()}
    found = lines.aggregate(**counts).to_pyarrow().to_pylist()[0]
    if not found["named"] or (2 * (found["likely"] or 0) < found["named"] and not choice.is_named):
        return None
    if found["signs"] and choice.kind not in (None, "percent"):
        raise ConfigError(
            f"{source}: data.discount={choice.kind}, but '{column}' holds percents such as 20 %."
        )
    bare = lines.mutate(**{BARE_COLUMN: text.re_replace(PERCENT_SIGN, "").nullif("")})
    number = read_amount(bare, BARE_COLUMN, choice.decimal, source)
    read = bare.mutate(**{READ_COLUMN: number.abs()}).cache()
    strange = read.filter(read[BARE_COLUMN].notnull() & read[READ_COLUMN].isnull()).select(column).limit(1)
    if first := strange.to_pyarrow()[column].to_pylist():
        raise DataError(
            f"{source}: column '{column}' holds {first[0]!r}, expected a discount such as 0.2, 20 % or 3.50. "
            "Correct these cells, or decline the column: data.columns.discount=none."
        )
    read = read.mutate(**{READ_COLUMN: read[READ_COLUMN].fill_null(0.0)}).drop(BARE_COLUMN)
    return read if (read[READ_COLUMN] > 0).any().to_pyarrow().as_py() else None


def _judge(
    read: ir.Table, column: str, choice: DiscountChoice, source: str
) -> tuple[ir.Table, tuple[str, ...]]:
    """Whether totals show that they are after the discount; else a question."""
    lines, possible = read.drop(READ_COLUMN), _find_possible(read, column)
    has_price = {"quantity", "unit_price"} <= set(read.columns)
    if LINE_TOTAL.name in read.columns and has_price:
        without, explained = _explain_totals(read, possible)
        best = max(explained, key=lambda kind: explained[kind], default=None)
        if best is not None and explained[best] >= MOST > without:
            paid = read[LINE_TOTAL.name] / read["quantity"].nullif(0.0)
            note = f"Totals have '{column}' taken off ({best}: {KINDS[best]}), and so have prices of a piece."
            return lines.mutate(unit_price=ibis.coalesce(paid, read["unit_price"])), (note,)
        if without < MOST:
            return lines, ()  # totals that nothing explains are for the books to ask about
    elif LINE_TOTAL.name in read.columns and choice.has_total:
        return lines, ()
    if DISCOUNT in choice.accept:
        return lines, (
            f"Money is taken as it is, after the discounts in '{column}' (data.accept=[discount]).",
        )
    what = "totals" if LINE_TOTAL.name in read.columns else "prices"
    ways = "; or ".join(f"data.discount={kind} ({KINDS[kind]}) takes it off" for kind in possible)
    raise DataError(
        f"{source}: '{column}' may be taken off the {what} already, or not. To settle it: "
        f"{f'{ways}; or ' if ways else ''}data.accept=[discount] if {what} are after it."
    )


def _find_possible(read: ir.Table, column: str) -> list[str]:
    """The kinds that leave no line below nothing; a percent sign leaves one."""
    if read[column].type().is_string() and read[column].re_search(PERCENT_SIGN).any().to_pyarrow().as_py():
        return ["percent"]
    over = {
        kind: _is_over(read, kind).any() for kind in KINDS if kind != "piece" or "unit_price" in read.columns
    }
    found = read.aggregate(**over, most=read[READ_COLUMN].max()).to_pyarrow().to_pylist()[0]
    kinds = [kind for kind in over if not found[kind]]
    if found["most"] < 1:
        kinds = [kind for kind in kinds if kind != "percent"]  # nobody grants half a percent
    return kinds


def _is_over(read: ir.Table, kind: str) -> ir.BooleanValue:
    """Where a discount of this kind is more than the line."""
    value, rate = _value(read), read[READ_COLUMN]
    if kind in ("share", "percent"):
        return rate > (1.0 if kind == "share" else 100.0)
    off = rate * read["quantity"].abs() if kind == "piece" else rate
    return (off > value.abs() + CENTS).fill_null(False)


def _value(read: ir.Table) -> ir.FloatingValue:
    """What a line cost before: quantity times price, or a total where that is all there is."""
    if {"quantity", "unit_price"} <= set(read.columns):
        return read["quantity"] * read["unit_price"]
    return read[LINE_TOTAL.name]


def _reduce(value: ir.FloatingValue, read: ir.Table, kind: str) -> ir.FloatingValue:
    """What is left of a value, of sales as of returns."""
    rate = read[READ_COLUMN]
    if kind in ("share", "percent"):
        return value * (1 - rate / (1.0 if kind == "share" else 100.0))
    off = rate * read["quantity"].abs() if kind == "piece" else rate
    return value - value.sign() * off


def _explain_totals(read: ir.Table, kinds: Sequence[str]) -> tuple[float, dict[str, float]]:
    """The shares of lines with a discount whose totals are without it, and after it in each kind."""
    some = read.filter(read[READ_COLUMN] > 0)
    total, value = some[LINE_TOTAL.name], _value(some)
    near = CENTS + 0.005 * some["quantity"].abs()
    sums = {
        kind: ((total - (value if kind == "without" else _reduce(value, some, kind))).abs() <= near).mean()
        for kind in ("without", *kinds)
    }
    found = some.aggregate(**sums).to_pyarrow().to_pylist()[0]
    return found.pop("without"), found


def _take_off(read: ir.Table, column: str, kind: str, source: str) -> tuple[ir.Table, tuple[str, ...]]:
    """Prices and totals less the discount; one that is more than its line is no such discount."""
    if kind == "piece" and "quantity" not in read.columns:
        raise ConfigError(f"{source}: data.discount=piece needs a column of pieces, data.columns.quantity=.")
    over = read.filter(_is_over(read, kind))
    if first := over.select(READ_COLUMN).limit(1).to_pyarrow()[READ_COLUMN].to_pylist():
        count = over.count().to_pyarrow().as_py()
        raise DataError(
            f"{source}: data.discount={kind} ({KINDS[kind]}): in {count:,} lines '{column}' is more than the "
            f"line, first {first[0]:g}. Is it of another kind ({', '.join(KINDS)}), or of the whole order?"
        )
    value = read[LINE_TOTAL.name] if LINE_TOTAL.name in read.columns else _value(read)
    paid = _reduce(value, read, kind)
    changed: dict[str, ir.Value] = {}
    if LINE_TOTAL.name in read.columns:
        changed[LINE_TOTAL.name] = paid
    if {"quantity", "unit_price"} <= set(read.columns):
        changed["unit_price"] = ibis.coalesce(paid / read["quantity"].nullif(0.0), read["unit_price"])
    sums = read.aggregate(off=(value - paid).sum(), lines=(read[READ_COLUMN] > 0).sum())
    found = sums.to_pyarrow().to_pylist()[0]
    note = f"Discounts in '{column}' ({kind}) are taken off: {found['off']:,.2f} in {found['lines']:,} lines."
    return read.mutate(**changed).drop(READ_COLUMN), (note,)
