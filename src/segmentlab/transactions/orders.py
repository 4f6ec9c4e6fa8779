"""Sums by order: one pass over the lines, and far fewer rows than there are lines.

All lines of an order have one customer and one invoice. So whatever is judged by these alone, and whatever is
no more than a sum over orders, is computed from the sums: how ids are spelled, the check of every value,
rules of cleaning with their ledger, and feature sets that look at nothing smaller than an order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import ibis.expr.types as ir

from segmentlab.transactions.books.money import sum_money
from segmentlab.transactions.cleaning.single_lines import LineRule, NotPositive, find_kept
from segmentlab.transactions.schema import FIELDS, LINE_TOTAL, compute_line_value, mark_sound_lines

ORDER_KEYS: Final = ("customer_id", "invoice_id")
ROWS, SOUND, GROSS, LAST = "_rows", "_sound", "_gross", "timestamp"


@dataclass(frozen=True)
class OrderSums:
    """What the lines of a customer and an order come to, apart by what rules say of single lines.

    `table` has the keys, a column of truths for each of these `rules`, the number of lines and of those whose
    values are sound, their money as `line_total`, the positive part of it, and the last moment as
    `timestamp`. There may be several rows for an order. `lines` are those that were summed.
    """

    lines: ir.Table
    table: ir.Table
    rules: tuple[LineRule, ...]

    def can_judge(self, rules: Iterable[LineRule]) -> bool:
        """Whether the sums tell which lines each of these rules takes."""
        return all(_is_of_orders(rule) or rule in self.rules for rule in rules)

    def judge(self, rule: LineRule) -> ir.BooleanValue:
        """Which sums the rule takes out."""
        if _is_of_orders(rule):
            return rule.drops(self.table)
        return self.table[_name_verdict(self.rules.index(rule))]

    @property
    def kept(self) -> ir.Table:
        """The sums of the lines that none of these rules takes."""
        stays = [~self.judge(rule).fill_null(False) for rule in self.rules]
        return self.table.filter(stays) if stays else self.table

    @property
    def are_sound(self) -> bool:
        """Whether there are lines, and every value that a line needs is there and plausible."""
        counted = self.table.aggregate(rows=self.table[ROWS].sum(), sound=self.table[SOUND].sum())
        found = counted.to_pyarrow().to_pylist()[0]
        return bool(found["rows"]) and found["rows"] == found["sound"]

    def respell(self, changes: Mapping[str, Callable[[ir.StringValue], ir.StringValue]]) -> "OrderSums":
        """The sums with other ids, which depend on nothing but the ids that there were."""
        ids = {name: change(self.table[name]) for name, change in changes.items() if name in ORDER_KEYS}
        return replace(self, table=self.table.mutate(**ids))


def sum_orders(lines: ir.Table, rules: Iterable[LineRule] | None = None) -> OrderSums:
    """Read the lines once; without rules apart by the signs of numbers, which is what rules mostly ask."""
    numbers = [field.name for field in (*FIELDS, LINE_TOTAL) if field.dtype.is_numeric()]
    usual = [NotPositive(name) for name in numbers if name in lines.columns]
    chosen = tuple(usual if rules is None else rules)
    value = compute_line_value(lines)
    sums = lines.group_by(**_list_keys(lines), **_judge_lines(lines, chosen)).aggregate(
        **{ROWS: lines.count(), SOUND: lines.count(where=mark_sound_lines(lines))},
        **{LINE_TOTAL.name: value.sum(), GROSS: value.clip(lower=0.0).sum(), LAST: lines["timestamp"].max()},
    )
    return OrderSums(lines, sums.cache(), chosen)


def sum_months(lines: ir.Table, rules: Iterable[LineRule]) -> OrderSums:
    """What is bought by an order in a month and a country, in the detail that books and facts ask for."""
    value, time, chosen = compute_line_value(lines), lines["timestamp"], tuple(rules)
    keys = _list_keys(lines) | {"month": time.truncate("M")}
    if "country" in lines.columns:
        keys["country"] = lines["country"]
    pieces = {"pieces": lines["quantity"].sum()} if "quantity" in lines.columns else {}
    sums = lines.group_by(**keys, **_judge_lines(lines, chosen)).aggregate(
        lines=lines.count(),
        not_negative=lines.count(where=value >= 0),
        first=time.min(),
        last=time.max(),
        **sum_money(lines),
        **pieces,
    )
    return OrderSums(lines, sums.cache(), chosen)


def _list_keys(lines: ir.Table) -> dict[str, ir.Value]:
    return {name: lines[name] for name in ORDER_KEYS if name in lines.columns}


def _judge_lines(lines: ir.Table, rules: Sequence[LineRule]) -> dict[str, ir.BooleanValue]:
    """A verdict for each rule that lines of one order do not meet alike."""
    return {
        _name_verdict(position): ~find_kept(rule, lines)
        for position, rule in enumerate(rules)
        if not _is_of_orders(rule)
    }


def select_orders(sums: ir.Table) -> ir.Table:
    """Some of the sums in place of lines: they have the columns by which orders are looked at."""
    return sums.select(*(key for key in ORDER_KEYS if key in sums.columns), LAST, LINE_TOTAL.name)


def _is_of_orders(rule: LineRule) -> bool:
    """Whether all lines of a customer and an order meet the rule alike."""
    return rule.requires <= set(ORDER_KEYS)


def _name_verdict(position: int) -> str:
    return f"_verdict_{position}"
