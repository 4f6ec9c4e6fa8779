"""Cleaning with its books kept: what was read equals what was kept plus what each rule took."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.transactions.cleaning import Rule
from segmentlab.transactions.schema import line_value


@dataclass(frozen=True)
class Cleaned:
    """The lines that stay, and the ledger (`rule`, `rows`, `customers`, `revenue`) that explains it.

    The ledger begins with the row `read` and ends with `kept`. A rule's customers are those whom it
    took out entirely: the ones it met with lines and nobody after it.
    """

    transactions: ir.Table
    ledger: pd.DataFrame


def clean(transactions: ir.Table, rules: Mapping[str, Rule], source: str) -> Cleaned:
    """Apply the rules in order; a line leaves under the name of the first rule that drops it."""
    marked = transactions.mutate(_leaves_at=_leaves_at(transactions, rules))
    ledger = _ledger(marked, [*rules, "kept"])
    if ledger["rows"].iloc[-1] == 0:
        heaviest = ledger.iloc[1:-1].sort_values("rows", ascending=False).iloc[0]
        raise DataError(
            f"{source}: cleaning leaves no row of {ledger['rows'].iloc[0]:,}. The rule '{heaviest['rule']}' "
            f"took {heaviest['rows']:,}: check the data, or choose other rules with cleaning=."
        )
    kept = marked.filter(marked["_leaves_at"] == len(rules)).drop("_leaves_at")
    return Cleaned(kept, ledger)


def _leaves_at(transactions: ir.Table, rules: Mapping[str, Rule]) -> ir.IntegerValue:
    """The position of the first rule that drops the line, or the number of rules when none does."""
    if not rules:
        return ibis.literal(0)
    branches = [(rule.drops(transactions), position) for position, rule in enumerate(rules.values())]
    return ibis.cases(*branches, else_=len(rules))


def _ledger(marked: ir.Table, names: list[str]) -> pd.DataFrame:
    """Rows and revenue by where they leave; a customer leaves where the last of their lines does."""
    lines = marked.group_by("_leaves_at").aggregate(
        rows=marked.count(), revenue=line_value(marked).sum().round(2)
    )
    named = marked.filter(marked["customer_id"].notnull())
    last = named.group_by("customer_id").aggregate(_leaves_at=named["_leaves_at"].max())
    customers = last.group_by("_leaves_at").aggregate(customers=last.count())
    books = (
        lines.to_pandas()
        .set_index("_leaves_at")
        .join(customers.to_pandas().set_index("_leaves_at"))
        .reindex(range(len(names)))
        .fillna(0)
    )
    books = books.astype({"rows": "int64", "customers": "int64", "revenue": "float64"})
    books.insert(0, "rule", names)
    read = pd.DataFrame([{"rule": "read", **books[["rows", "customers", "revenue"]].sum().to_dict()}])
    ledger: pd.DataFrame = pd.concat([read, books], ignore_index=True)
    return ledger.astype({"rows": "int64", "customers": "int64"}).round({"revenue": 2})
