"""Cleaning with its books kept: what was read equals what was kept plus what each rule took."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.transactions.cleaning.contract import LEFT_AT, Comparison, Rule, Verdict
from segmentlab.transactions.cleaning.copies import ExactDuplicate, Overlap
from segmentlab.transactions.schema import LINE_TOTAL, line_value


@dataclass(frozen=True)
class Cleaned:
    """The lines that stay, and the ledger (`rule`, `rows`, `customers`, `revenue`) that explains it.

    The ledger begins with the row `read` and ends with `kept`. A rule's customers are those whom it
    took out entirely: the ones it met with lines and nobody after it. A rule's revenue includes what
    it took off lines that stay.
    """

    transactions: ir.Table
    ledger: pd.DataFrame


def clean(transactions: ir.Table, rules: Mapping[str, Rule], source: str) -> Cleaned:
    """Apply the rules in order; a line leaves under the name of the first rule that takes it.

    A rule about a column that the log does not have has nothing to say, and is not in the ledger.
    """
    rules = {name: rule for name, rule in rules.items() if rule.requires <= set(transactions.columns)}
    marked = _marked(transactions, rules)
    ledger = _ledger(marked, [*rules, "kept"])
    if ledger["rows"].iloc[-1] == 0:
        heaviest = ledger.iloc[1:-1].sort_values("rows", ascending=False).iloc[0]
        raise DataError(
            f"{source}: cleaning leaves no row of {ledger['rows'].iloc[0]:,}. The rule '{heaviest['rule']}' "
            f"took {heaviest['rows']:,}: check the data, or choose other rules with cleaning=."
        )
    kept = marked.filter(marked[LEFT_AT].isnull()).select(*transactions.columns)
    return Cleaned(kept, ledger)


def each_once(transactions: ir.Table, rules: Mapping[str, Rule]) -> ir.Table:
    """The lines as they were read, without the copies that the rules find; nothing else leaves."""
    copies = {name: rule for name, rule in rules.items() if isinstance(rule, ExactDuplicate | Overlap)}
    copies = {name: rule for name, rule in copies.items() if rule.requires <= set(transactions.columns)}
    if not copies:
        return transactions
    marked = _marked(transactions, copies)
    return marked.filter(marked[LEFT_AT].isnull()).select(*transactions.columns)


def _marked(transactions: ir.Table, rules: Mapping[str, Rule]) -> ir.Table:
    """Every line, with the position of the rule that it leaves under."""
    lines = transactions.mutate(**{LEFT_AT: ibis.null("int64")})
    compared = False
    for position, rule in enumerate(rules.values()):
        if isinstance(rule, Comparison):
            lines, compared = _rewritten(lines, rule, position), True
        else:
            lines = _judged(lines, rule, position)
    # A verdict costs less than keeping it. A comparison sorts the log, and several queries follow.
    return lines.cache() if compared else lines


def _judged(lines: ir.Table, rule: Verdict, position: int) -> ir.Table:
    """The lines; those that the rule drops are marked, unless they left before."""
    leaves = ibis.cases((rule.drops(lines), position))
    return lines.mutate(**{LEFT_AT: ibis.coalesce(lines[LEFT_AT], leaves)})


def _rewritten(lines: ir.Table, rule: Comparison, position: int) -> ir.Table:
    """The lines; those of which nothing stays are marked, the others have their rest as quantity.

    What was taken off lines that stay is kept in a column of its own, in money, for the books.
    """
    rested = rule.rests(lines)
    left_at = ibis.coalesce(rested[LEFT_AT], ibis.cases((rested["_rest"].isnull(), position)))
    valued = rested.mutate(_value=line_value(rested), **{LEFT_AT: left_at})
    reduced = valued.mutate(**_reduced(valued))
    booked = reduced.mutate(**{_taken_off(position): reduced["_value"] - line_value(reduced)})
    return booked.drop("_value", "_rest")


def _reduced(lines: ir.Table) -> dict[str, ir.Value]:
    """The columns that follow the rest, where a line stays with less than it had."""
    less = lines[LEFT_AT].isnull() & (lines["_rest"] != lines["quantity"])
    columns = {"quantity": lines["_rest"]}
    if LINE_TOTAL.name in lines.columns:
        columns[LINE_TOTAL.name] = lines[LINE_TOTAL.name] * lines["_rest"] / lines["quantity"]
    return {name: ibis.ifelse(less, value, lines[name]) for name, value in columns.items()}


def _taken_off(position: int) -> str:
    return f"_taken_off_{position}"


def _ledger(marked: ir.Table, names: list[str]) -> pd.DataFrame:
    """What left under each rule and what was kept, below the row `read`, which is their sum."""
    books = _totals(marked, kept=len(names) - 1)
    for position in range(len(names)):
        if _taken_off(position) in books:
            books["revenue"] += books.pop(_taken_off(position)).sum() * (books.index == position)
    sums = ["rows", "customers", "revenue"]
    books = (books[sums].round(2) + 0.0).assign(rule=names)  # + 0.0: no negative zero
    read = books[sums].sum().round(2).to_frame().T.assign(rule="read")
    ledger: pd.DataFrame = pd.concat([read, books], ignore_index=True)[["rule", *sums]]
    return ledger.astype({"rows": "int64", "customers": "int64"})


def _totals(marked: ir.Table, kept: int) -> pd.DataFrame:
    """Sums by where lines leave, in one pass; a customer leaves where the last of their lines does."""
    lines = marked.mutate(**{LEFT_AT: marked[LEFT_AT].fill_null(kept)})
    taken_off = [name for name in map(_taken_off, range(kept)) if name in lines.columns]
    sums = {"revenue": line_value(lines), **{name: lines[name] for name in taken_off}}
    fates = lines.group_by("customer_id", LEFT_AT).aggregate(
        rows=lines.count(), **{name: value.sum() for name, value in sums.items()}
    )
    totals = fates.group_by(LEFT_AT).aggregate(**{name: fates[name].sum() for name in ("rows", *sums)})
    named = fates.filter(fates["customer_id"].notnull())
    gone = named.group_by("customer_id").aggregate(gone_at=named[LEFT_AT].max())
    customers = gone.group_by("gone_at").aggregate(customers=gone.count())
    books: pd.DataFrame = totals.left_join(customers, totals[LEFT_AT] == customers["gone_at"]).to_pandas()
    books = books.set_index(LEFT_AT).drop(columns="gone_at").astype("float64")
    return books.reindex(range(kept + 1)).fillna(0.0)
