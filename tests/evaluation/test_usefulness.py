"""Forecasts by group: honest about chance, right where the answer is known."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.rfm_grid import make_rfm_grid
from segmentlab.evaluation.usefulness import (
    RankedValues,
    compute_calibration_error,
    compute_score_intervals,
    compute_top_share,
    forecast_by_features,
    forecast_by_group,
    score_forecast,
)


def later(rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    """Three groups: the first always buys for much, the second now and then, the last never."""
    generator = np.random.default_rng(0)
    groups = np.arange(rows) % 3
    spend = np.where(groups == 0, generator.uniform(90, 110, rows), 0.0)
    return groups, np.where((groups == 1) & (generator.random(rows) < 0.5), 10.0, spend)


def test_groups_that_decide_the_future_foresee_it() -> None:
    groups, spend = later()
    found = score_forecast(forecast_by_group(groups, spend, seed=0), spend)
    assert found["spend_r2"] > 0.8
    assert found["repurchase_auc"] > 0.9
    assert found["repurchase_calibration"] < 0.03
    assert compute_top_share(groups, forecast_by_group(groups, spend, 0), spend) == pytest.approx(
        spend[groups == 0].sum() / spend.sum()
    )


def test_groups_of_chance_foresee_nothing_however_many_they_are() -> None:
    _, spend = later()
    for many in (2, 20, 300):
        groups = np.random.default_rng(many).integers(0, many, len(spend))
        found = score_forecast(forecast_by_group(groups, spend, seed=0), spend)
        assert found["spend_r2"] < 0.01
        assert found["repurchase_auc"] == pytest.approx(0.5, abs=0.08)


def test_one_segment_for_all_explains_nothing() -> None:
    _, spend = later()
    found = score_forecast(forecast_by_group(np.zeros(len(spend), dtype=int), spend, seed=0), spend)
    assert found["spend_r2"] == pytest.approx(0, abs=0.01)


def test_one_segment_for_all_ranks_nobody() -> None:
    """What a fold expects leans against what happened in it, so pooled folds gave .48 and not .5."""
    _, spend = later()
    single = forecast_by_group(np.zeros(len(spend), dtype=int), spend, seed=0)
    table = compute_score_intervals({"single": single}, spend, against="single", resamples=50, seed=0)
    bounds = ["repurchase_auc", "repurchase_auc_low", "repurchase_auc_high"]
    assert table.loc["single", bounds].tolist() == [0.5, 0.5, 0.5]
    assert "spend_rank" not in table


def test_features_are_the_ceiling() -> None:
    groups, spend = later()
    features = np.column_stack([groups, np.random.default_rng(1).normal(size=len(groups))]).astype(float)
    assert score_forecast(forecast_by_features(features, spend, seed=0), spend)["spend_r2"] > 0.8


@pytest.mark.parametrize(
    ("spend", "missing"), [(np.zeros(50), "spend_r2"), (np.full(50, 9.0), "repurchase_auc")]
)
def test_what_the_outcomes_do_not_allow_is_missing(spend: np.ndarray, missing: str) -> None:
    assert missing not in score_forecast(forecast_by_group(np.arange(50) % 2, spend, seed=0), spend)


def test_no_later_revenue_has_no_share() -> None:
    spend = np.zeros(9)
    assert (
        compute_top_share(np.zeros(9, dtype=int), forecast_by_group(np.zeros(9, dtype=int), spend, 0), spend)
        is None
    )


def test_intervals_hold_the_score_and_tell_better_from_equal() -> None:
    groups, spend = later()
    chance = np.random.default_rng(5).integers(0, 3, len(spend))
    forecasts = {
        "segments": forecast_by_group(groups, spend, 0),
        "chance": forecast_by_group(chance, spend, 0),
    }
    table = compute_score_intervals(forecasts, spend, against="chance", resamples=200, seed=0)
    own = table.loc["segments"]
    assert own["spend_r2_low"] < own["spend_r2"] < own["spend_r2_high"]
    assert own["spend_r2_beyond_low"] > 0.5
    assert table.loc["chance", ["spend_r2_beyond_low", "spend_r2_beyond_high"]].tolist() == [0, 0]


def test_calibration_by_hand() -> None:
    probability = np.repeat([0.2, 0.8], 10)
    happened = np.array([True] * 4 + [False] * 6 + [True] * 8 + [False] * 2)
    folds = np.tile(np.arange(5), 4)
    ranked = RankedValues.of(probability, folds)
    assert compute_calibration_error(ranked, happened) == pytest.approx(0.1)
    some = np.flatnonzero(probability > 0.5)
    assert compute_calibration_error(ranked.part(some), happened[some]) == pytest.approx(0.0)


@pytest.mark.parametrize("different", [1, 3, 12, 400])
def test_calibration_is_that_of_the_usual_bins(different: int) -> None:
    generator = np.random.default_rng(different)
    probability = generator.choice(generator.random(different), 500)
    happened = generator.random(500) < probability
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, 11)))
    apart = np.bincount(np.digitize(probability, edges[1:-1]), probability - happened)
    ranked = RankedValues.of(probability, generator.integers(0, 5, 500))
    assert compute_calibration_error(ranked, happened) == pytest.approx(np.abs(apart).sum() / 500)


@pytest.mark.parametrize("cells", [1, 2, 5, 8, 11])
def test_a_grid_has_as_many_cells_as_asked_and_of_like_size(cells: int) -> None:
    rfm = pd.DataFrame(np.random.default_rng(0).exponential(size=(800, 3)))
    sizes = np.bincount(make_rfm_grid(rfm, cells))
    assert len(sizes) == cells
    assert sizes.max() <= 2 * sizes.min() + 1


def test_a_grid_of_eight_is_cut_at_medians() -> None:
    rfm = pd.DataFrame(np.random.default_rng(0).exponential(size=(800, 3)), columns=list("rfm"))
    labels = make_rfm_grid(rfm, 8)
    assert rfm["r"].groupby(labels).agg(lambda r: (r > rfm["r"].median()).nunique()).eq(1).all()


def test_customers_who_are_alike_are_not_parted() -> None:
    assert np.unique(make_rfm_grid(pd.DataFrame(np.ones((10, 3))), 4)).tolist() == [0]
    mostly_once = pd.DataFrame({"r": 1.0, "f": [1.0] * 8 + [2.0, 3.0], "m": 5.0})
    assert np.bincount(make_rfm_grid(mostly_once, 2)).tolist() == [8, 2]
