"""When the shop is open, and how busy it is: two years that end on 9 December 2011.

A moment is a whole minute counted from the midnight that begins the history. Days are drawn in
*shop time*, which passes only while the shop is open and faster when it is busy: a uniform draw in
shop time is a seasonal draw in days.
"""

from typing import Final

import numpy as np

from segmentlab.transactions.shop.sales import Flags, Floats, Ints

START: Final = np.datetime64("2009-12-01")
END: Final = np.datetime64("2011-12-10")  # the first day after the history
DAYS: Final = int((END - START).astype(int))
MINUTES_A_DAY: Final = 24 * 60

# How busy the months and the weekdays (from Monday; closed on Saturday) are, relative to each other.
MONTHS = np.array([0.80, 0.75, 0.90, 0.80, 0.85, 0.90, 0.85, 0.85, 1.10, 1.35, 1.60, 1.20])
FESTIVE_MONTHS = np.array([0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.10, 0.80, 2.50, 4.50, 3.00])
WEEKDAYS = np.array([1.00, 1.05, 1.00, 1.10, 0.85, 0.00, 0.75])
HOURS = {8: 0.02, 9: 0.07, 10: 0.09, 11: 0.12, 12: 0.15, 13: 0.14, 14: 0.13, 15: 0.13, 16: 0.09, 17: 0.06}


def _compute_shop_time(months: Floats) -> Floats:
    """Shop time at the beginning of each day and at the end of the last."""
    days = np.arange(START, END)
    month = days.astype("datetime64[M]").astype(int) % 12
    weekday = (days.astype(int) + 3) % 7  # 1 January 1970 was a Thursday
    day_of_month = (days - days.astype("datetime64[M]")).astype(int) + 1
    holidays = ((month == 11) & (day_of_month > 23)) | ((month == 0) & (day_of_month < 4))
    busy = np.where(holidays, 0.0, months[month] * WEEKDAYS[weekday])
    return np.concatenate([[0.0], np.cumsum(busy)])


ORDINARY = _compute_shop_time(MONTHS)
FESTIVE = _compute_shop_time(FESTIVE_MONTHS)


def find_open_day(shop_time: Floats, clock: Floats = ORDINARY) -> Ints:
    """The open day on which a moment of shop time falls."""
    days: Ints = np.searchsorted(clock[1:], shop_time, side="right")
    return days


def move_to_open_day(day: Ints) -> Ints:
    """The day itself, or the next on which the shop is open. The history ends on an open day."""
    return find_open_day(ORDINARY[day])


def draw_days(rng: np.random.Generator, first: Ints, last: Ints, festive: Flags) -> Ints:
    """An open day between two open days, by the ordinary season or the festive one."""
    where = rng.random(len(first))
    days = np.empty_like(first)
    for clock, chosen in ((ORDINARY, ~festive), (FESTIVE, festive)):
        begin, end = clock[first[chosen]], clock[last[chosen]]
        days[chosen] = find_open_day(begin + where[chosen] * (end - begin), clock)
    return days


def draw_minutes(rng: np.random.Generator, day: Ints) -> Ints:
    """A minute of the day within the opening hours."""
    hour = rng.choice(list(HOURS), size=len(day), p=list(HOURS.values()))
    minutes: Ints = day * MINUTES_A_DAY + hour * 60 + rng.integers(0, 60, size=len(day))
    return minutes
