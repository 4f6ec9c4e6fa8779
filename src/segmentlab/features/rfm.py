"""Recency, frequency, monetary: the three columns that most segmentations begin with."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import ibis.expr.types as ir

from segmentlab.features.contract import MONEY, Column
from segmentlab.features.measures import days_until, spend


@dataclass(frozen=True)
class Rfm:
    """How lately, how often and for how much a customer bought.

    Days are calendar days. Money is the sum of quantity times price over lines, never totals times
    mean prices.
    """

    columns: ClassVar[tuple[Column, ...]] = (
        Column("rfm_recency", "days since the last purchase", "days", transform="log"),
        Column("rfm_frequency", "number of distinct invoices", "invoices", transform="log"),
        Column("rfm_monetary", "total spend", MONEY, transform="log"),
    )
    requires: ClassVar[frozenset[str]] = frozenset({"customer_id", "invoice_id", "line_total", "timestamp"})

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """One row per customer."""
        return transactions.group_by("customer_id").aggregate(
            rfm_recency=days_until(as_of, transactions["timestamp"].max().date()),
            rfm_frequency=transactions["invoice_id"].nunique(),
            rfm_monetary=spend(transactions),
        )
