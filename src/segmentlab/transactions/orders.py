"""Sums by order: one pass over the lines, and far fewer rows than there are lines.

All lines of an order have one customer and one invoice. So whatever is judged by these alone, and whatever is
no more than a sum over orders, is computed from the sums: how ids are spelled, the check of every value,
rules of cleaning with their ledger, and feature sets that look at nothing smaller than an order.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.transactions.books.money import sum_money
from segmentlab.transactions.cleaning.single_lines import (
    LEFT_AT_COLUMN,
    LineRule,
    NotPositive,
    find_kept,
)
from segmentlab.transactions.schema import (
    FIELDS,
    LINE_TOTAL,
    compute_line_value,
    mark_sound_lines,
)

ORDER_KEYS: Final = ("customer_id", "invoice_id")
ROWS, SOUND, GROSS, LAST, ORDERS = "_rows", "_sound", "_gross", "timestamp", "orders"


@dataclass(frozen=True)
class OrderSums:
    """What the lines of a customer and an order come to, apart by what rules say of single lines.

    `table` has the keys, a column of truths for each of these `rules`, the number of lines and of those whose
    values are sound, their money as `line_total`, the positive part of it, and the last moment as
    `timestamp`. There may be several rows for an order; where `is_grouped`, one for each way in which the
    rules judge it. `lines` are those that were summed. `spellings` are those of ids that are no keys, where
    they are known: as `written`, in how many `lines`.
    """

    lines: ir.Table
    table: ir.Table
    rules: tuple[LineRule, ...]
    spellings: Mapping[str, ir.Table] = field(default_factory=dict)
    is_grouped: bool = False

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
        return replace(self, table=self.table.mutate(**ids), is_grouped=False)

    def count_orders(self, rules: Iterable[LineRule]) -> ir.IntegerScalar:
        """The orders among sums that none of these rules takes."""
        orders, judged = self.table["invoice_id"], list(rules)
        # Rows that stay have the same verdicts where each is asked, and then no order has two of them.
        is_told = self.is_grouped and all(rule in judged for rule in self.rules)
        return orders.count() if is_told else orders.nunique()


def sum_customers(sums: OrderSums, left_at: ir.IntegerValue, rules: Iterable[LineRule]) -> ir.Table:
    """What sums come to by customer and by where they leave: a small table for all that asks no more.

    Orders are counted where lines say of which order they are.
    """
    marked = sums.table.mutate(**{LEFT_AT_COLUMN: left_at})
    orders = {ORDERS: sums.count_orders(rules)} if "invoice_id" in marked.columns else {}
    return (
        marked.group_by("customer_id", LEFT_AT_COLUMN)
        .aggregate(
            **{name: marked[name].sum() for name in (ROWS, SOUND, LINE_TOTAL.name, GROSS)},
            **{LAST: marked[LAST].max()},
            **orders,
        )
        .cache()
    )


def sum_orders(lines: ir.Table, rules: Iterable[LineRule] | None = None) -> OrderSums:
    """Read the lines once; without rules apart by the signs of numbers, which is what rules mostly ask."""
    chosen = list_usual_rules(lines) if rules is None else tuple(rules)
    value = compute_line_value(lines)
    sums = lines.group_by(**list_keys(lines), **judge_lines(lines, chosen)).aggregate(
        **{ROWS: lines.count(), SOUND: lines.count(where=mark_sound_lines(lines))},
        **{LINE_TOTAL.name: value.sum(), LAST: lines["timestamp"].max()},
        **({} if signs_tell(lines, chosen) else {GROSS: value.clip(lower=0.0).sum()}),
    )
    return OrderSums(lines, add_gross(sums.cache(), lines, chosen), chosen, is_grouped=True)


def signs_tell(lines: ir.Table, rules: Sequence[LineRule]) -> bool:
    """Whether the verdicts of these rules say if the money of a sum is positive."""
    return all(NotPositive(name) in rules for name in _list_factors(lines))


def add_gross(sums: ir.Table, lines: ir.Table, rules: Sequence[LineRule]) -> ir.Table:
    """The positive part of the money: all or nothing of it, where the signs of its factors are known."""
    if GROSS in sums.columns:
        return sums
    signs = [sums[_name_verdict(rules.index(NotPositive(name)))] for name in _list_factors(lines)]
    is_positive = signs[0] == signs[1] if len(signs) > 1 else ~signs[0]
    return sums.mutate(**{GROSS: ibis.ifelse(is_positive, sums[LINE_TOTAL.name], 0.0)})


def _list_factors(lines: ir.Table) -> tuple[str, ...]:
    return (LINE_TOTAL.name,) if LINE_TOTAL.name in lines.columns else ("quantity", "unit_price")


def list_usual_rules(lines: ir.Table) -> tuple[LineRule, ...]:
    """A rule for each column of numbers: what is bought is positive."""
    numbers = [column.name for column in (*FIELDS, LINE_TOTAL) if column.dtype.is_numeric()]
    return tuple(NotPositive(name) for name in numbers if name in lines.columns)


def sum_months(lines: ir.Table, rules: Iterable[LineRule]) -> OrderSums:
    """What is bought by an order in a month and a country, in the detail that books and facts ask for."""
    value, time, chosen = compute_line_value(lines), lines["timestamp"], tuple(rules)
    keys = list_keys(lines) | {"month": time.truncate("M")}
    if "country" in lines.columns:
        keys["country"] = lines["country"]
    pieces = {"pieces": lines["quantity"].sum()} if "quantity" in lines.columns else {}
    sums = lines.group_by(**keys, **judge_lines(lines, chosen)).aggregate(
        lines=lines.count(),
        not_negative=lines.count(where=value >= 0),
        first=time.min(),
        last=time.max(),
        **sum_money(lines),
        **pieces,
    )
    return OrderSums(lines, sums.cache(), chosen)


def list_keys(lines: ir.Table) -> dict[str, ir.Value]:
    """What says whose line it is, and of which order."""
    return {name: lines[name] for name in ORDER_KEYS if name in lines.columns}


def judge_lines(lines: ir.Table, rules: Sequence[LineRule]) -> dict[str, ir.BooleanValue]:
    """A verdict for each rule that lines of one order do not meet alike."""
    return {
        _name_verdict(position): ~find_kept(rule, lines)
        for position, rule in enumerate(rules)
        if not _is_of_orders(rule)
    }


def select_totals(customers: ir.Table) -> ir.Table | None:
    """Of customers whose lines stay: how many orders, for how much, and when the last was.

    None where orders are not counted.
    """
    if ORDERS not in customers.columns:
        return None
    kept = customers.filter(customers[LEFT_AT_COLUMN].isnull())
    return kept.select("customer_id", ORDERS, LAST, LINE_TOTAL.name)


def select_orders(sums: ir.Table) -> ir.Table:
    """Some of the sums in place of lines: they have the columns by which orders are looked at."""
    return sums.select(*(key for key in ORDER_KEYS if key in sums.columns), LAST, LINE_TOTAL.name)


def _is_of_orders(rule: LineRule) -> bool:
    """Whether all lines of a customer and an order meet the rule alike."""
    return rule.requires <= set(ORDER_KEYS)


def _name_verdict(position: int) -> str:
    return f"_verdict_{position}"
