"""Cleaning with its ledger: what was read equals what was kept plus what each rule took."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
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
    UnknownCustomer,
    find_kept,
)
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.orders import (
    GROSS,
    LAST,
    ROWS,
    SOUND,
    OrderSums,
    select_orders,
    select_totals,
    sum_customers,
    sum_months,
    sum_orders,
)
from segmentlab.transactions.schema import LINE_TOTAL, check_values, compute_line_value

# Cleaning with its books kept: what was read equals what was kept plus what each rule took.


KEPT: Final = "kept"
NOT_SOLD_RULE: Final = "not_sold"  # of lines that the source itself says were never sold


@dataclass(frozen=True)
class CleanedLines:
    """The lines that stay, and the ledger (`rule`, `rows`, `customers`, `revenue`) that explains it.

    The ledger begins with the row `read` and ends with `kept`. A rule's customers are those whom it
    took out entirely: the ones it met with lines and nobody after it. A rule's revenue includes what
    it took off lines that stay. `gross` is the positive part of it, by rule. `orders` are the same lines
    summed by order, for whoever needs no more; where lines had to be compared, the lines themselves. `totals`
    are theirs by customer, where lines were not compared: `orders`, `line_total`, and the last `timestamp`.
    """

    transactions: ir.Table
    ledger: pd.DataFrame
    gross: pd.Series
    orders: ir.Table
    last: datetime  # the moment of the last line that was read
    totals: ir.Table | None = None


def clean_lines(
    transactions: ir.Table, rules: Mapping[str, CleaningRule], source: str, sums: OrderSums | None = None
) -> CleanedLines:
    """Apply the rules in order; a line leaves under the name of the first rule that takes it.

    Values that no line can do without are checked on the way, and the first that is broken is refused. `sums`
    of the same lines, where they are known, spare reading them once more.
    """
    cleaned = _try_rules(transactions, rules, sums, source)
    ledger = cleaned.ledger
    if ledger["rows"].iloc[-1] == 0:
        heaviest = ledger.iloc[1:-1].sort_values("rows", ascending=False).iloc[0]
        name = heaviest["rule"]
        if name == AS_OF_RULE:
            raise explain_no_lines_before(source, getattr(rules[name], "date", "that day"))
        prefix = f"say cleaning.{name}.prefix=null if no prefix marks such invoices, "
        raise DataError(
            f"{source}: cleaning leaves no row of {ledger['rows'].iloc[0]:,}. The rule '{name}' took "
            f"{heaviest['rows']:,}: {prefix if isinstance(rules.get(name), InvoicePrefix) else ''}check the "
            f"data, leave the rule out with ~cleaning.{name}, or choose other rules with cleaning=."
        )
    return cleaned


def explain_no_lines_before(source: str, day: object) -> DataError:
    """What to tell where nothing is known as of a day."""
    return DataError(
        f"{source}: every line is of {day} or later, so nothing counts as of that day. Choose a later "
        "as_of=, or leave it out."
    )


def try_rules(
    transactions: ir.Table, rules: Mapping[str, CleaningRule], sums: OrderSums | None = None
) -> CleanedLines:
    """What the rules keep and take, even where nothing is left.

    A rule about a column that the log does not have has nothing to say, and is not in the ledger. What the
    source itself says was never sold leaves before every rule.
    """
    return _try_rules(transactions, rules, sums, None)


def _try_rules(
    transactions: ir.Table, rules: Mapping[str, CleaningRule], sums: OrderSums | None, source: str | None
) -> CleanedLines:
    """The same; with a source, values that are broken are refused under its name."""
    rules = select_applicable({NOT_SOLD_RULE: NotSold(), **rules}, transactions)
    of_lines = select_line_rules(rules)
    if of_lines is None:
        if source is not None:
            check_values(transactions, source)
        return _compare_lines(transactions, rules)
    if sums is None or not sums.lines.equals(transactions) or not sums.can_judge(of_lines.values()):
        sums = sum_orders(transactions, of_lines.values())
    verdicts = [(sums.judge(rule), position) for position, rule in enumerate(of_lines.values())]
    left_at = ibis.cases(*verdicts).cast("int64") if verdicts else ibis.null("int64")
    customers = sum_customers(sums, left_at, of_lines.values())
    told = {SOUND: customers[SOUND].sum(), LAST: customers[LAST].max()}
    fates = sum_fates(customers, len(rules), told)
    if source is not None and not (len(fates) and (fates[SOUND] == fates["rows"]).all()):
        check_values(transactions, source)
    books = sum_rules(fates, [*rules, KEPT])
    orders, totals = select_orders(sums.table.filter(left_at.isnull())), select_totals(customers)
    kept = _drop_lines(transactions, of_lines)
    return CleanedLines(kept, make_ledger(books), books["gross"], orders, fates[LAST].max(), totals)


def _compare_lines(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> CleanedLines:
    """Rules of which one compares lines: each line has its own fate."""
    marked = mark_lines(transactions, rules).cache()  # it sorts the log, and several queries follow
    value = compute_line_value(marked)
    valued = marked.mutate(**{ROWS: 1, LINE_TOTAL.name: value, GROSS: value.clip(lower=0.0)})
    books = sum_rules(sum_fates(valued, len(rules), {}), [*rules, KEPT])
    kept = marked.filter(marked[LEFT_AT_COLUMN].isnull()).select(*transactions.columns)
    last = _find_last_moment(transactions)
    return CleanedLines(kept, make_ledger(books), books["gross"], kept, last)


def sum_cleaned_months(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> OrderSums | None:
    """Sums by month that tell which of the lines the rules keep; nothing where rules compare lines."""
    of_lines = select_line_rules(select_applicable({NOT_SOLD_RULE: NotSold(), **rules}, transactions))
    return None if of_lines is None else sum_months(transactions, of_lines.values())


def keep_lines(
    transactions: ir.Table, rules: Mapping[str, CleaningRule], *, at_once: bool = True
) -> ir.Table:
    """The lines that no rule takes, without a ledger; none may be left.

    Lines that have to be compared are compared now, or, unless it is to be `at_once`, by whatever asks.
    """
    rules = select_applicable(rules, transactions)
    of_lines = select_line_rules(rules)
    if of_lines is not None:
        return _drop_lines(transactions, of_lines)
    marked = mark_lines(transactions, rules)
    marked = marked.cache() if at_once else marked
    return marked.filter(marked[LEFT_AT_COLUMN].isnull()).select(*transactions.columns)


def keep_sold_lines(transactions: ir.Table, rules: Mapping[str, CleaningRule], until: date) -> ir.Table:
    """The clean lines before a day as one query, which is not asked yet."""
    return keep_lines(select_until(transactions, until), {NOT_SOLD_RULE: NotSold(), **rules}, at_once=False)


def find_shared_rules(rules: Mapping[str, CleaningRule]) -> list[str]:
    """The rules whose verdict on a line may hang on lines of other customers, by their names."""
    return [
        name
        for name, rule in rules.items()
        if isinstance(rule, ComparisonRule) and not getattr(rule, "of_one_customer", False)
    ]


def select_unnamed(transactions: ir.Table, rules: Mapping[str, CleaningRule], until: date) -> ir.Table | None:
    """Lines before a day that name no customer and are clean otherwise; nothing where these stay anyway."""
    nobody = [rule for rule in rules.values() if isinstance(rule, UnknownCustomer)]
    if not nobody:
        return None
    others = {name: rule for name, rule in rules.items() if not isinstance(rule, UnknownCustomer)}
    unnamed = transactions.filter(nobody[0].drops(transactions))
    return keep_lines(select_until(unnamed, until), {NOT_SOLD_RULE: NotSold(), **others})


def drop_copies(
    transactions: ir.Table, rules: Mapping[str, CleaningRule], *, at_once: bool = True
) -> ir.Table:
    """The lines as they were read, without the copies that the rules find; nothing else leaves."""
    copies = {name: rule for name, rule in rules.items() if isinstance(rule, ExactDuplicate | Overlap)}
    return keep_lines(transactions, copies, at_once=at_once)


def select_applicable(rules: Mapping[str, CleaningRule], transactions: ir.Table) -> dict[str, CleaningRule]:
    """The rules whose columns are there."""
    return {name: rule for name, rule in rules.items() if rule.requires <= set(transactions.columns)}


def select_line_rules(rules: Mapping[str, CleaningRule]) -> dict[str, LineRule] | None:
    """The rules, if all of them look at lines one by one."""
    found = {name: rule for name, rule in rules.items() if not isinstance(rule, ComparisonRule)}
    return found if len(found) == len(rules) else None


def _drop_lines(transactions: ir.Table, rules: Mapping[str, LineRule]) -> ir.Table:
    """The lines that no rule takes; the engine may ask the cheap rules first."""
    stays = [find_kept(rule, transactions) for rule in rules.values()]
    return transactions.filter(stays) if stays else transactions


def mark_lines(transactions: ir.Table, rules: Mapping[str, CleaningRule]) -> ir.Table:
    """Every line, with the position of the rule that it leaves under."""
    lines = transactions.mutate(**{LEFT_AT_COLUMN: ibis.null("int64")})
    for position, rule in enumerate(rules.values()):
        if isinstance(rule, ComparisonRule):
            lines = _apply_comparison(lines, rule, position)
        else:
            lines = _apply_line_rule(lines, rule, position)
    return lines


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
    booked = reduced.mutate(**{name_rest(position): reduced["_value"] - compute_line_value(reduced)})
    return booked.drop("_value", "_rest")


def _reduce_lines(lines: ir.Table) -> dict[str, ir.Value]:
    """The columns that follow the rest, where a line stays with less than it had."""
    less = lines[LEFT_AT_COLUMN].isnull() & (lines["_rest"] != lines["quantity"])
    columns = {"quantity": lines["_rest"]}
    if LINE_TOTAL.name in lines.columns:
        columns[LINE_TOTAL.name] = lines[LINE_TOTAL.name] * lines["_rest"] / lines["quantity"]
    return {name: ibis.ifelse(less, value, lines[name]) for name, value in columns.items()}


def name_rest(position: int | str) -> str:
    """The column of what a rule took off lines that stay."""
    return f"_taken_off_{position}"


def sum_rules(totals: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """What left under each rule and what was kept, by their names."""
    sums = ["rows", "customers", "revenue", "gross"]
    rests = {position: name_rest(position) for position in range(len(names))}
    rests = {position: name for position, name in rests.items() if name in totals}
    books = totals[[*sums, *rests.values()]].astype("float64").reindex(range(len(names))).fillna(0.0)
    for position, name in rests.items():
        books["revenue"] += books[name].sum() * (books.index == position)
    books = books[sums].round(2) + 0.0  # + 0.0: no negative zero
    return books.set_axis(pd.Index(names, name="rule"))


def make_ledger(books: pd.DataFrame) -> pd.DataFrame:
    """The books as a table, below the row `read`, which is their sum."""
    sums = ["rows", "customers", "revenue"]
    books = books[sums].reset_index()
    read = books[sums].sum().round(2).to_frame().T.assign(rule="read")
    ledger: pd.DataFrame = pd.concat([read, books], ignore_index=True)[["rule", *sums]]
    return ledger.astype({"rows": "int64", "customers": "int64"})


def sum_fates(
    marked: ir.Table, kept: int, told: Mapping[str, ir.Scalar], gone: ir.Table | None = None
) -> pd.DataFrame:
    """Lines, or sums of them, by where they leave; a customer leaves where the last of their lines does.

    `gone` has a row for each customer with where that is (`gone_at`), for whoever knows it.
    """
    marked = marked.mutate(**{LEFT_AT_COLUMN: marked[LEFT_AT_COLUMN].fill_null(kept)})
    taken_off = [name for name in map(name_rest, range(kept)) if name in marked.columns]
    totals = marked.group_by(LEFT_AT_COLUMN).aggregate(
        rows=marked[ROWS].sum(),
        revenue=marked[LINE_TOTAL.name].sum(),
        gross=marked[GROSS].sum(),
        **{name: marked[name].sum() for name in taken_off},
        **told,
    )
    if gone is None:
        named = marked.filter(marked["customer_id"].notnull())
        gone = named.group_by("customer_id").aggregate(gone_at=named[LEFT_AT_COLUMN].max())
    customers = gone.group_by("gone_at").aggregate(customers=gone.count())
    joined = totals.left_join(customers, totals[LEFT_AT_COLUMN] == customers["gone_at"]).drop("gone_at")
    fates: pd.DataFrame = joined.to_pandas().set_index(LEFT_AT_COLUMN)
    return fates


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
    if days is not None:
        last = find_last_day(lines) + timedelta(days=1) if as_of is None else as_of
        lines = select_since(lines, last - timedelta(days=days))
    later = {} if as_of is None else {AS_OF_RULE: From(as_of.isoformat())}
    cleaned = clean_lines(lines, {**later, **rules}, dataset.source, dataset.sums)
    return cleaned, cleaned.last.date() + timedelta(days=1) if as_of is None else as_of


def find_last_day(lines: ir.Table) -> date:
    """The day of the last line."""
    return _find_last_moment(lines).date()


def _find_last_moment(lines: ir.Table) -> datetime:
    last: datetime = lines["timestamp"].max().to_pyarrow().as_py()
    return last


def select_since(lines: ir.Table, day: date, until: date | None = None) -> ir.Table:
    """The lines of that day and all after it, up to another day that is no part of them."""
    return select_until(lines.filter(From(day.isoformat()).drops(lines)), until)


def select_until(lines: ir.Table, day: date | None) -> ir.Table:
    """The lines before that day; all of them without one."""
    return lines if day is None else lines.filter(~From(day.isoformat()).drops(lines))
