"""The rules of cleaning: each says which lines it takes out, and nothing else.

A rule sees the whole table, so its verdict on a line never depends on the rules before it. The order
of the rules in the configuration decides only under whose name a line leaves (see `ledger`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import ibis
import ibis.expr.types as ir


class Rule(Protocol):
    """One reason to take lines out."""

    def drops(self, transactions: ir.Table) -> ir.BooleanValue:
        """True for every line that has to go; missing counts as False."""
        ...


@dataclass(frozen=True)
class UnknownCustomer:
    """Sales that nobody can be named for."""

    def drops(self, transactions: ir.Table) -> ir.BooleanValue:
        """Lines without a customer id."""
        return transactions["customer_id"].isnull() | (transactions["customer_id"].strip() == "")


@dataclass(frozen=True)
class InvoicePrefix:
    """Invoices of a kind that the shop marks by their first letter: C cancels, A adjusts bad debt."""

    prefix: str

    def drops(self, transactions: ir.Table) -> ir.BooleanValue:
        """Lines of invoices that begin with the prefix, in either case."""
        return transactions["invoice_id"].strip().upper().startswith(self.prefix.upper())


@dataclass(frozen=True)
class NotPositive:
    """Zero or negative quantities and prices: returns, give-aways, stock corrections."""

    column: str

    def drops(self, transactions: ir.Table) -> ir.BooleanValue:
        """Lines whose value in the column is zero or less."""
        return transactions[self.column] <= 0


@dataclass(frozen=True)
class NonProduct:
    """Postage, fees, samples, manual entries: codes that name no product."""

    patterns: Sequence[str]

    def drops(self, transactions: ir.Table) -> ir.BooleanValue:
        """Lines whose whole stock code matches one of the patterns, in either case."""
        return transactions["product_id"].strip().re_search(f"(?i)^({'|'.join(self.patterns)})$")


@dataclass(frozen=True)
class ExactDuplicate:
    """A line that repeats another in every column; the first of them stays."""

    def drops(self, transactions: ir.Table) -> ir.BooleanValue:
        """All but one of the lines that are equal in every column."""
        same = ibis.window(group_by=list(transactions.columns))
        return ibis.row_number().over(same) > 0


@dataclass(frozen=True)
class From:
    """What was not yet known: lines at or after a date."""

    date: str

    def drops(self, transactions: ir.Table) -> ir.BooleanValue:
        """Lines at or after midnight of the date."""
        return transactions["timestamp"] >= ibis.timestamp(f"{self.date} 00:00:00")
