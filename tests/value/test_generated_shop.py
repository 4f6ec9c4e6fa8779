"""Forecasts of the generated shop's customers, whose truth is known: dirt and calendar take little away."""

from collections.abc import Callable
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from segmentlab.transactions import SyntheticWorld
from segmentlab.transactions.shop import lives
from segmentlab.value import (
    Levels,
    RhythmModel,
    ValueModel,
    fit_value_model,
    look_ahead,
    measure_coverage,
    measure_regularity,
    sum_outcomes,
    summarize_days,
)

CUT, HORIZON = date(2011, 9, 9), 91
Shop = tuple[pd.DataFrame, pd.DataFrame]


@pytest.fixture(scope="module")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Shop]:
    """A world by customer and day, and what is known of its customers."""
    folder = tmp_path_factory.mktemp("worlds")

    def draw_shop(customers: int, **shares: float) -> Shop:
        world = SyntheticWorld(customers=customers, folder=str(folder), **shares)
        lines = world.read(ibis.duckdb.connect()).transactions
        lines = lines.filter(lines["customer_id"].notnull() & (lines["unit_price"] > 0))
        table = lines.group_by("customer_id", day=lines["timestamp"].date()).aggregate(
            money=(lines["quantity"] * lines["unit_price"]).sum(), bought=(lines["quantity"] > 0).any()
        )
        days = table.order_by("customer_id", "day").to_pandas()
        return days.assign(day=pd.to_datetime(days["day"])), world.read_truth()

    return draw_shop


@pytest.fixture(scope="module")
def shop(draw: Callable[..., Shop]) -> Shop:
    return draw(10_000, after_law=1.0)


@pytest.fixture(scope="module")
def people(shop: Shop) -> pd.DataFrame:
    return summarize_days(shop[0], CUT)


@pytest.fixture(scope="module")
def there(shop: Shop, people: pd.DataFrame) -> pd.Series:
    return ~(shop[1]["left"].reindex(people.index) < pd.Timestamp(CUT))


@pytest.fixture(scope="module")
def model(people: pd.DataFrame) -> ValueModel:
    return fit_value_model(people)


@pytest.fixture(scope="module")
def forecast(model: ValueModel, people: pd.DataFrame) -> pd.DataFrame:
    return model.forecast(people, HORIZON)


def test_the_law_that_they_follow_is_found(model: ValueModel) -> None:
    fit = model.fits["orders"]
    for name, value in {"r": lives.R, "alpha": lives.ALPHA, "a": lives.A, "b": lives.B}.items():
        error = fit.errors[name]
        assert error is not None
        assert abs(fit.parameters[name] - value) < 3 * error


def test_intervals_hold_what_they_promise(shop: Shop, model: ValueModel, people: pd.DataFrame) -> None:
    came = sum_outcomes(shop[0], CUT, HORIZON).reindex(people.index).fillna(0.0)
    places = model.place_outcomes(people, HORIZON, came, seed=0)
    for what in ("orders", "spend"):
        assert measure_coverage(places[what].to_numpy(), Levels()) == pytest.approx(0.9, abs=0.02)


def test_who_is_said_to_be_alive_is(forecast: pd.DataFrame, there: pd.Series) -> None:
    fifths = pd.qcut(forecast["alive"], 5, duplicates="drop")
    error = (there - forecast["alive"]).groupby(fifths, observed=True).mean()
    assert error.abs().max() < 0.08
    assert there.mean() == pytest.approx(forecast["alive"].mean(), abs=0.04)
    assert roc_auc_score(there, forecast["alive"]) > 0.72


def test_orders_bring_what_is_expected_of_them(forecast: pd.DataFrame, shop: Shop) -> None:
    truth = shop[1].reindex(forecast.index)
    assert np.corrcoef(np.log(forecast["per_order"]), np.log(truth["spend"]))[0, 1] > 0.8


def test_the_outlook_of_subscribers_follows_their_rhythm_through_all_dirt(draw: Callable[..., Shop]) -> None:
    days, truth = draw(1_500, subscribers=1.0)
    outlook = look_ahead(days, CUT, HORIZON)
    assert isinstance(outlook.model, RhythmModel)
    alive = outlook.customers["alive"]
    there = ~(truth["left"].reindex(alive.index) < pd.Timestamp(CUT))
    assert roc_auc_score(there, alive) > 0.94
    assert there.mean() == pytest.approx(alive.mean(), abs=0.03)


def test_a_mix_is_foreseen_by_what_foresaw_it_better(draw: Callable[..., Shop]) -> None:
    """Many are subscribers, and more are not: even gaps are said, and the law of all others is taken."""
    days, _ = draw(1_500, subscribers=0.3, after_law=0.7)
    outlook = look_ahead(days, CUT, HORIZON)
    assert not isinstance(outlook.model, RhythmModel)
    note = next(note for note in outlook.notes if note.startswith("This looks like subscriptions"))
    assert f"mbg_nbd foresaw the last {HORIZON} days of all customers better" in note


@pytest.mark.parametrize("kind", ["after_law", "seasonal"])
def test_who_comes_by_chance_is_no_subscriber(draw: Callable[..., Shop], kind: str, shop: Shop) -> None:
    days = shop[0] if kind == "after_law" else draw(2_000, seasonal=1.0)[0]
    assert not measure_regularity(days[days["bought"]]).is_contractual
