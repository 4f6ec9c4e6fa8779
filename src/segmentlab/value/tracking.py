"""Week by week, how many orders a law expects of customers and how many there were."""

from datetime import date, timedelta
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.value.histories import OrderTimes
from segmentlab.value.orders import OrderLaw

WEEK: Final = 7  # days


def track_orders(law: OrderLaw[OrderTimes], daily: pd.DataFrame, cut: date, until: date) -> pd.DataFrame:
    """Sum repeat orders from week to week, expected and happened, through the day on which a law was learnt.

    Of a customer the law is told no more than their first day. If it describes these customers, the two lines
    lie on one another before the cut, and if it foresees them, after it as well.

    Args:
        law: The law of orders, in days.
        daily: By day `first`, how many customers had their first order, before the cut, and `repeats`, how
            many of these customers ordered again.
        cut: The day until which the law was learnt.
        until: The day until which orders are known.

    Returns:
        A row for each week that is over: `week`, the day on which it ends, `expected` and `happened`, the
        orders until then.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> from segmentlab.value import MbgNbd, track_orders
        >>> days = pd.to_datetime(["2011-01-03", "2011-01-05", "2011-01-14"])
        >>> daily = pd.DataFrame({"first": [10, 0, 0], "repeats": [0, 2, 1]}, index=days)
        >>> law = MbgNbd(0.5, 6.0, 0.9, 1.6)
        >>> track_orders(law, daily, date(2011, 1, 10), date(2011, 1, 17))["happened"].tolist()
        [0, 2, 3]
    """
    begun = daily.index.min().date()
    weeks = range(-((cut - begun).days // WEEK), (until - cut).days // WEEK + 1)
    ends = [cut + timedelta(days=WEEK * week) for week in weeks]
    ages = np.arange((until - begun).days + 1)
    expected = _expect_since_first(law, ages)
    days = (pd.DatetimeIndex(daily.index) - pd.Timestamp(begun)).days.to_numpy()
    first, repeats = daily["first"].to_numpy(), daily["repeats"].to_numpy()
    rows = []
    for end in ends:
        age = (end - begun).days - days
        known = age > 0
        rows.append(
            (pd.Timestamp(end), float(first[known] @ expected[age[known]]), int(repeats[known].sum()))
        )
    return pd.DataFrame(rows, columns=["week", "expected", "happened"])


def _expect_since_first(law: OrderLaw[OrderTimes], ages: np.ndarray) -> np.ndarray:
    """Orders that are expected within so many days after a first one."""
    nobody = OrderTimes(np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1))
    alive = law.compute_alive(nobody)
    return np.array(
        [float((alive * law.expect_orders(nobody, float(age)))[0]) if age else 0.0 for age in ages]
    )
