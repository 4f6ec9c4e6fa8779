"""The books of a log: what a shop can check, and what stops a run until somebody has looked at it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import pandas as pd

from segmentlab.errors import DataError
from segmentlab.transactions.books.accept import ACCEPTABLE
from segmentlab.transactions.books.contradictions import CONTRADICTIONS, Evidence
from segmentlab.transactions.books.money import MONEY
from segmentlab.transactions.books.shop import describe_shop
from segmentlab.transactions.books.sums import BookSums, sum_books
from segmentlab.transactions.cleaning.single_lines import CleaningRule
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.ledger import CleanedLines, explain_no_lines_before, select_until, try_rules
from segmentlab.transactions.orders import OrderSums

UNSHOWN: Final = ["meaning", "size", "limit"]  # what a table keeps and a person does not need


@dataclass(frozen=True, repr=False)
class Books:
    """Tables of what a shop knows of itself, and of what contradicts itself in its log.

    `totals`, `months`, the largest `customers` and `orders`; then `rules`, what each takes and which share of
    the positive revenue that is; and `contradictions`, those above their limits.
    """

    totals: pd.DataFrame
    months: pd.DataFrame
    customers: pd.DataFrame
    orders: pd.DataFrame
    rules: pd.DataFrame
    contradictions: pd.DataFrame
    shop: pd.DataFrame  # which one it is, for whoever scores another log with what was learnt from this one

    def __repr__(self) -> str:
        """Every table below its name, as text."""
        shown = {name: table.drop(columns=UNSHOWN, errors="ignore") for name, table in self.tables.items()}
        return "\n\n".join(
            f"{name}\n{table.to_string(index=False, float_format='{:,.2f}'.format)}"
            for name, table in shown.items()
            if len(table)
        )

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Every table by its name."""
        return dict(vars(self))

    def refuse(self, source: str) -> None:
        """Stop at what contradicts itself and was not accepted, with the ways to settle it."""
        open_ones = self.contradictions[~self.contradictions["accepted"]]
        if open_ones.empty:
            return
        told = [f"{row['what']}. {row['settle']}" for row in open_ones.to_dict("records")]
        words = ",".join(dict.fromkeys(open_ones["word"]))
        raise DataError(
            f"{source} does not add up ({len(told)} to look at).\n"
            + "\n".join(f"- {line}" for line in told)
            + f"\nlook=true shows the books; data.accept=[{words}] goes on with the data as it is."
        )


def keep_books(
    dataset: Dataset,
    rules: Mapping[str, CleaningRule],
    as_of: date | None = None,
    cleaned: CleanedLines | None = None,
    months: OrderSums | None = None,
) -> Books:
    """Sum the lines as they were read, those before `as_of` where there is such a day.

    `cleaned` is what the rules make of them, and `months` their sums by month, where that is known.
    """
    lines = select_until(dataset.transactions, as_of)
    cleaned = cleaned or try_rules(lines, rules, dataset.sums)
    seen = Evidence(sum_books(lines, rules, months), rules, cleaned)
    if as_of is not None and seen.sums.months.empty:
        raise explain_no_lines_before(dataset.source, as_of)
    return Books(
        totals=_list_totals(seen.sums),
        months=seen.sums.months.drop(columns=["first", "last"]),
        customers=seen.sums.customers,
        orders=seen.sums.orders.drop(columns="orders"),
        rules=_list_rules(seen.cleaned),
        contradictions=_list_contradictions(seen, dataset.accept),
        shop=describe_shop(lines, seen.sums.lines["usual"]),
    )


def _list_totals(sums: BookSums) -> pd.DataFrame:
    """What everybody knows of their shop."""
    lines, months = sums.lines, sums.months
    told = {
        "lines": lines["lines"],
        "lines of nobody": lines["lines"] - lines["named"],
        "orders": int(sums.orders["orders"].max()) if len(sums.orders) else None,
        "customers": sums.people["customers"],
        "pieces": lines.get("pieces"),
        "gross": lines["gross"],
        "refunds": lines["refunds"],
        "net": lines["gross"] + lines["refunds"],
        "first": months["first"].min(),
        "last": months["last"].max(),
    }
    known = {name: value for name, value in told.items() if value is not None}
    return pd.DataFrame({"what": list(known), "value": [_write(*fact) for fact in known.items()]})


def _write(name: str, value: object) -> str:
    if isinstance(value, datetime):
        return str(value)
    return f"{value:,.2f}" if name in MONEY else f"{value:,.2f}".removesuffix(".00")


def _list_rules(cleaned: CleanedLines) -> pd.DataFrame:
    """The ledger with the positive revenue of each rule."""
    table = cleaned.ledger.assign(gross=cleaned.ledger["rule"].map(cleaned.gross))
    table.loc[table["rule"] == "read", "gross"] = round(float(cleaned.gross.sum()), 2)
    whole = float(cleaned.gross.sum())
    return table.assign(share=(table["gross"] / whole).round(6) if whole else float("nan"))


def _list_contradictions(seen: Evidence, accept: Collection[str]) -> pd.DataFrame:
    rows = [
        {
            "word": entry.word,
            "meaning": ACCEPTABLE[entry.word],
            "size": found.size,
            "limit": entry.limit,
            "what": found.words[0].upper() + found.words[1:],
            "settle": f"To settle it: {'; or '.join(found.settle)}; or data.accept=[{entry.word}].",
            "accepted": entry.word in accept,
        }
        for entry in CONTRADICTIONS
        for found in entry.look(seen)
        if found.size > entry.limit
    ]
    columns = ["word", "meaning", "size", "limit", "what", "settle", "accepted"]
    return pd.DataFrame(rows, columns=columns).astype({"accepted": bool})
