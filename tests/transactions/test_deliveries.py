"""How a shop's lines come in: dead feeds, half files, lost refunds; and no false alarm."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentlab.transactions.books.deliveries import (
    DeliveryHabits,
    compare_days,
    count_days,
    learn_habits,
)

LEARNT, LAST = "2023-01-01", "2024-12-01"


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    """Two years and a bit of a shop that is closed on Saturdays and over Christmas, and grows in autumn."""
    random = np.random.default_rng(0)
    calendar = pd.date_range("2022-01-01", LAST)
    season = 1 + 0.6 * np.exp(-(((calendar.day_of_year.to_numpy() - 320) / 30) ** 2))
    lines = random.poisson(200 * season)
    closed = (calendar.day_of_week == 5) | ((calendar.month == 12) & (calendar.day >= 24))
    lines = np.where(closed, 0, lines)
    return pd.DataFrame({"lines": lines, "refunds": random.binomial(lines, 0.03)}, index=calendar)


@pytest.fixture(scope="module")
def habits(days: pd.DataFrame) -> DeliveryHabits:
    return learn_habits(days[days.index < LEARNT])


def found(habits: DeliveryHabits, days: pd.DataFrame, day: str) -> list[str]:
    return [word for word, _ in compare_days(habits, days, date.fromisoformat(day))]


def test_what_is_usual_is_learnt_and_kept_as_text(habits: DeliveryHabits) -> None:
    assert habits.silence == 1
    assert habits.closed == ((date(2022, 12, 24), 8),) or habits.closed == ()
    assert habits.weeks is not None
    assert 0.5 < habits.weeks[0] < 1 < habits.weeks[1] < 2
    read = DeliveryHabits.read(habits.write())
    assert (read.silence, read.closed) == (habits.silence, habits.closed)
    assert read.weeks == pytest.approx(habits.weeks, rel=1e-4)
    assert DeliveryHabits.read({}) == DeliveryHabits(), "an earlier version kept nothing of it"


def test_two_years_of_nights_raise_no_alarm(habits: DeliveryHabits, days: pd.DataFrame) -> None:
    nights = pd.date_range(LEARNT, LAST)[8:]  # Christmas of the first year ends with what was learnt
    fired = {str(day.date()): found(habits, days, str(day.date())) for day in nights}
    assert {day: words for day, words in fired.items() if words and day[5:7] != "12"} == {}


@pytest.mark.parametrize("day", ["2023-03-15", "2023-08-02", "2024-05-07"])
def test_a_feed_that_has_died_is_told_within_days(
    habits: DeliveryHabits, days: pd.DataFrame, day: str
) -> None:
    left = days[days.index < day]
    after = [str((pd.Timestamp(day) + pd.Timedelta(days=more)).date()) for more in range(1, 8)]
    first = next(place for place, one in enumerate(after) if found(habits, left, one) == ["fresh"])
    assert first <= 4
    [(_, told)] = compare_days(habits, left, date.fromisoformat(after[-1]))
    assert "days without any before" in told


@pytest.mark.parametrize(("times", "words"), [(0.1, ["volume"]), (3, ["volume"]), (1, [])])
def test_a_week_that_is_a_tenth_or_thrice_is_told(
    habits: DeliveryHabits, days: pd.DataFrame, times: float, words: list[str]
) -> None:
    broken, week = days.copy(), slice("2023-06-05", "2023-06-11")
    broken.loc[week] = (broken.loc[week] * times).round().astype(int)
    assert found(habits, broken, "2023-06-12") == words


def test_refunds_that_are_no_longer_delivered_are_told(habits: DeliveryHabits, days: pd.DataFrame) -> None:
    without = days.copy()
    without.loc["2023-05-15":, "refunds"] = 0
    assert found(habits, without, "2023-06-12") == ["refunds"]


def test_of_a_few_weeks_nothing_is_claimed(days: pd.DataFrame) -> None:
    few = learn_habits(days.head(100))
    assert few == DeliveryHabits()
    assert found(few, days[days.index < "2022-06-01"], "2023-06-01") == []
    assert found(few, days.head(0), "2023-06-01") == []


def test_days_are_counted_where_lines_are() -> None:
    lines = pd.DataFrame(
        {
            "timestamp": pd.to_datetime(["2024-01-01 10:00", "2024-01-01 12:00", "2024-01-03 09:00", None]),
            "quantity": [1.0, -1.0, 2.0, 1.0],
            "unit_price": 1.0,
        }
    )
    counted = count_days(ibis.duckdb.connect().create_table("log", lines))
    assert counted["lines"].tolist() == [2, 0, 1]
    assert counted["refunds"].tolist() == [1, 0, 0]
