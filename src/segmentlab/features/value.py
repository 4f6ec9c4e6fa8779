"""Value: what customers are expected to spend, where all other sets say what they have spent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import ClassVar, Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features.feature_set import Column, sum_spend
from segmentlab.features.histories import gather_day_histories, gather_histories, list_days
from segmentlab.transactions import fetch, select_since, select_until
from segmentlab.value import (
    LAWS,
    LEAST_CUSTOMERS,
    GammaGamma,
    HabitWeights,
    ValueModel,
    fit_value_model,
    learn_habits,
    list_habits,
    list_windows,
    mix_scores,
)

SCORE = Column("value_score", "expected logarithm of one plus the spend within the horizon", "log of money")
MORE_COLUMNS = (
    Column("value_alive", "probability that the customer has not left", "share"),
    Column("value_buys", "probability of an order within the horizon", "share"),
    Column("value_orders", "orders expected within the horizon", "orders", "log"),
    Column("value_spend", "spend expected within the horizon", "money", "log"),
)
VALUE_NEEDS = frozenset({"customer_id", "line_total", "timestamp"})
DECIMALS: Final = 9  # far fewer than a number has: nobody's depend on who else is there


@dataclass(frozen=True)
class Value:
    """The score of a law of orders and one of spend: one column, in which segments foresee best.

    The laws (`segmentlab.value`) are fitted to all customers of these transactions. An order is a day with
    a purchase. Where the log is longer than two horizons and `blended` asks for it, the score is blended with
    what habits foretold one horizon earlier. Further columns (`more`), such as the probability of being
    alive, say the same again, and K-Means on all of them foresees less than on this one.
    """

    horizon: int = 182
    law: str = "mbg_nbd"
    blended: bool = True
    more: bool = False

    requires: ClassVar[frozenset[str]] = VALUE_NEEDS

    @property
    def columns(self) -> tuple[Column, ...]:
        """The score, and more where that is asked for."""
        return _list_columns(more=self.more)

    def learn(self, transactions: ir.Table, as_of: date) -> "ExpectedSpend":
        """Fit the laws to the histories of these customers, and learn what their habits foretell."""
        model = fit_value_model(gather_histories(transactions, as_of), self.law)
        orders, spend = (dict(model.fits[what].parameters) for what in ("orders", "spend"))
        plain = ExpectedSpend(self.horizon, self.law, orders, spend, more=self.more)
        learnt = _learn_before(transactions, as_of, self) if self.blended else None
        if learnt is None:
            return plain
        forecast = plain.forecast(transactions, as_of)
        people = gather_histories(transactions, as_of, learnt.windows)
        foretold = learnt.foretell(list_habits(people, forecast, learnt.windows))
        shift = float(forecast["score"].mean() - foretold.mean())
        return replace(plain, habits=learnt, shift=round(shift, DECIMALS))


@dataclass(frozen=True)
class ExpectedSpend:
    """Customers by laws that were learnt, which are a few numbers."""

    horizon: int
    law: str
    orders: Mapping[str, float]  # parameters
    spend: Mapping[str, float]
    more: bool = False
    habits: HabitWeights | None = None  # what these foretold one horizon earlier
    shift: float = 0.0  # from their level to that of the law

    requires: ClassVar[frozenset[str]] = VALUE_NEEDS

    @property
    def columns(self) -> tuple[Column, ...]:
        """The score, and more where that is asked for."""
        return _list_columns(more=self.more)

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """One row per customer: their histories come here, for no engine has the functions of the laws.

        Who has brought back and bought nothing is expected to spend nothing.
        """
        return self.build_from_days(list_days(transactions), as_of)

    def build_from_days(self, days: ir.Table, as_of: date) -> ir.Table:
        """The same of the days of each customer."""
        forecast = self._forecast(gather_day_histories(days, as_of))
        told = {
            "value_score": self._blend(days, as_of, forecast),
            "value_alive": forecast["alive"],
            "value_buys": forecast["buys"],
            "value_orders": forecast["orders"],
            "value_spend": forecast["spend"],
        }
        names = [column.name for column in self.columns]
        # Whatever the processor, and whoever else is there.
        ordered = ibis.memtable(pd.DataFrame(told)[names].round(DECIMALS).reset_index())
        people = days.select("customer_id").distinct().left_join(ordered, "customer_id")
        return people.select("customer_id", **{name: people[name].fill_null(0.0) for name in names})

    def forecast(self, transactions: ir.Table, as_of: date) -> pd.DataFrame:
        """What the laws say of these customers, as `ValueModel.forecast` has it."""
        return self._forecast(gather_histories(transactions, as_of))

    def _forecast(self, histories: pd.DataFrame) -> pd.DataFrame:
        model = ValueModel(LAWS[self.law](**self.orders), GammaGamma(**self.spend), {})
        return model.forecast(histories, self.horizon, intervals=False)

    def _blend(self, days: ir.Table, as_of: date, forecast: pd.DataFrame) -> pd.Series:
        law: pd.Series = forecast["score"]
        if self.habits is None:
            return law
        people = gather_day_histories(days, as_of, self.habits.windows)
        foretold = self.habits.foretell(list_habits(people, forecast, self.habits.windows))
        return mix_scores(law, foretold, self.shift)


def _list_columns(*, more: bool) -> tuple[Column, ...]:
    return (SCORE, *MORE_COLUMNS) if more else (SCORE,)


def _learn_before(transactions: ir.Table, as_of: date, chosen: Value) -> HabitWeights | None:
    """What habits of one horizon ago foretold; nothing where the log is too short or knew too few."""
    cut = as_of - timedelta(days=chosen.horizon)
    begun = fetch(transactions.aggregate(begun=transactions["timestamp"].min()))["begun"].iloc[0]
    reach = (pd.Timestamp(cut) - pd.Timestamp(begun).normalize()).days
    if reach < chosen.horizon:
        return None
    windows = list_windows(reach)
    people = gather_histories(select_until(transactions, cut), cut, windows)
    if len(people) < LEAST_CUSTOMERS or not (people["repeats"] > 0).any():
        return None
    try:
        forecast = fit_value_model(people, chosen.law).forecast(people, chosen.horizon, intervals=False)
    except DataError:
        return None
    later = select_since(transactions, cut, as_of)
    spend = fetch(later.group_by("customer_id").aggregate(spend=sum_spend(later))).set_index("customer_id")
    came = spend["spend"].reindex(people.index).fillna(0.0).clip(lower=0.0)
    return learn_habits(list_habits(people, forecast, windows), came)
