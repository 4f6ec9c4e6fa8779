"""What a model would have said some time ago, beside what came: the only proof that it can be believed."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pandas as pd

from segmentlab.value.histories import summarize_days
from segmentlab.value.model import ValueModel, fit_value_model
from segmentlab.value.rhythms import summarize_rhythms
from segmentlab.value.subscribers import explain_no_rhythm, fit_rhythm_model

RHYTHM: Final = "rhythm"  # the law of subscribers, beside those of free trade
LEAST_CUSTOMERS: Final = 100  # known then; what fewer did is chance


@dataclass(frozen=True)
class Hindsight:
    """A forecast of an earlier day, and what came within its horizon.

    Attributes:
        cut: The day.
        histories: Customers as they were known then.
        model: What was fitted to them.
        forecast: What it said, by customer, without intervals.
        outcomes: What came: `orders` and `spend` of the same customers.
    """

    cut: date
    histories: pd.DataFrame
    model: ValueModel
    forecast: pd.DataFrame
    outcomes: pd.DataFrame

    @property
    def level(self) -> float:
        """How many came back for each one that was expected to: 1 if the level was foreseen.

        0 where nobody was expected.
        """
        expected = float(self.forecast["buys"].sum())
        return float((self.outcomes["orders"] > 0).sum()) / expected if expected > 0 else 0.0

    @property
    def error(self) -> float:
        """The mean square by which probabilities of an order were off; the less, the better."""
        came = (self.outcomes["orders"] > 0).astype("float64")
        return float(((self.forecast["buys"] - came) ** 2).mean())


def look_back(days: pd.DataFrame, cut: date, horizon: int, law: str = "mbg_nbd") -> Hindsight | None:
    """Fit a model to what was known on an earlier day, and count what came after it.

    Args:
        days: A row for each customer and day, as `summarize_days` takes them.
        cut: The earlier day.
        horizon: Days that are looked at after it; they have to be over.
        law: Of orders, or `rhythm`.

    Returns:
        The forecast and the outcome; None where the log is no longer than the horizon on that day, or too
        few customers were known, or no rhythm could be seen.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> from segmentlab.value import look_back
        >>> log = pd.DataFrame({"customer_id": ["anna"], "day": [pd.Timestamp("2011-01-01")], "money": [5.0]})
        >>> print(look_back(log, date(2011, 3, 1), 30))
        None
    """
    if log_is_short(days, cut, horizon):
        return None
    histories = summarize_law(days, cut, law)
    if len(histories) < LEAST_CUSTOMERS or not (histories["repeats"] > 0).any():
        return None
    if law == RHYTHM and explain_no_rhythm(histories):
        return None
    model = fit_law(histories, law)
    outcomes = sum_outcomes(days, cut, horizon).reindex(histories.index).fillna(0.0)
    forecast = model.forecast(histories, horizon, intervals=False)
    return Hindsight(cut, histories, model, forecast, outcomes)


def summarize_law(days: pd.DataFrame, as_of: date, law: str) -> pd.DataFrame:
    """What the law needs to know of customers."""
    return summarize_rhythms(days, as_of) if law == RHYTHM else summarize_days(days, as_of)


def fit_law(histories: pd.DataFrame, law: str) -> ValueModel:
    """The model of the law, of histories that were made for it."""
    return fit_rhythm_model(histories) if law == RHYTHM else fit_value_model(histories, law)


def log_is_short(days: pd.DataFrame, cut: date, horizon: int) -> bool:
    """Whether the log begins less than a horizon before the day."""
    return bool(days["day"].min() > pd.Timestamp(cut - timedelta(days=horizon)))


def sum_outcomes(days: pd.DataFrame, cut: date, horizon: int) -> pd.DataFrame:
    """Count the orders and sum the spend of a horizon that is over.

    Args:
        days: A row for each customer and day, as `summarize_days` takes them.
        cut: The day on which the horizon began.
        horizon: Days.

    Returns:
        By customer `orders` and `spend`, refunds taken off, but never below nothing; who did not come
        back has no row.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> from segmentlab.value import sum_outcomes
        >>> log = pd.DataFrame({"customer_id": ["anna"], "day": [pd.Timestamp("2011-01-01")], "money": [5.0]})
        >>> sum_outcomes(log, date(2011, 1, 1), 30).loc["anna"].to_dict()
        {'orders': 1.0, 'spend': 5.0}
    """
    start = pd.Timestamp(cut)
    later = days[(days["day"] >= start) & (days["day"] < start + pd.Timedelta(days=horizon))]
    bought = later["bought"].astype("float64") if "bought" in later else 1.0
    each = later.assign(orders=bought).groupby("customer_id")[["orders", "money"]].sum()
    return each.rename(columns={"money": "spend"}).assign(spend=each["money"].round(6).clip(lower=0.0))
