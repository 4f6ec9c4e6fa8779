"""What the model says of customers who live by its law, of published data, and of data that tells nothing."""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.value import (
    LAWS,
    GammaGamma,
    Levels,
    ValueModel,
    fit_gamma_gamma,
    fit_order_law,
    fit_value_model,
    measure_coverage,
    sum_outcomes,
    summarize_days,
)
from tests.value.worlds import draw_world

HORIZON = 100.0


@pytest.fixture(scope="module")
def world() -> pd.DataFrame:
    return draw_world(1)


@pytest.fixture(scope="module")
def model(world: pd.DataFrame) -> ValueModel:
    return fit_value_model(world)


@pytest.fixture(scope="module")
def forecast(model: ValueModel, world: pd.DataFrame) -> pd.DataFrame:
    return model.forecast(world, HORIZON)


TRUTH = {"r": 0.8, "alpha": 30.0, "a": 0.9, "b": 3.0}


def test_parameters_lie_within_their_standard_errors(model: ValueModel) -> None:
    fit = model.fits["orders"]
    assert fit.converged
    for name, value in TRUTH.items():
        error = fit.errors[name]
        assert error is not None
        assert abs(fit.parameters[name] - value) < 3 * error
    for name, value in {"p": 5.0, "q": 4.0, "v": 60.0}.items():
        error = model.fits["spend"].errors[name]
        assert error is not None
        assert abs(model.fits["spend"].parameters[name] - value) < 3 * error


def test_expected_orders_and_spend_are_what_comes(forecast: pd.DataFrame, world: pd.DataFrame) -> None:
    for expected, came in (("orders", "later"), ("spend", "later_spend")):
        spread = (world[came] - forecast[expected]).std() / np.sqrt(len(world))
        assert abs(world[came].mean() - forecast[expected].mean()) < 4 * spread
    tenths = pd.qcut(forecast["buys"], 10)
    happened = (world["later"] > 0).groupby(tenths, observed=True).mean()
    assert (happened - forecast["buys"].groupby(tenths, observed=True).mean()).abs().max() < 0.06


def test_intervals_hold_what_they_promise(model: ValueModel, world: pd.DataFrame) -> None:
    outcomes = pd.DataFrame({"orders": world["later"], "spend": world["later_spend"]})
    places = model.place_outcomes(world, HORIZON, outcomes, seed=0)
    for what in ("orders", "spend"):
        own = places[what].to_numpy()
        assert measure_coverage(own, Levels()) == pytest.approx(0.9, abs=0.02)
        assert np.histogram(own, 5, (0, 1))[0] / len(own) == pytest.approx(0.2, abs=0.025)


def test_an_interval_ends_where_the_distribution_says(model: ValueModel, world: pd.DataFrame) -> None:
    """The grid of money finds the place that the exact distribution has."""
    some = world.head(300)
    table = model.forecast(some, HORIZON)
    ends = pd.DataFrame({"orders": table["orders_high"], "spend": table["spend_high"]})
    places = model.place_outcomes(some, HORIZON, ends, seed=0)
    assert places.loc[table["spend_high"] > 0, "spend"].to_numpy() == pytest.approx(0.95, abs=0.003)


def test_the_score_is_the_mean_logarithm_of_what_comes(model: ValueModel, world: pd.DataFrame) -> None:
    one = world.iloc[[world["repeats"].argmax()]]
    table = model.forecast(one, HORIZON).iloc[0]
    assert table["score"] < np.log1p(table["spend"])
    assert table["orders_low"] <= table["orders"] <= table["orders_high"]
    assert table["spend_low"] <= table["spend"] <= table["spend_high"]


def test_equal_customers_are_told_alike_whoever_else_is_there(model: ValueModel, world: pd.DataFrame) -> None:
    whole = model.forecast(world, HORIZON)
    some = world.sample(50, random_state=0)
    pd.testing.assert_frame_equal(model.forecast(some, HORIZON), whole.loc[some.index], rtol=1e-9)


@pytest.mark.parametrize("law", LAWS)
def test_another_unit_of_time_or_money_changes_nothing(law: str, world: pd.DataFrame) -> None:
    some = world.head(800)[["repeats", "recency", "age", "spend"]]
    other = some.assign(recency=some["recency"] / 7, age=some["age"] / 7, spend=some["spend"] * 100)
    days, weeks = fit_value_model(some, law), fit_value_model(other, law)
    assert days.fits["orders"].log_likelihood == pytest.approx(
        weeks.fits["orders"].log_likelihood - some["repeats"].sum() * np.log(7), abs=0.01
    )
    one, another = days.forecast(some, 70), weeks.forecast(other, 10)
    np.testing.assert_allclose(one["orders"], another["orders"], rtol=0.01, atol=1e-4)
    np.testing.assert_allclose(one["spend_high"] * 100, another["spend_high"], rtol=0.02, atol=0.1)


def make_people(*rows: tuple[float, float, float, float]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["repeats", "recency", "age", "spend"])


THIN = {
    "one customer": (make_people((0, 0, 9, 5.0)), "Nobody ordered a second time"),
    "came once": (make_people(*[(0, 0, age, 5.0 + age) for age in range(1, 90)]), "Nobody ordered"),
    "constant gaps": (make_people(*[(9, 270, 270 + age, 20.0) for age in range(50)]), "All customers spend"),
    "a week": (make_people(*[(age % 2, age % 2, age, 5.0 + age) for age in range(8)]), "The first order was"),
    "some age nothing": (make_people((0, 0, 0, 5.0), (1, 3, 40, 7.0)), "Only 1 customers ordered"),
    "brought back": (make_people((0, 0, 9, -5.0), (2, 8, 50, 7.0)), "1 of 2 customers kept nothing"),
}  # fmt: skip


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("case", THIN)
def test_what_data_can_not_tell_is_said_and_never_missing(case: str, law: str) -> None:
    people, words = THIN[case]
    model = fit_value_model(people, law)
    assert any(note.startswith(words) for note in model.notes), model.notes
    table = model.forecast(people, 365)
    assert np.isfinite(table.to_numpy()).all()
    assert (table.to_numpy() >= 0).all()
    assert table[["alive", "buys"]].le(1).all(axis=None)


@pytest.mark.parametrize(
    ("people", "words"),
    [
        (make_people((0, 0, 0, 5.0), (0, 0, 0, 7.0)), "No time has passed"),
        (make_people((0, 0, 9, -5.0), (1, 2, 9, 0.0)), "Nobody kept anything"),
        (make_people((1, 10, 9, 5.0)), "1 of 1 customers have a last order later than today"),
        (make_people((0, 1, 9, 5.0)), "a last order later than the first, and no repeat"),
        (make_people((0.5, 1, 9, 5.0)), "a number of repeats that is not whole"),
        (make_people((0, 0, -1, 5.0)), "a negative number of repeats or days"),
        (make_people((0, 0, np.nan, 5.0)), "a missing or infinite value"),
        (make_people((0, 0, 9, np.nan)), "spend of some customers is missing"),
        (make_people(), "There is no customer"),
        (make_people((0, 0, 9, 5.0)).drop(columns="age"), "lack age"),
        (make_people((0, 0, 9, 5.0)).drop(columns="spend"), "lack spend"),
    ],
)
def test_what_can_not_be_is_refused(people: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        fit_value_model(people)


def test_a_law_and_a_horizon_have_to_exist(model: ValueModel, world: pd.DataFrame) -> None:
    with pytest.raises(ConfigError, match="choose one of mbg_nbd, bg_nbd, pareto_nbd"):
        fit_order_law(world, "poisson")
    for horizon in (0.0, -3.0, float("nan")):
        with pytest.raises(ConfigError, match="A horizon is a time ahead"):
            model.forecast(world.head(2), horizon)


def test_days_become_histories() -> None:
    days = pd.DataFrame(
        [
            ("anna", "2011-01-05", 20.0, True),
            ("anna", "2011-01-09", -5.0, False),  # brought back: no order, and less money
            ("anna", "2011-03-01", 45.0, True),
            ("bert", "2011-02-10", 9.0, True),
            ("bert", "2011-02-20", -9.0, False),
            ("carl", "2011-03-11", 7.0, True),  # on the day itself, which has not been
            ("dora", "2011-01-02", -7.0, False),
        ],
        columns=["customer_id", "day", "money", "bought"],
    ).assign(day=lambda frame: pd.to_datetime(frame["day"]))
    histories = summarize_days(days, date(2011, 3, 11))
    assert histories.loc["anna"].tolist() == [1, 55, 65, 30]
    assert histories.loc["bert"].tolist() == [0, 0, 29, 0]
    assert list(histories.index) == ["anna", "bert"]
    later = sum_outcomes(days, date(2011, 2, 20), 20)
    assert later.to_dict("index") == {
        "anna": {"orders": 1, "spend": 45},
        "bert": {"orders": 0, "spend": 0},
        "carl": {"orders": 1, "spend": 7},
    }


@pytest.mark.realdata
def test_the_published_estimates_of_cdnow_are_met(real_data: Path) -> None:
    """Fader, Hardie and Lee 2005, and Fader and Hardie's notes on Pareto/NBD."""
    sample = pd.read_csv(real_data / "raw" / "cdnow" / "cdnow_customers_summary.csv")
    people = sample.rename(columns={"frequency": "repeats", "T": "age"})
    fit = fit_order_law(people, "bg_nbd")[1]
    assert fit.parameters == pytest.approx({"r": 0.2426, "alpha": 4.4135, "a": 0.7929, "b": 2.4258}, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-9582.4, abs=0.05)
    fit = fit_order_law(people, "pareto_nbd")[1]
    assert fit.parameters == pytest.approx(
        {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, abs=2e-3
    )
    assert fit.log_likelihood == pytest.approx(-9595.0, abs=0.05)


def test_gamma_gamma_has_the_slopes_of_its_likelihood() -> None:
    from segmentlab.value.gamma_gamma import _make_likelihood

    compute = _make_likelihood(np.array([1.0, 1, 2, 9]), np.array([0.2, 3.0, 1.0, 0.7]))
    at = np.array([2.5, 1.5, 0.8])
    for place in range(3):
        step = np.eye(3)[place] * 1e-6
        rise = (compute(at + step)[0] - compute(at - step)[0]) / 2e-6
        np.testing.assert_allclose(compute(at)[1][:, place], rise, atol=1e-6)


def test_what_an_order_brings_lies_between_a_customer_and_all() -> None:
    law = GammaGamma(p=6.25, q=3.74, v=15.44)
    mean = law.p * law.v / (law.q - 1)
    for orders in (1.0, 5.0, 50.0):
        expected = law.expect_spend(np.array([orders]), np.array([100.0]))[0]
        assert mean < expected < 100
    assert law.expect_spend(np.array([3.0]), np.array([-50.0]))[0] > 0
    people = make_people(*[(2, 8, 50, 10.0 + number) for number in range(40)])
    assert fit_gamma_gamma(people)[0].q > 1
