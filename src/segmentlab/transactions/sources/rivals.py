"""Columns that could be one of ours as well as the one that was chosen."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

import ibis.expr.types as ir

from segmentlab.errors import ConfigError
from segmentlab.transactions.sources.columns import ACCOUNTS, list_candidates, simplify_column

# Names that may mean something else than what they are taken for, as a user may be a cashier; ...
UNSURE: Final[Mapping[str, frozenset[str]]] = {
    "customer_id": frozenset({"userid", "user", "username", "account", "accountid"}),
    "quantity": frozenset({"count", "number", "units"}),
    "line_total": frozenset({"total", "amount", "revenue", "value"}),
    "timestamp": frozenset({"date", "datetime", "time", "timestamp"}),
}
# ... and those that may be a person or the account that the person buys for.
PERSON_OR_ACCOUNT: Final = frozenset({"buyer", "buyerid", "client", "clientid", "member", "memberid"})


def find_rivals(
    found: Sequence[str],
    chosen: Mapping[str, str],
    given: Mapping[str, str | None],
    accept: Collection[str],
    source: str,
) -> dict[str, list[str]]:
    """The columns that were not chosen, by ours; refuse to choose where the chosen name is unsure itself."""
    free = [column for column in found if column not in chosen.values()]
    rivals = {ours: list_candidates(ours, free) for ours in chosen if not given.get(ours)}
    rivals = {ours: columns for ours, columns in rivals.items() if columns}
    for ours, others in rivals.items():
        column = chosen[ours]
        if _is_unsure(ours, column, others) and "rivals" not in accept:
            ways = "; or ".join(f"data.columns.{ours}='{name}'" for name in (column, *others[:2]))
            raise ConfigError(
                f"{source}: '{column}' may be {ours}, and so may {_join(others)}. To settle it: {ways}; or "
                f"data.accept=[rivals] for '{column}'."
            )
    return rivals


def _is_unsure(ours: str, column: str, others: Sequence[str]) -> bool:
    name = simplify_column(column)
    if ours == "customer_id" and name in PERSON_OR_ACCOUNT:
        return any(simplify_column(other) in ACCOUNTS for other in others)
    return name in UNSURE.get(ours, ())


def describe_rivals(
    rivals: Mapping[str, Sequence[str]], chosen: Mapping[str, str], lines: ir.Table
) -> Iterator[str]:
    """Name what was not chosen; of customers say how many each choice makes, for an account has people."""
    for ours, others in rivals.items():
        told = f"{_join(others)} could be it too (data.columns.{ours}= says otherwise)."
        counted = ours == "customer_id" and set(others) <= set(lines.columns)
        made = f" {_count_customers(lines, others)}" if counted else ""
        yield f"'{chosen[ours]}' is {ours}; {told}{made}"


def _count_customers(lines: ir.Table, others: Sequence[str]) -> str:
    names = ["customer_id", *others]
    count = lines.aggregate(**{name: lines[name].nunique() for name in names}).to_pyarrow().to_pylist()[0]
    would = ", ".join(f"'{other}' would make {count[other]:,}" for other in others)
    return f"That makes {count['customer_id']:,} customers; {would}."


def _join(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
