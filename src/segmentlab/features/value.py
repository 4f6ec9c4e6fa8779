"""Value: what customers are expected to spend, where all other sets say what they have spent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import ibis
import ibis.expr.types as ir

from segmentlab.features.feature_set import Column
from segmentlab.features.histories import gather_histories
from segmentlab.value import LAWS, GammaGamma, ValueModel, fit_value_model

VALUE_COLUMNS = (
    Column("value_score", "expected logarithm of one plus the spend within the horizon", "log of money"),
)
VALUE_NEEDS = frozenset({"customer_id", "line_total", "timestamp"})


@dataclass(frozen=True)
class Value:
    """The score of a law of orders and one of spend: one column, in which segments foresee best.

    The laws (`segmentlab.value`) are fitted to all customers of these transactions. An order is a day with
    a purchase. Further columns, such as the probability of being alive, would say the same again, and K-Means
    on all of them foresees less than on this one.
    """

    horizon: int = 182
    law: str = "mbg_nbd"

    columns: ClassVar[tuple[Column, ...]] = VALUE_COLUMNS
    requires: ClassVar[frozenset[str]] = VALUE_NEEDS

    def learn(self, transactions: ir.Table, as_of: date) -> "ExpectedSpend":
        """Fit the laws to the histories of these customers."""
        model = fit_value_model(gather_histories(transactions, as_of), self.law)
        orders, spend = (dict(model.fits[what].parameters) for what in ("orders", "spend"))
        return ExpectedSpend(self.horizon, self.law, orders, spend)


@dataclass(frozen=True)
class ExpectedSpend:
    """Customers by laws that were learnt, which are a few numbers."""

    horizon: int
    law: str
    orders: Mapping[str, float]  # parameters
    spend: Mapping[str, float]

    columns: ClassVar[tuple[Column, ...]] = VALUE_COLUMNS
    requires: ClassVar[frozenset[str]] = VALUE_NEEDS

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """One row per customer: their histories come here, for no engine has the functions of the laws.

        Who has brought back and bought nothing is expected to spend nothing.
        """
        model = ValueModel(LAWS[self.law](**self.orders), GammaGamma(**self.spend), {})
        histories = gather_histories(transactions, as_of)
        # Far fewer digits than a number has: nobody's depend on who else is there, whatever the processor.
        score = model.forecast(histories, self.horizon)["score"].round(9)
        ordered = ibis.memtable(score.rename("value_score").reset_index())
        people = transactions.select("customer_id").distinct().left_join(ordered, "customer_id")
        return people.select("customer_id", value_score=people["value_score"].fill_null(0.0))
