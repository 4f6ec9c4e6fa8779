"""Money of several currencies, which can't be added up: one of them counts, or rates make them one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.numbers import MARK_COLUMN, MONEY

CURRENCIES: Final = "currencies"  # the word by which data.accept takes amounts as they are

Rates = Mapping[str, float] | str


@dataclass(frozen=True)
class CurrencyChoice:
    """What was said of several currencies: the one that counts, rates, or that amounts count as they are."""

    said: Rates | None
    accept: Sequence[str]

    def __post_init__(self) -> None:
        if isinstance(self.said, Mapping):
            wrong = [name for name, rate in self.said.items() if not _is_rate(rate)]
            if wrong or not self.said:
                raise ConfigError(
                    f"data.currency={dict(self.said)}: expected a rate above 0 for each currency, such as "
                    "{EUR: 1, USD: 0.92}."
                )


def _is_rate(rate: object) -> bool:
    return isinstance(rate, int | float) and 0 < rate < float("inf")


def settle_currencies(
    lines: ir.Table, named: str | None, choice: CurrencyChoice, source: str
) -> tuple[ir.Table, tuple[str, ...]]:
    """Money of one currency: that of all lines, the one that was said, or what rates make of it."""
    column = named or (MARK_COLUMN if MARK_COLUMN in lines.columns else None)
    if column is None:
        if choice.said is not None:
            raise ConfigError(
                f"{source}: data.currency is given, and no column says what amounts are in. Name it with "
                "data.columns.currency=, or leave data.currency out."
            )
        return lines, ()
    marks = lines[column].cast("string").strip().upper().nullif("")
    counted = lines.select(mark=marks).group_by("mark").aggregate(lines=ibis._.count())
    found = counted.order_by(ibis.desc("lines"), "mark").to_pyarrow().to_pylist()
    counts = {row["mark"] or "": row["lines"] for row in found}
    known = [name for name in counts if name]
    told = ", ".join(f"{count:,} in {name or 'none that is said'}" for name, count in counts.items())
    if isinstance(choice.said, Mapping):
        return _apply_rates(lines, marks, choice.said, known, counts, source)
    if choice.said is not None:
        wanted = choice.said.upper()
        if wanted not in counts:
            raise ConfigError(f"{source}: data.currency={choice.said}: no line is in it. Lines: {told}.")
        kept = lines.filter(marks == wanted)
        left = sum(counts.values()) - counts[wanted]
        return kept, (f"Lines in {wanted} count; {left:,} others were left out ({told}).",) if left else ()
    if len(known) <= 1:
        return lines, (f"Money is in {known[0]}, as '{named}' says.",) if named and known else ()
    if CURRENCIES in choice.accept:
        return lines, (f"Amounts of several currencies are taken as they are ({told}).",)
    rates = ", ".join(f"{name}: {1 if place == 0 else '...'}" for place, name in enumerate(known))
    where = f"by column '{named}', money is" if named else "amounts are"
    raise DataError(
        f"{source}: {where} of several currencies ({told}), which can't be added up. Say "
        f"what one of each is worth, data.currency='{{{rates}}}', or take the lines of one alone, "
        f"data.currency={known[0]}. Where amounts are in one currency all the same: data.accept=[currencies]."
    )


def _apply_rates(
    lines: ir.Table,
    marks: ir.StringValue,
    said: Mapping[str, float],
    known: Sequence[str],
    counts: Mapping[str, int],
    source: str,
) -> tuple[ir.Table, tuple[str, ...]]:
    rates = {name.upper(): float(rate) for name, rate in said.items()}
    missing = [name or "lines without a currency" for name in counts if name not in rates]
    if missing:
        raise ConfigError(f"{source}: data.currency lacks a rate for {', '.join(missing)}.")
    rate = ibis.cases(*((marks == name, rates[name]) for name in known))
    money = {name: lines[name] * rate for name in MONEY if name in lines.columns}
    told = ", ".join(f"{name} times {rates[name]:g} ({counts[name]:,} lines)" for name in known)
    return lines.mutate(**money), (f"Money was made one currency by data.currency: {told}.",)
