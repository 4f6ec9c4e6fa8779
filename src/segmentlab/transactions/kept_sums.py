"""Sums that are kept from delivery to delivery: by customer, invoice and day, with where their lines left."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.cleaning.single_lines import LEFT_AT_COLUMN, CleaningRule, From, NotSold
from segmentlab.transactions.ledger import (
    AS_OF_RULE,
    KEPT,
    NOT_SOLD_RULE,
    make_ledger,
    mark_lines,
    name_rest,
    select_applicable,
    select_line_rules,
    sum_fates,
    sum_rules,
)
from segmentlab.transactions.orders import GROSS, LAST, ROWS, OrderSums, judge_lines, list_keys
from segmentlab.transactions.schema import LATEST_DATE, LINE_TOTAL, compute_line_value

NOON: Final = 12
EVENING: Final = 17


def list_kept_rules(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> dict[str, CleaningRule]:
    """The rules that have something to say of such lines, in order, with a place for `as_of`.

    Which day it is changes from day to day, and what each line left under is kept: so the rule of lines that
    are not known yet has its place, and takes nothing until somebody asks as of a day (`cut_sums`).
    """
    every = {NOT_SOLD_RULE: NotSold(), AS_OF_RULE: From(LATEST_DATE), **rules}
    return select_applicable(every, transactions)


def sum_fates_by_day(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> ir.Table:
    """What lines come to by customer, invoice, day, and where they left: all that is asked of them later.

    `rules` are those of `list_kept_rules`. Of what rules took off lines that stay there are columns of their
    own, as the ledger has them.
    """
    of_lines = select_line_rules(rules)
    if of_lines is None:
        marked = mark_lines(transactions, rules).cache()  # it sorts the log, and several queries follow
        fate = {LEFT_AT_COLUMN: marked[LEFT_AT_COLUMN]}
        return marked.group_by(**_list_day_keys(marked), **fate).aggregate(**_sum_day(marked))
    chosen = tuple(of_lines.values())
    keys = {**_list_day_keys(transactions), **judge_lines(transactions, chosen)}
    sums = OrderSums(transactions, transactions.group_by(**keys).aggregate(**_sum_day(transactions)), chosen)
    left_at = ibis.cases(*((sums.judge(rule), place) for place, rule in enumerate(chosen))).cast("int64")
    table = sums.table.mutate(**{LEFT_AT_COLUMN: left_at})
    return table.select(*_list_day_keys(transactions), LEFT_AT_COLUMN, *_sum_day(transactions))


def _list_day_keys(lines: ir.Table) -> dict[str, ir.Value]:
    return {**list_keys(lines), "day": lines["timestamp"].date()}


def _sum_day(lines: ir.Table) -> dict[str, ir.Value]:
    value, time = compute_line_value(lines), lines["timestamp"]
    taken_off = [name for name in lines.columns if name.startswith(name_rest(""))]
    return {
        ROWS: lines.count(),
        LINE_TOTAL.name: value.sum(),
        GROSS: value.clip(lower=0.0).sum(),
        "refunds": value.sum(where=value < 0).fill_null(0.0),
        LAST: time.max(),
        "morning": lines.count(where=time.hour() < NOON),
        "evening": lines.count(where=time.hour() >= EVENING),
        **{name: lines[name].sum() for name in taken_off},
    }


def cut_sums(sums: ir.Table, rules: Sequence[str], as_of: date | None) -> ir.Table:
    """The sums as of a day: what is of it or later leaves there, before all other rules but the source's own.

    `rules` are the names of those of `list_kept_rules`.
    """
    if as_of is None:
        return sums
    place, left_at = rules.index(AS_OF_RULE), sums[LEFT_AT_COLUMN]
    later = (sums["day"] >= ibis.date(as_of.isoformat())) & (left_at.fill_null(place) >= place)
    return sums.mutate(**{LEFT_AT_COLUMN: ibis.ifelse(later, place, left_at).cast("int64")})


def book_sums(
    sums: ir.Table, rules: Sequence[str], as_of: date | None, people: ir.Table | None = None
) -> pd.DataFrame:
    """The ledger of sums: what `clean_lines` says of their lines.

    `people` are the customers of whom a line stays, where that is known: then only others are looked at.
    """
    cut = cut_sums(sums, rules, as_of)
    gone = None if people is None else _find_gone(cut, people, len(rules))
    books = sum_rules(sum_fates(cut, len(rules), {}, gone), [*rules, KEPT])
    return make_ledger(books if as_of is not None else books.drop(index=AS_OF_RULE))


def _find_gone(sums: ir.Table, people: ir.Table, kept: int) -> ir.Table:
    """Where each customer left: few have no line that stays."""
    left = sums.filter(sums[LEFT_AT_COLUMN].notnull() & sums["customer_id"].notnull())
    gone = left.anti_join(people, "customer_id").group_by("customer_id")
    stay = people.filter(people["customer_id"].notnull())
    return gone.aggregate(gone_at=left[LEFT_AT_COLUMN].max()).union(
        stay.select("customer_id", gone_at=ibis.literal(kept, "int64"))
    )
