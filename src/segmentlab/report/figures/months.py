"""Months as whole numbers, which can be subtracted."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

Months = npt.NDArray[np.int64]


def month_numbers(months: pd.Series) -> Months:
    """Months since the year 0."""
    dates = pd.to_datetime(months).dt
    return np.asarray(dates.year * 12 + dates.month - 1, dtype=np.int64)


def last_complete(as_of: date) -> int:
    """The last month of which every day lies before `as_of`."""
    last_day = as_of - timedelta(days=1)
    current = last_day.year * 12 + last_day.month - 1
    return current if as_of.day == 1 else current - 1


def month_name(number: int) -> str:
    """A month as `2011-03`."""
    return f"{number // 12}-{number % 12 + 1:02d}"
