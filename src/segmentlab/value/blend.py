"""A score that also knows what the law leaves out: a ridge on habits, trained one horizon earlier.

The law sees how often, until when and since when somebody has ordered. It does not see whether orders become
denser, or what the last one brought. A ridge does, but the level that it learnt is that of another season. So
customers are put in order by both, and the level is the law's.
"""

from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.value.hindsight import Hindsight
from segmentlab.value.histories import summarize_days

WINDOWS: Final = (30, 60, 90, 180, 365)  # days before today, apart from one another
PENALTY: Final = 10.0  # of the ridge, on columns of one scale
LEAST_SPREAD: Final = 0.05  # of a logarithm; what hardly differed then may differ wildly now
USUAL_GAP: Final = 7.0  # days, that a gap is taken as longer by when lateness is counted


def blend_score(days: pd.DataFrame, as_of: date, forecast: pd.DataFrame, past: Hindsight) -> pd.Series:
    """Blend the score of a forecast with a ridge that learnt on an earlier day what foretells spend.

    Args:
        days: A row for each customer and day, as `summarize_days` takes them.
        as_of: The day of the forecast.
        forecast: What the model says of customers today.
        past: The forecast of an earlier day, with the same horizon, and what came of it (`look_back`).

    Returns:
        By customer, a score that ranks better than that of the forecast and has the same mean. Of who is
        hardly expected to come back it may lie a little below 0.

    Example:
        >>> from datetime import date
        >>> import numpy as np
        >>> import pandas as pd
        >>> from segmentlab.value import blend_score, fit_value_model, look_back, summarize_days
        >>> chance = np.random.default_rng(0)
        >>> log = pd.DataFrame({"customer_id": chance.integers(0, 200, 900), "money": 10.0})
        >>> log["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(chance.integers(0, 200, 900), unit="D")
        >>> past, people = look_back(log, date(2024, 4, 1), 90), summarize_days(log, date(2024, 7, 1))
        >>> forecast = fit_value_model(people).forecast(people, 90)
        >>> score = blend_score(log, date(2024, 7, 1), forecast, past)
        >>> bool(np.isclose(score.mean(), forecast["score"].mean()))
        True
    """
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    reach = (pd.Timestamp(past.cut) - days["day"].min()).days
    windows = [window for window in WINDOWS if window < reach]
    then = _list_habits(days, past.cut, past.forecast, windows)
    columns = then.columns[then.std() > LEAST_SPREAD]
    law: pd.Series = forecast["score"]
    if columns.empty:
        return law
    ridge = make_pipeline(StandardScaler(), Ridge(alpha=PENALTY))
    ridge.fit(then[columns], np.log1p(past.outcomes["spend"]))
    now = _list_habits(days, as_of, forecast, windows)[columns]
    learnt = ridge.predict(
        now.clip(then[columns].min(), then[columns].max(), axis=1)
    )  # no further than it saw
    blended: pd.Series = law + (learnt - learnt.mean() - law + law.mean()) / 2
    return blended


def _list_habits(days: pd.DataFrame, as_of: date, forecast: pd.DataFrame, windows: list[int]) -> pd.DataFrame:
    """Logarithms of some twenty habits, and what the law says."""
    past = days[days["day"] < pd.Timestamp(as_of)].sort_values(["customer_id", "day"])
    people = summarize_days(days, as_of).reindex(forecast.index)
    silence = people["age"] - people["recency"]
    gap = people["recency"] / people["repeats"].clip(lower=1)
    each = past.groupby("customer_id")["money"]
    habits = {
        "repeats": people["repeats"],
        "recency": people["recency"],
        "age": people["age"],
        "silence": silence,
        "gap": gap,
        "late": silence / (gap + USUAL_GAP),
        "mean": people["spend"],
        "total": people["spend"] * (people["repeats"] + 1),
        "most": each.max(),
        "last": each.last(),
        "expected": forecast["orders"],
    }
    ago = (pd.Timestamp(as_of) - past["day"]).dt.days
    for window in windows:
        recent = past[ago <= window].groupby("customer_id")["money"]
        habits |= {f"orders in {window}": recent.size(), f"spend in {window}": recent.sum()}
    table = pd.DataFrame({name: one.reindex(forecast.index) for name, one in habits.items()})
    logs = pd.DataFrame(np.log1p(table.fillna(0.0).clip(lower=0.0)))
    return logs.assign(score=forecast["score"])
