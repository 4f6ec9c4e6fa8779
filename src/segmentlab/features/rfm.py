"""Recency, frequency, monetary: the three columns that most segmentations begin with."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

import ibis
import ibis.expr.types as ir

from segmentlab.features.feature_set import MONEY_UNIT, Column, count_days_until, round_spend
from segmentlab.transactions import compute_line_value

DAY_SECONDS: Final = 86_400  # seconds


@dataclass(frozen=True)
class Rfm:
    """How lately, how often and for how much a customer bought.

    Days are calendar days. Money is the sum of quantity times price over lines, never totals times
    mean prices.

    With `until`, a moment such as `2011-12-09 12:50:00`, recency counts whole 24 hours until then, and not
    days until `as_of`: many published studies do so, and their figures can't be met otherwise.
    """

    until: str | None = None

    columns: ClassVar[tuple[Column, ...]] = (
        Column("rfm_recency", "days since the last purchase", "days", transform="log"),
        Column("rfm_frequency", "number of distinct invoices", "invoices", transform="log"),
        Column("rfm_monetary", "total spend", MONEY_UNIT, transform="log"),
    )
    requires: ClassVar[frozenset[str]] = frozenset({"customer_id", "invoice_id", "line_total", "timestamp"})
    of_orders: ClassVar[bool] = True
    of_one_order: ClassVar[Mapping[str, float]] = {"rfm_frequency": 1.0}

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """One row per customer."""
        totals = transactions.group_by("customer_id").aggregate(
            orders=transactions["invoice_id"].nunique(),
            line_total=compute_line_value(transactions).sum(),
            timestamp=transactions["timestamp"].max(),
        )
        return self.build_from_totals(totals, as_of)

    def build_from_totals(self, totals: ir.Table, as_of: date) -> ir.Table:
        """The same of what the lines of each customer come to."""
        return totals.select(
            "customer_id",
            rfm_recency=self._recency(totals["timestamp"], as_of),
            rfm_frequency=totals["orders"],
            rfm_monetary=round_spend(totals["line_total"]),
        )

    def _recency(self, last: ir.TimestampValue, as_of: date) -> ir.IntegerValue:
        if self.until is None:
            return count_days_until(as_of, last.date())
        passed = ibis.timestamp(self.until).epoch_seconds() - last.epoch_seconds()
        return (passed / DAY_SECONDS).floor().cast("int64")
