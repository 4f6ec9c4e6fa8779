"""Cleaning with its ledger: what was read equals what was kept plus what each rule took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.transactions.cleaning.copies import ExactDuplicate, Overlap
from segmentlab.transactions.cleaning.single_lines import (
    LEFT_AT_COLUMN,
    CleaningRule,
    ComparisonRule,
    From,
    InvoicePrefix,
    LineRule,
    NotSold,
)
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.schema import LINE_TOTAL, compute_line_value

# Cleaning with its books kept: what was read equals what was kept plus what each rule took.


NOT_SOLD_RULE: Final = "not_sold"  # of lines that the source itself says were never sold


@dataclass(frozen=True)
class CleanedLines:
    """The lines that stay, and the ledger (`rule`, `rows`, `customers`, `revenue`) that explains it.

    The ledger begins with the row `read` and ends with `kept`. A rule's customers are those whom it
    took out entirely: the ones it met with lines and nobody after it. A rule's revenue includes what
    it took off lines that stay. `gross` is the positive part of it, by rule.
    """

    transactions: ir.Table
    ledger: pd.DataFrame
    gross: pd.Series


def clean_lines(transactions: ir.Table, rules: Mapping[str, CleaningRule], source: str) -> CleanedLines:
    """Apply the rules in order; a line leaves under the name of the first rule that takes it."""
    cleaned = try_rules(transactions, rules)
    ledger = cleaned.ledger
    if ledger["rows"].iloc[-1] == 0:
        heaviest = ledger.iloc[1:-1].sort_values("rows", ascending=False).iloc[0]
        name = heaviest["rule"]
        prefix = f"say cleaning.{name}.prefix=null if no prefix marks such invoices, "
        raise DataError(
            f"{source}: cleaning leaves no row of {ledger['rows'].iloc[0]:,}. The rule '{name}' took "
            f"{heaviest['rows']:,}: {prefix if isinstance(rules.get(name), InvoicePrefix) else ''}check the "
            f"data, leave the rule out with ~cleaning.{name}, or choose other rules with cleaning=."
        )
    return cleaned


def try_rules(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> CleanedLines:
    """What the rules keep and take, even where nothing is left.

    A rule about a column that the log does not have has nothing to say, and is not in the ledger. What the
    source itself says was never sold leaves before every rule.
    """
    rules = _select_applicable({NOT_SOLD_RULE: NotSold(), **rules}, transactions)
    marked = _mark_lines(transactions, rules)
    books = _sum_books(marked, [*rules, "kept"])
    return CleanedLines(_select_kept(marked, transactions), _make_ledger(books), books["gross"])


def keep_lines(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> ir.Table:
    """The lines that no rule takes, without a ledger; none may be left."""
    rules = _select_applicable(rules, transactions)
    return _select_kept(_mark_lines(transactions, rules), transactions) if rules else transactions


def drop_copies(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> ir.Table:
    """The lines as they were read, without the copies that the rules find; nothing else leaves."""
    copies = {name: rule for name, rule in rules.items() if isinstance(rule, ExactDuplicate | Overlap)}
    return keep_lines(transactions, copies)


def _select_applicable(rules: Mapping[str, CleaningRule], transactions: ir.Table) -> dict[str, CleaningRule]:
    """The rules whose columns are there."""
    return {name: rule for name, rule in rules.items() if rule.requires <= set(transactions.columns)}


def _select_kept(marked: ir.Table, transactions: ir.Table) -> ir.Table:
    return marked.filter(marked[LEFT_AT_COLUMN].isnull()).select(*transactions.columns)


def _mark_lines(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> ir.Table:
    """Every line, with the position of the rule that it leaves under."""
    lines = transactions.mutate(**{LEFT_AT_COLUMN: ibis.null("int64")})
    compared = False
    for position, rule in enumerate(rules.values()):
        if isinstance(rule, ComparisonRule):
            lines, compared = _apply_comparison(lines, rule, position), True
        else:
            lines = _apply_line_rule(lines, rule, position)
    # A verdict costs less than keeping it. A comparison sorts the log, and several queries follow.
    return lines.cache() if compared else lines


def _apply_line_rule(lines: ir.Table, rule: LineRule, position: int) -> ir.Table:
    """The lines; those that the rule drops are marked, unless they left before."""
    leaves = ibis.cases((rule.drops(lines), position))
    return lines.mutate(**{LEFT_AT_COLUMN: ibis.coalesce(lines[LEFT_AT_COLUMN], leaves)})


def _apply_comparison(lines: ir.Table, rule: ComparisonRule, position: int) -> ir.Table:
    """The lines; those of which nothing stays are marked, the others have their rest as quantity.

    What was taken off lines that stay is kept in a column of its own, in money, for the books.
    """
    rested = rule.rests(lines)
    left_at = ibis.coalesce(rested[LEFT_AT_COLUMN], ibis.cases((rested["_rest"].isnull(), position)))
    valued = rested.mutate(_value=compute_line_value(rested), **{LEFT_AT_COLUMN: left_at})
    reduced = valued.mutate(**_reduce_lines(valued))
    booked = reduced.mutate(**{_name_rest(position): reduced["_value"] - compute_line_value(reduced)})
    return booked.drop("_value", "_rest")


def _reduce_lines(lines: ir.Table) -> dict[str, ir.Value]:
    """The columns that follow the rest, where a line stays with less than it had."""
    less = lines[LEFT_AT_COLUMN].isnull() & (lines["_rest"] != lines["quantity"])
    columns = {"quantity": lines["_rest"]}
    if LINE_TOTAL.name in lines.columns:
        columns[LINE_TOTAL.name] = lines[LINE_TOTAL.name] * lines["_rest"] / lines["quantity"]
    return {name: ibis.ifelse(less, value, lines[name]) for name, value in columns.items()}


def _name_rest(position: int) -> str:
    return f"_taken_off_{position}"


def _sum_books(marked: ir.Table, names: list[str]) -> pd.DataFrame:
    """What left under each rule and what was kept, by their names."""
    books = _sum_by_rule(marked, kept=len(names) - 1)
    for position in range(len(names)):
        if _name_rest(position) in books:
            books["revenue"] += books.pop(_name_rest(position)).sum() * (books.index == position)
    books = books[["rows", "customers", "revenue", "gross"]].round(2) + 0.0  # + 0.0: no negative zero
    return books.set_axis(pd.Index(names, name="rule"))


def _make_ledger(books: pd.DataFrame) -> pd.DataFrame:
    """The books as a table, below the row `read`, which is their sum."""
    sums = ["rows", "customers", "revenue"]
    books = books[sums].reset_index()
    read = books[sums].sum().round(2).to_frame().T.assign(rule="read")
    ledger: pd.DataFrame = pd.concat([read, books], ignore_index=True)[["rule", *sums]]
    return ledger.astype({"rows": "int64", "customers": "int64"})


def _sum_by_rule(marked: ir.Table, kept: int) -> pd.DataFrame:
    """Sums by where lines leave, in one pass; a customer leaves where the last of their lines does."""
    lines = marked.mutate(**{LEFT_AT_COLUMN: marked[LEFT_AT_COLUMN].fill_null(kept)})
    taken_off = [name for name in map(_name_rest, range(kept)) if name in lines.columns]
    value = compute_line_value(lines)
    sums = {"revenue": value, "gross": value.clip(lower=0.0), **{name: lines[name] for name in taken_off}}
    fates = lines.group_by("customer_id", LEFT_AT_COLUMN).aggregate(
        rows=lines.count(), **{name: value.sum() for name, value in sums.items()}
    )
    totals = fates.group_by(LEFT_AT_COLUMN).aggregate(**{name: fates[name].sum() for name in ("rows", *sums)})
    named = fates.filter(fates["customer_id"].notnull())
    gone = named.group_by("customer_id").aggregate(gone_at=named[LEFT_AT_COLUMN].max())
    customers = gone.group_by("gone_at").aggregate(customers=gone.count())
    books: pd.DataFrame = totals.left_join(
        customers, totals[LEFT_AT_COLUMN] == customers["gone_at"]
    ).to_pandas()
    books = books.set_index(LEFT_AT_COLUMN).drop(columns="gone_at").astype("float64")
    return books.reindex(range(kept + 1)).fillna(0.0)


# Clean lines that end before a day.


AS_OF_RULE: Final = "from_as_of"  # of the lines that were not yet known on the day


def clean_until(
    dataset: Dataset, rules: Mapping[str, CleaningRule], as_of: date | None, days: int | None = None
) -> tuple[CleanedLines, date]:
    """Clean the lines that end before `as_of`, and begin so many `days` before it; all there are if None.

    Without a day it is the day after the last line, and is given back. Lines of later days leave under a
    rule of their own, before any other; those from before the first day are no part of the ledger.
    """
    lines = dataset.transactions
    day = find_last_day(lines) + timedelta(days=1) if as_of is None else as_of
    if days is not None:
        lines = select_since(lines, day - timedelta(days=days))
    later = {} if as_of is None else {AS_OF_RULE: From(day.isoformat())}
    return clean_lines(lines, {**later, **rules}, dataset.source), day


def find_last_day(lines: ir.Table) -> date:
    """The day of the last line."""
    last: date = lines["timestamp"].max().to_pyarrow().as_py().date()
    return last


def select_since(lines: ir.Table, day: date, until: date | None = None) -> ir.Table:
    """The lines of that day and all after it, up to another day that is no part of them."""
    return select_until(lines.filter(From(day.isoformat()).drops(lines)), until)


def select_until(lines: ir.Table, day: date | None) -> ir.Table:
    """The lines before that day; all of them without one."""
    return lines if day is None else lines.filter(~From(day.isoformat()).drops(lines))
