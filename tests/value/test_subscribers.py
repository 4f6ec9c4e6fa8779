"""Customers of a fixed rhythm whose truth is known: when they are due, if they have left, what they pay."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.shop.calendar import START
from segmentlab.transactions.shop.lives import LAST_PAYMENT, draw_lives, draw_orders
from segmentlab.value import (
    Levels,
    RhythmModel,
    fit_rhythm_model,
    fit_value_model,
    look_ahead,
    look_back,
    measure_coverage,
    sum_outcomes,
    summarize_rhythms,
)

CUT, HORIZON = date(2011, 6, 11), 91


@pytest.fixture(scope="module")
def drawn() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Days of the generated shop's subscribers; and their truth."""
    rng = np.random.default_rng(5)
    lives = draw_lives(rng, np.array([0, 0, 4_000]))
    orders, left = draw_orders(rng, lives)
    day = pd.Timestamp(START) + pd.to_timedelta(orders.day, unit="D")
    days = pd.DataFrame({"customer_id": orders.customer, "day": day, "money": lives.spend[orders.customer]})
    last = days.groupby("customer_id")["day"].max()
    return days, pd.DataFrame({"gap": lives.gap, "left": last.where(left)})


@pytest.fixture(scope="module")
def days(drawn: tuple[pd.DataFrame, pd.DataFrame]) -> pd.DataFrame:
    return drawn[0]


@pytest.fixture(scope="module")
def people(days: pd.DataFrame) -> pd.DataFrame:
    return summarize_rhythms(days, CUT)


@pytest.fixture(scope="module")
def truth(drawn: tuple[pd.DataFrame, pd.DataFrame], people: pd.DataFrame) -> pd.DataFrame:
    known = drawn[1].reindex(people.index)
    return known.assign(there=~(known["left"] < pd.Timestamp(CUT)))


@pytest.fixture(scope="module")
def model(people: pd.DataFrame) -> RhythmModel:
    return fit_rhythm_model(people)


@pytest.fixture(scope="module")
def came(days: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    return sum_outcomes(days, CUT, HORIZON).reindex(people.index).fillna(0.0)


@pytest.fixture(scope="module")
def forecast(model: RhythmModel, people: pd.DataFrame) -> pd.DataFrame:
    return model.forecast(people, HORIZON)


def test_churn_lies_within_its_standard_error(model: RhythmModel) -> None:
    fit = model.fits["orders"]
    assert fit.converged
    assert fit.errors["churn"] is not None
    assert abs(fit.parameters["churn"] - LAST_PAYMENT) < 3 * fit.errors["churn"]
    assert fit.parameters["period"] == pytest.approx(30.4, abs=0.3)


def test_periods_are_each_customers_own(
    model: RhythmModel, people: pd.DataFrame, truth: pd.DataFrame
) -> None:
    due = model.list_next_orders(people, CUT)
    often = people["repeats"] >= 4
    off = np.log(due["gap"] / truth["gap"])[often]
    assert off.abs().median() < 0.015
    assert off.abs().quantile(0.95) < 0.08
    once = due["gap"][people["repeats"] == 0]
    assert once.to_numpy() == pytest.approx(model.orders.period), "who has no gap has the shop's"


def test_who_is_there_is_told_from_who_has_left(forecast: pd.DataFrame, truth: pd.DataFrame) -> None:
    from sklearn.metrics import roc_auc_score

    assert roc_auc_score(truth["there"], forecast["alive"]) > 0.95
    assert forecast["alive"].mean() == pytest.approx(truth["there"].mean(), abs=0.015)
    groups = pd.cut(forecast["alive"], [0, 0.5, 0.93, 1])
    error = (truth["there"] - forecast["alive"]).groupby(groups, observed=True).mean()
    assert error.abs().max() < 0.08


def test_orders_and_spend_are_what_comes(forecast: pd.DataFrame, came: pd.DataFrame) -> None:
    assert forecast["orders"].mean() == pytest.approx(came["orders"].mean(), rel=0.05)
    assert forecast["spend"].mean() == pytest.approx(came["spend"].mean(), rel=0.06)
    assert forecast["buys"].mean() == pytest.approx((came["orders"] > 0).mean(), abs=0.015)
    assert (forecast["orders_low"] <= forecast["orders"] + 1).all()
    assert (forecast["spend_low"] <= forecast["spend_high"]).all()


def test_a_law_of_free_trade_says_less_of_them(
    forecast: pd.DataFrame, people: pd.DataFrame, came: pd.DataFrame
) -> None:
    free = fit_value_model(people).forecast(people, HORIZON)
    assert list(free) == list(forecast), "either can be used in the other's place"
    errors = [(one["orders"] - came["orders"]).abs().mean() for one in (forecast, free)]
    assert errors[0] < 0.7 * errors[1]


def test_intervals_hold_what_they_promise(
    model: RhythmModel, people: pd.DataFrame, came: pd.DataFrame
) -> None:
    places = model.place_outcomes(people, HORIZON, came, seed=0)
    for what in ("orders", "spend"):
        assert measure_coverage(places[what].to_numpy(), Levels()) == pytest.approx(0.9, abs=0.03)


def test_the_day_they_are_expected_is_the_day_they_come(
    model: RhythmModel, people: pd.DataFrame, days: pd.DataFrame
) -> None:
    due = model.list_next_orders(people, CUT)
    later = days[days["day"] >= pd.Timestamp(CUT)].groupby("customer_id")["day"].min()
    sure = due.index[(people["repeats"] >= 4) & (due["late"] < -0.1)].intersection(later.index)
    off = (due.loc[sure, "next_order"] - later.loc[sure]).dt.days.abs()
    assert off.median() <= 1
    assert (due["next_order"] >= pd.Timestamp(CUT)).all()


def test_lateness_counts_in_periods_and_speaks_against_a_customer(model: RhythmModel) -> None:
    paid = pd.DataFrame({"repeats": 9, "recency": 270, "age": 270 + np.arange(0, 400, 10)})
    paid = paid.assign(spend=9.99, gap=30.0, missed=0.0, scatter=0.03)
    due = model.list_next_orders(paid, CUT)
    assert due["late"].iloc[[0, 3, 6]].tolist() == pytest.approx([-1, 0, 1], abs=0.01)
    assert due["alive"].is_monotonic_decreasing
    assert due["alive"].iloc[0] == pytest.approx(1 - model.orders.churn, abs=0.001)
    assert due["alive"].iloc[-1] < 0.01
    table = model.forecast(paid, 365)
    assert table["orders"].iloc[4:].is_monotonic_decreasing
    assert np.isfinite(table.to_numpy()).all()


def test_probabilities_add_up_and_their_mean_is_what_is_expected(
    model: RhythmModel, people: pd.DataFrame
) -> None:
    times, _ = model.orders.read_histories(people.head(500))
    most = int(model.orders.bound_orders(times, 365.0).max())
    chances = model.orders.count_orders(times, 365.0, most)
    assert chances.min() >= 0
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-9)
    expected = model.orders.expect_orders(times, 365.0)
    np.testing.assert_allclose(chances @ np.arange(most + 1), expected, rtol=1e-4)


def test_equal_customers_are_told_alike_whoever_else_is_there(
    model: RhythmModel, people: pd.DataFrame, forecast: pd.DataFrame
) -> None:
    some = people.sample(40, random_state=0)
    pd.testing.assert_frame_equal(model.forecast(some, HORIZON), forecast.loc[some.index], rtol=1e-9)


def test_who_leaves_a_period_out_and_comes_back_had_not_left() -> None:
    months = pd.date_range("2023-01-01", periods=24, freq="30D")
    rng = np.random.default_rng(0)
    rows = [
        (who, day)
        for who in range(200)
        for day in months
        if day == months[0] or rng.random() > 0.1 or who < 20
    ]
    days = pd.DataFrame(rows, columns=["customer_id", "day"]).assign(money=20.0)
    people = summarize_rhythms(days, date(2024, 12, 5))
    model = fit_rhythm_model(people)
    assert model.fits["orders"].parameters["missed"] == pytest.approx(0.09, abs=0.02)
    assert people["gap"].to_numpy() == pytest.approx(30.0)
    assert model.forecast(people, 60)["alive"].mean() > 0.9
    assert any("churn" in note for note in model.notes), "nobody has left, so churn stands at its bound"


def test_the_outlook_of_subscribers_follows_their_rhythm(days: pd.DataFrame) -> None:
    days = days[days["customer_id"] < 1_000]
    outlook = look_ahead(days, CUT, 60)
    assert isinstance(outlook.model, RhythmModel)
    assert any(
        "by the rhythm of each customer (fit_rhythm_model), and not by mbg_nbd" in note
        for note in outlook.notes
    )
    assert outlook.levels == pytest.approx((1, 1), abs=0.08)
    assert np.isfinite(outlook.customers.to_numpy()).all()
    past = look_back(days, CUT - timedelta(days=60), 60, "rhythm")
    assert past is not None
    assert isinstance(past.model, RhythmModel)
    assert look_back(days[days["day"] < "2010-01-20"], date(2010, 1, 20), 20, "rhythm") is None


def make_rhythms(count: int = 40, **columns: object) -> pd.DataFrame:
    usual = {
        "repeats": 4,
        "recency": 120,
        "age": 130,
        "spend": 9.99,
        "gap": 30.0,
        "missed": 0.0,
        "scatter": 0.02,
    }
    return pd.DataFrame({**usual, **columns}, index=range(count))


ONCE = {"repeats": 0, "recency": 0, "gap": 0.0, "scatter": 0.0}


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (make_rhythms(**ONCE), "Nobody ordered a second time, so no period can be told"),
        (make_rhythms(**{**ONCE, "age": 0}), "Nobody ordered a second time"),
        (make_rhythms(29), "Only 29 customers ordered three times, and 30 are needed"),
        (make_rhythms(repeats=1, recency=30), "Only 0 customers ordered three times"),
        (make_rhythms(recency=4, age=6, gap=1.0), "The first order was 6 days ago: in less than 28 days"),
        (make_rhythms(spend=0.0), "Nobody kept anything"),
        (make_rhythms(gap=0.0), "40 of 40 customers have a gap, missed periods or a scatter that can't be"),
        (make_rhythms(scatter=np.nan), "first '0'. Make them with summarize_rhythms"),
        (make_rhythms(age=100), "a last order later than today"),
        (make_rhythms().drop(columns="gap"), "Rhythms of customers lack gap"),
        (make_rhythms().drop(columns="spend"), "lack spend"),
        (make_rhythms(0), "There is no customer"),
    ],
)
def test_what_can_not_be_told_is_refused(people: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        fit_rhythm_model(people)


@pytest.mark.parametrize("columns", [{}, {"age": 3_000}, {"scatter": 0.0}, {"missed": 30.0}, {"age": 120}])
def test_even_gaps_and_long_silence_are_never_missing(columns: dict[str, object]) -> None:
    people = make_rhythms(**columns)
    model = fit_rhythm_model(people)
    for horizon in (1, 90, 3_650):
        table = model.forecast(people, horizon)
        assert np.isfinite(table.to_numpy()).all()
        assert (table.to_numpy() >= 0).all()
        assert table[["alive", "buys"]].le(1).all(axis=None)
    assert model.list_next_orders(people, CUT).notna().all(axis=None)
    with pytest.raises(ConfigError, match="A horizon is a time ahead"):
        model.forecast(people, 0)
