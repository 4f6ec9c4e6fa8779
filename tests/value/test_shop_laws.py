"""Where customers stand by the laws of their shop."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import DataError
from segmentlab.value import GammaGamma, MbgNbd, ShopLaws, ValueModel, learn_shop

PEOPLE = pd.DataFrame(
    {
        "repeats": [0, 0, 6, 6, 30],
        "recency": [0, 0, 30, 30, 300],
        "age": [9, 300, 39, 300, 301],
        "spend": 30.0,
    }
).astype("float64")
LAWS = ShopLaws(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), 20.0, 60.0, 4.0)


def test_what_is_said_is_what_the_model_forecasts() -> None:
    """Alive, buying, spend and score are those of the same laws."""
    found = LAWS.place(PEOPLE)
    forecast = ValueModel(LAWS.orders, LAWS.spend, {}).forecast(PEOPLE, LAWS.horizon)
    for name, other in {"alive": "alive", "buys": "buys", "expected": "spend", "score": "score"}.items():
        assert found[name].to_numpy() == pytest.approx(forecast[other].to_numpy(), abs=1e-9)


def test_late_is_late_for_oneself() -> None:
    """The same silence is nothing for who came once, and much for who came every five days."""
    found = LAWS.place(PEOPLE)
    assert found["late"].iloc[4] == 0 < found["late"].iloc[2] < found["late"].iloc[3]
    assert found["waits"].iloc[3] < 0.01 < found["waits"].iloc[1]
    assert (found["late_gap"] > found["gap"]).all()
    assert (found["next_in"] >= found["gap"]).all()


def test_half_come_within_the_gap() -> None:
    """The gap is the median of those who have not left: drawn from the law, half have come."""
    chance = np.random.default_rng(0)
    rates = chance.gamma(LAWS.orders.r + 6, 1 / (LAWS.orders.alpha + 30), 200_000)
    waited = chance.exponential(1 / rates)
    gap = LAWS.place(PEOPLE)["gap"].iloc[2]
    assert (waited < gap).mean() == pytest.approx(0.5, abs=0.01)


def test_one_is_placed_as_in_company() -> None:
    """Nobody's numbers depend on who else is there."""
    together = LAWS.place(PEOPLE)
    for row in range(len(PEOPLE)):
        pd.testing.assert_frame_equal(LAWS.place(PEOPLE.iloc[[row]]), together.iloc[[row]])


def test_a_shop_to_which_nobody_came_back_has_no_second_gap() -> None:
    """Nothing is told of a rhythm that nobody has, and the notes say so."""
    once = pd.DataFrame({"repeats": 0.0, "recency": 0.0, "age": [30.0, 60, 90], "spend": 9.0})
    laws = learn_shop(once.assign(second_gap=np.nan))
    assert laws.second_gap is None
    assert "Nobody ordered a second time" in laws.notes[0]
    assert np.isfinite(laws.place(once)).all(axis=None)


def test_without_any_time_nothing_is_learnt() -> None:
    """Everybody's first order was today."""
    today = pd.DataFrame({"repeats": [0.0], "recency": 0.0, "age": 0.0, "spend": 9.0, "second_gap": np.nan})
    with pytest.raises(DataError, match="No time has passed"):
        learn_shop(today)


def test_of_a_week_nothing_is_said() -> None:
    """Who is new, late or gone in seven days, nobody knows."""
    week = pd.DataFrame({"repeats": [0.0, 3, 5], "recency": [0.0, 5, 6], "age": 7.0, "spend": 9.0})
    with pytest.raises(DataError, match="The first order was 7 days ago, and 28 are needed"):
        learn_shop(week.assign(second_gap=[np.nan, 2.0, 1.0]))
