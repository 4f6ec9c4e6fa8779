"""What earlier days teach: intervals, levels, a better order of customers, and whether this is free trade."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import DataError
from segmentlab.value import Levels, look_ahead, look_back, measure_regularity, set_levels, summarize_days

START, TODAY = date(2024, 1, 1), date(2025, 1, 1)


def draw_days(customers: int, seed: int = 0, *, until: int = 366) -> pd.DataFrame:
    """Days of customers who have rates of their own and leave some time."""
    chance = np.random.default_rng(seed)
    rows = []
    for who in range(customers):
        day, rate, end = chance.integers(0, until), chance.gamma(0.8, 1 / 40), chance.exponential(300)
        last = min(day + end, until)
        while day < last:
            rows.append((who, int(day), chance.lognormal(3 + (who % 5) / 5, 0.4)))
            day += 1 + chance.exponential(1 / max(rate, 1e-4))
    days = pd.DataFrame(rows, columns=["customer_id", "day", "money"])
    return days.assign(day=pd.Timestamp(START) + pd.to_timedelta(days["day"], unit="D"))


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return draw_days(1_500)


def test_an_outlook_is_judged_by_two_earlier_periods(days: pd.DataFrame) -> None:
    outlook = look_ahead(days, TODAY, 90)
    assert len(outlook.levels) == 2
    assert outlook.season is None, "the log holds no more than a year"
    assert list(outlook.customers.index) == sorted(days["customer_id"].unique())
    assert np.isfinite(outlook.customers.to_numpy()).all()
    assert any("what the season does" in note for note in outlook.notes)


def test_levels_that_were_foreseen_each_time_are_believed() -> None:
    days = draw_days(2_500, seed=3, until=700)
    outlook = look_ahead(days, START + timedelta(days=700), 90)
    assert (*outlook.levels, outlook.season) == pytest.approx((1, 1, 1), abs=0.2)
    assert outlook.is_level_foreseen
    assert not any("use ranks" in note for note in outlook.notes)


def test_a_season_makes_levels_unsure_and_says_so(days: pd.DataFrame) -> None:
    quiet = days[(days["day"] < "2024-10-05") | (days["customer_id"] % 3 == 0)]
    outlook = look_ahead(quiet, TODAY, 88)
    assert not outlook.is_level_foreseen
    assert any("not how many will come" in note for note in outlook.notes)


def test_nothing_from_the_day_on_counts(days: pd.DataFrame) -> None:
    cut = date(2024, 9, 1)
    before = days[days["day"] < pd.Timestamp(cut)]
    pd.testing.assert_frame_equal(look_ahead(days, cut, 60).customers, look_ahead(before, cut, 60).customers)


def test_a_short_log_has_an_outlook_that_nobody_has_tried(days: pd.DataFrame) -> None:
    week = days[days["day"] < "2024-01-08"]
    outlook = look_ahead(week, date(2024, 1, 8), 90)
    assert outlook.levels == ()
    assert any("too short" in note for note in outlook.notes)
    assert any("units of time ago" in note for note in outlook.notes)
    assert np.isfinite(outlook.customers.to_numpy()).all()
    with pytest.raises(DataError, match="Nobody has ordered before 2023-12-01"):
        look_ahead(days, date(2023, 12, 1), 90)


def test_hindsight_needs_a_log_that_is_longer_than_its_horizon(days: pd.DataFrame) -> None:
    assert look_back(days, START + timedelta(days=89), 90) is None
    past = look_back(days, date(2024, 10, 1), 90)
    assert past is not None
    assert past.histories.equals(summarize_days(days, date(2024, 10, 1)))
    assert past.level == pytest.approx(1, abs=0.35)


def test_levels_are_only_ever_widened() -> None:
    even = np.linspace(0, 1, 1_001)
    assert set_levels(0.4 + even * 0.2) == Levels()
    assert set_levels(even**2).low < 0.05
    assert set_levels(0.03 + even * 0.9) == Levels(), "what is short on one side is made up for"
    assert set_levels(even[:50] ** 2) == Levels(), "fifty outcomes have no tails"


def pay_monthly(customers: int) -> pd.DataFrame:
    months = pd.date_range("2024-01-01", periods=12, freq="MS")
    rows = [(f"S{who}", month + pd.Timedelta(days=who % 28)) for who in range(customers) for month in months]
    return pd.DataFrame(rows, columns=["customer_id", "day"])


def test_subscribers_are_told_from_shoppers(days: pd.DataFrame) -> None:
    assert not measure_regularity(days).is_contractual
    paying = measure_regularity(pay_monthly(100))
    assert (paying.regular, paying.judged, paying.is_contractual) == (100, 100, True)
    assert not measure_regularity(pay_monthly(20)).is_contractual, "twenty are too few to say"
    assert measure_regularity(days.head(0)).share == 0
    outlook = look_ahead(pay_monthly(150).assign(money=9.99), TODAY, 60)
    assert any(note.startswith("This looks like subscriptions: 150 of 150") for note in outlook.notes)
