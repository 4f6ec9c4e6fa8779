"""Distances between two groups of customers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.flow.alarms import (
    compute_feature_drift,
    compute_share_drift,
    compute_stability_index,
    count_in_bins,
    find_quantile_edges,
)

COUNTS = st.lists(st.integers(0, 1000), min_size=2, max_size=8)


def test_the_index_of_a_known_table() -> None:
    """(.6 - .4) ln(.6/.4) + (.4 - .6) ln(.4/.6) = .1622, as far as half a customer a bin leaves it."""
    assert compute_stability_index([40_000, 60_000], [60_000, 40_000]) == pytest.approx(0.1622, abs=1e-4)


@given(COUNTS, st.data())
def test_the_index_is_no_less_than_zero_and_the_same_both_ways(before, data):
    after = data.draw(st.lists(st.integers(0, 1000), min_size=len(before), max_size=len(before)))
    index = compute_stability_index(before, after)
    assert index >= 0
    assert index == pytest.approx(compute_stability_index(after, before))
    assert compute_stability_index(before, before) == 0


def test_an_empty_bin_is_no_infinity() -> None:
    assert np.isfinite(compute_stability_index([100, 0], [0, 100]))


def test_bins_are_equally_full_before_and_ties_share_one() -> None:
    values = np.arange(1000.0)
    assert count_in_bins(values, find_quantile_edges(values)).tolist() == [100.0] * 10
    ones = np.array([1.0] * 700 + [2.0] * 200 + [9.0] * 100)
    assert count_in_bins(ones, find_quantile_edges(ones)).tolist() == [700.0, 200.0, 100.0]


def test_a_constant_feature_that_moves_is_seen() -> None:
    drift = compute_feature_drift(pd.DataFrame({"x": np.ones(200)}), pd.DataFrame({"x": np.full(200, 3.0)}))
    assert drift["gap"].iloc[0] == 1.0


def test_where_there_is_nobody_nothing_is_known() -> None:
    drift = compute_feature_drift(pd.DataFrame({"x": [1.0, 2.0]}), pd.DataFrame({"x": np.empty(0)}))
    assert drift[["psi", "gap"]].isna().all(axis=None)


def test_many_features_that_did_not_move_raise_no_alarm() -> None:
    """Twenty features of one population: uncorrected, one p would be below 0.05 two times of three."""
    rng = np.random.default_rng(0)
    alarms = 0
    for _ in range(40):
        before, after = (pd.DataFrame(rng.normal(size=(300, 20))).add_prefix("f") for _ in range(2))
        alarms += bool((compute_feature_drift(before, after)["p"] < 0.05).any())
    assert alarms <= 6


def test_a_shift_is_found_among_many_features_and_said_in_medians() -> None:
    rng = np.random.default_rng(1)
    before, after = (pd.DataFrame(rng.normal(size=(500, 10))).add_prefix("f") for _ in range(2))
    after["f3"] += 1
    drift = compute_feature_drift(before, after).set_index("feature")
    assert drift["p"].idxmin() == drift["psi"].idxmax() == drift["gap"].idxmax() == "f3"
    assert drift.loc["f3", "median_after"] > drift.loc["f3", "median_before"] + 0.5


def test_a_category_on_one_side_only_has_a_share_of_zero_on_the_other() -> None:
    shares = compute_share_drift(pd.Series({0: 2, 1: 2}), pd.Series({0: 1, 2: 1}))
    assert shares.loc[2].tolist() == [0.0, 0.5]
    assert shares.loc[1].tolist() == [0.5, 0.0]
