"""A score that also knows what the law leaves out: a ridge on habits, trained one horizon earlier.

The law sees how often, until when and since when somebody has ordered. It does not see whether orders become
denser, or what the last one brought. A ridge does, but the level that it learnt is that of another season. So
customers are put in order by both, and the level is the law's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class HabitWeights:
    """What a ridge learnt on an earlier day: how much each habit foretells of the logarithm of later spend.

    Attributes:
        weights: By habit.
        lows: The least that was seen of each; less is taken for it.
        highs: The most.
        base: What is added to all.
    """

    weights: Mapping[str, float]
    lows: Mapping[str, float]
    highs: Mapping[str, float]
    base: float

    @property
    def windows(self) -> list[int]:
        """The windows in which these habits are counted."""
        return [window for window in WINDOWS if {f"orders_{window}", f"spend_{window}"} & set(self.weights)]

    def foretell(self, habits: pd.DataFrame) -> pd.Series:
        """The logarithm of later spend that these habits, of `list_habits`, foretell.

        Example:
            >>> import pandas as pd
            >>> from segmentlab.value import HabitWeights
            >>> learnt = HabitWeights({"repeats": 2.0}, {"repeats": 0.0}, {"repeats": 3.0}, base=1.0)
            >>> learnt.foretell(pd.DataFrame({"repeats": [1.0, 9.0]})).tolist()
            [3.0, 7.0]
        """
        names = list(self.weights)
        # No further than it saw.
        known = habits[names].clip(pd.Series(self.lows)[names], pd.Series(self.highs)[names], axis="columns")
        foretold: pd.Series = known @ pd.Series(self.weights)[names] + self.base
        return foretold


def learn_habits(habits: pd.DataFrame, spend: pd.Series) -> HabitWeights | None:
    """Learn what habits of an earlier day foretold; nothing where they hardly differ.

    Args:
        habits: By customer, as `list_habits` has them, of that day.
        spend: What the same customers spent after it.

    Example:
        >>> import numpy as np
        >>> import pandas as pd
        >>> from segmentlab.value import learn_habits
        >>> repeats = pd.Series(np.arange(200) % 4.0)
        >>> learnt = learn_habits(repeats.to_frame("repeats"), np.expm1(repeats))
        >>> round(learnt.weights["repeats"], 2)
        0.95
    """
    from sklearn.linear_model import Ridge

    columns = habits.columns[habits.std() > LEAST_SPREAD]
    if columns.empty:
        return None
    means, spreads = habits[columns].mean(), habits[columns].std(ddof=0)
    ridge = Ridge(alpha=PENALTY).fit(
        ((habits[columns] - means) / spreads).to_numpy(), np.log1p(spend.to_numpy())
    )
    weights, names = ridge.coef_ / spreads, columns.astype(str)
    lows, highs = habits[columns].min(), habits[columns].max()
    return HabitWeights(
        weights=dict(zip(names, weights.tolist(), strict=True)),
        lows=dict(zip(names, lows.tolist(), strict=True)),
        highs=dict(zip(names, highs.tolist(), strict=True)),
        base=float(ridge.intercept_ - weights @ means),
    )


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
    windows = list_windows((pd.Timestamp(past.cut) - days["day"].min()).days)
    then = list_habits(_gather_days(days, past.cut, windows), past.forecast, windows)
    learnt = learn_habits(then, past.outcomes["spend"])
    law: pd.Series = forecast["score"]
    if learnt is None:
        return law
    foretold = learnt.foretell(list_habits(_gather_days(days, as_of, windows), forecast, windows))
    return mix_scores(law, foretold, float(law.mean() - foretold.mean()))


def mix_scores(law: pd.Series, foretold: pd.Series, shift: float) -> pd.Series:
    """The mean of both, what was foretold brought to the level of the law."""
    return law + (foretold + shift - law) / 2


def list_windows(reach: int) -> list[int]:
    """The windows that a log of so many days is longer than."""
    return [window for window in WINDOWS if window < reach]


def list_habits(people: pd.DataFrame, forecast: pd.DataFrame, windows: list[int]) -> pd.DataFrame:
    """Logarithms of some twenty habits, and what the law says.

    Args:
        people: By customer `repeats`, `recency`, `age` and `spend`; `most` and `last`, the most that a day
            brought and what the last one did; and for each window, as in `orders_30` and `spend_30`, the days
            with something bought or brought back in it, and their money.
        forecast: What the model says of them.
        windows: In days.

    Returns:
        A row for each customer of the forecast.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import list_habits
        >>> people = pd.DataFrame({"repeats": [1.0], "recency": 9.0, "age": 30.0, "spend": 5.0, "most": 6.0})
        >>> forecast = pd.DataFrame({"orders": [0.5], "score": [1.2]})
        >>> round(float(list_habits(people.assign(last=4.0), forecast, [])["late"].iloc[0]), 2)
        0.84
    """
    people = people.reindex(forecast.index)
    silence = people["age"] - people["recency"]
    gap = people["recency"] / people["repeats"].clip(lower=1)
    habits = people[["repeats", "recency", "age", "most", "last"]].assign(
        silence=silence,
        gap=gap,
        late=silence / (gap + USUAL_GAP),
        mean=people["spend"],
        total=people["spend"] * (people["repeats"] + 1),
        expected=forecast["orders"],
        **{
            f"{what}_{window}": people[f"{what}_{window}"]
            for window in windows
            for what in ("orders", "spend")
        },
    )
    logs = pd.DataFrame(np.log1p(habits.fillna(0.0).clip(lower=0.0)))
    return logs.assign(score=forecast["score"])


def _gather_days(days: pd.DataFrame, as_of: date, windows: list[int]) -> pd.DataFrame:
    """Histories with what habits ask for beside them."""
    past = days[days["day"] < pd.Timestamp(as_of)].sort_values(["customer_id", "day"])
    people = summarize_days(days, as_of)
    each = past.groupby("customer_id")["money"]
    ago = (pd.Timestamp(as_of) - past["day"]).dt.days
    recent = {window: past[ago <= window].groupby("customer_id")["money"] for window in windows}
    counted = {f"orders_{window}": one.size() for window, one in recent.items()}
    summed = {f"spend_{window}": one.sum() for window, one in recent.items()}
    return people.assign(most=each.max(), last=each.last(), **counted, **summed)
