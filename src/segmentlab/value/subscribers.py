"""A model for customers of a fixed rhythm, such as subscribers: each has a period, and leaves some time."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.value.doubts import LEAST_AGE, list_doubts
from segmentlab.value.fitting import Fit, maximize_likelihood
from segmentlab.value.gamma_gamma import fit_gamma_gamma
from segmentlab.value.histories import FloatValues
from segmentlab.value.model import ValueModel
from segmentlab.value.periods import MEAN_OFF, WIDEST, RhythmLaw

LEAST_GAPS: Final = 2  # of a customer, whose rhythm tells of the shop's
LEAST_RHYTHMS: Final = 30  # such customers
MEDIAN_COST: Final = 1.25  # standard error of a median against that of a mean


@dataclass(frozen=True)
class RhythmModel(ValueModel):
    """What a rhythm and a law of spend say of customers; `forecast` and all else are those of `ValueModel`.

    Attributes:
        orders: The law of rhythm.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> from segmentlab.value import fit_rhythm_model, summarize_rhythms
        >>> months = pd.date_range("2024-01-05", periods=12, freq="MS")
        >>> paid = [(f"S{who:02d}", day) for who in range(60) for day in months[: 12 - who % 4]]
        >>> days = pd.DataFrame(paid, columns=["customer_id", "day"]).assign(money=9.99)
        >>> people = summarize_rhythms(days, date(2025, 1, 10))
        >>> model = fit_rhythm_model(people)
        >>> due = model.list_next_orders(people, date(2025, 1, 10))
        >>> due.loc["S00", "next_order"]
        Timestamp('2025-01-31 00:00:00')
        >>> due.loc["S03", ["gap", "late"]].astype(float).round(1).tolist()
        [30.4, 2.3]
        >>> table = model.forecast(people, 90)
        >>> table.loc[["S00", "S03"], ["alive", "buys", "orders"]].to_numpy().round(1).tolist()
        [[0.9, 0.9, 2.6], [0.0, 0.0, 0.0]]
    """

    orders: RhythmLaw

    def list_next_orders(self, rhythms: pd.DataFrame, as_of: date) -> pd.DataFrame:
        """Say when each customer is due, how late they are, and when to expect them.

        Args:
            rhythms: By customer, as `summarize_rhythms` makes them of that day.
            as_of: The day on which it is asked.

        Returns:
            By customer `gap`, their period, and `spread`, how far they are off their day, both in days;
            `late`, the time since they were due in periods, below 0 before; `alive`, the probability that
            they have not left; `next_order`, the day by which half of those come who have not.
        """
        times, _ = self.orders.read_histories(rhythms)
        ahead = pd.to_timedelta(np.floor(self.orders.find_next(times)), unit="D")
        return pd.DataFrame(
            {
                "gap": times.gap,
                "spread": times.gap * times.spread,
                "late": (times.age - times.recency) / times.gap - 1,
                "alive": self.orders.compute_alive(times),
                "next_order": pd.Timestamp(as_of) + ahead,
            },
            index=rhythms.index,
        )


def fit_rhythm_model(rhythms: pd.DataFrame) -> RhythmModel:
    """Fit the rhythm of a shop's customers, and Gamma-Gamma for what an order brings.

    Args:
        rhythms: By customer, as `summarize_rhythms` makes them.

    Returns:
        The model. What the data can't tell stands in its `notes`.

    Raises:
        DataError: The rhythms contradict themselves, or hold too little for a rhythm to be seen.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.errors import DataError
        >>> from segmentlab.value import fit_rhythm_model
        >>> once = pd.DataFrame({"repeats": [0, 0], "recency": 0, "age": [90, 60], "spend": 9.99})
        >>> try:
        ...     fit_rhythm_model(once.assign(gap=0.0, missed=0.0, scatter=0.0))
        ... except DataError as error:
        ...     print(error)
        Nobody ordered a second time, so no period can be told: ...
    """
    if "spend" not in rhythms:
        raise DataError("Rhythms of customers lack spend, the mean of what an order brought (refunds off).")
    law = RhythmLaw(1.0, 0.0, 1.0, 0.0, 0.5)
    law.read_histories(rhythms)  # says what can't be
    reason = explain_no_rhythm(rhythms)
    if reason:
        raise DataError(reason)
    orders, order_fit = _fit_law(rhythms)
    spend, spend_fit = fit_gamma_gamma(rhythms)
    fits = {"orders": order_fit, "spend": spend_fit}
    return RhythmModel(orders, spend, fits, tuple(list_doubts(rhythms, order_fit, spend_fit)))


def explain_no_rhythm(rhythms: pd.DataFrame) -> str:
    """Why no rhythm can be told; nothing where it can."""
    returned, seen = (int((rhythms["repeats"] >= least).sum()) for least in (1, LEAST_GAPS))
    oldest = float(rhythms["age"].max())
    if not returned:
        return (
            "Nobody ordered a second time, so no period can be told: a rhythm needs customers with three "
            "orders. Ask on a later day."
        )
    if seen < LEAST_RHYTHMS:
        return (
            f"Only {seen} customers ordered three times, and {LEAST_RHYTHMS} are needed before a rhythm can "
            "be told from chance: ask on a later day, or take a law of free trade (fit_value_model)."
        )
    if oldest < LEAST_AGE:
        return (
            f"The first order was {oldest:g} days ago: in less than {LEAST_AGE:g} days who left can't be "
            "told from who is not due yet. Ask on a later day."
        )
    return ""


def _fit_law(rhythms: pd.DataFrame) -> tuple[RhythmLaw, Fit]:
    """The shop's rhythm from who has gaps enough, and its churn from all."""
    seen = rhythms[rhythms["repeats"] >= LEAST_GAPS]
    gaps = seen["repeats"].to_numpy(dtype=np.float64)
    logs = np.log(seen["gap"].to_numpy(dtype=np.float64))
    spread = float(np.average(seen["scatter"], weights=gaps) / MEAN_OFF)
    known = WIDEST * spread**2 / gaps
    period, between = float(np.exp(np.median(logs))), float(np.sqrt(max(logs.var() - known.mean(), 0.0)))
    tries = float(rhythms["repeats"].sum() + rhythms["missed"].sum())
    missed = (float(rhythms["missed"].sum()) + 0.5) / (tries + 1)
    start = RhythmLaw(period, between, spread, missed, 0.5)
    churn = _fit_churn(start, rhythms)
    odds, error = churn.parameters["odds"], churn.errors["odds"]
    law = RhythmLaw(period, between, spread, missed, odds / (1 + odds))
    fit = Fit(
        {"period": period, "missed": missed, "churn": law.churn},
        {
            "period": MEDIAN_COST * period * float(np.sqrt((between**2 + known.mean()) / len(seen))),
            "missed": float(np.sqrt(missed * (1 - missed) / (tries + 1))),
            "churn": None if error is None else error / (1 + odds) ** 2,
        },
        churn.log_likelihood,
        churn.converged,
        tuple("churn" for _ in churn.at_bounds),
    )
    return law, fit


def _fit_churn(law: RhythmLaw, rhythms: pd.DataFrame) -> Fit:
    """The odds of leaving after an order: who came stayed for each repeat, and left then or is waited for."""
    times, _ = law.read_histories(rhythms)
    waits = law.compute_waiting(times, times.silence)

    def compute(parameters: FloatValues) -> tuple[FloatValues, FloatValues]:
        odds = parameters[0]
        value = np.log(odds + waits) - (times.repeats + 1) * np.log1p(odds)
        return value, (1 / (odds + waits) - (times.repeats + 1) / (1 + odds))[:, None]

    return maximize_likelihood(compute, np.ones(len(waits)), [{"odds": 0.1}, {"odds": 1.0}])
