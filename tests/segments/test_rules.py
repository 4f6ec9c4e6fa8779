"""Rules in words say what they do: planted thresholds come back, and the shares are those of the rule."""

import re
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.features.feature_set import Column
from segmentlab.segments import rules as rules_module
from segmentlab.segments.rules import RuleSplit, describe_splits, explain_segments, round_threshold
from tests.examples import draw_examples
from tests.segments.described import COLUMNS, customers

TABLE = customers(count=600)
NAMES = {-1: "Noise", 0: "Best", 1: "Rest"}


def planted() -> pd.Series:
    """Segment 0 has a recency up to 100 days and at least 6 invoices."""
    best = (TABLE.frame["rfm_recency"] <= 100) & (TABLE.frame["rfm_frequency"] >= 6)
    return pd.Series(np.where(best, 0, 1), index=TABLE.frame.index)


def test_a_planted_rule_comes_back_in_words() -> None:
    told = explain_segments(TABLE.frame, COLUMNS, planted(), NAMES, seed=0)
    best = told.rules.set_index("segment").loc[0]
    match = re.fullmatch(r"recency up to (\d+) days and frequency at least (\d+) invoices", best["rule"])
    assert match, best["rule"]
    recency, frequency = map(int, match.groups())
    assert (recency, frequency) == (100, 6)
    assert (best["precision"], best["coverage"], told.fidelity) == (1, 1, 1)


def test_shares_are_those_of_the_rule_as_it_is_written() -> None:
    labels = planted()
    labels[TABLE.frame.index[::7]] = 1  # so that no rule is perfect
    told = explain_segments(TABLE.frame, COLUMNS, labels, NAMES, seed=0)
    row = told.rules[told.rules["segment"] == 0].iloc[0]
    recency, frequency = map(int, re.findall(r"\d+", row["rule"])[:2])
    meets = (TABLE.frame["rfm_recency"] <= recency) & (TABLE.frame["rfm_frequency"] >= frequency)
    assert row["customers"] == meets.sum()
    assert row["precision"] == pytest.approx((labels[meets] == 0).mean())
    assert row["coverage"] == pytest.approx(meets[labels == 0].mean())
    assert 0.8 < told.fidelity < 1


def test_noise_has_no_rule_and_counts_against_others() -> None:
    labels = planted()
    labels[TABLE.frame.index[::7]] = -1
    told = explain_segments(TABLE.frame, COLUMNS, labels, NAMES, seed=0)
    assert set(told.rules["segment"]) == {0, 1}
    row = told.rules.iloc[0]
    assert row["precision"] == pytest.approx(6 / 7, abs=0.1), "a seventh of those whom it meets is noise"


@pytest.mark.parametrize("label", [0, -1])
def test_one_segment_is_everybody(label: int) -> None:
    told = explain_segments(TABLE.frame, COLUMNS, pd.Series(label, index=TABLE.frame.index), NAMES, seed=0)
    assert told.rules["rule"].tolist() == (["everybody"] if label == 0 else [])
    assert told.fidelity == 1


def test_many_customers_are_sampled_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules_module, "RULE_SAMPLE", 300)
    told = explain_segments(TABLE.frame, COLUMNS, planted(), NAMES, seed=0)
    assert "300 of 600 customers" in told.notes[0]
    assert told.rules["customers"].sum() == 300
    again = explain_segments(TABLE.frame, COLUMNS, planted(), NAMES, seed=0)
    pd.testing.assert_frame_equal(again.rules, told.rules)


@pytest.mark.parametrize(
    ("splits", "words"),
    [
        ([(0, 34, True), (1, 5, False)], "recency up to 34 days and frequency at least 6 invoices"),
        ([(0, 200, True), (0, 34, False), (0, 120, True)], "recency 35 to 120 days"),
        ([(1, 5, False), (1, 6, True)], "frequency 6 invoices"),
        ([(2, 1234.5, False)], "monetary over 1,234.5"),
        ([(2, 1000, False), (2, 20000, True)], "monetary over 1,000 up to 20,000"),
        ([(3, 0, False)], "gender female is 1"),
        ([(3, 0, True)], "gender female is 0"),
        ([], "everybody"),
    ],
)
def test_conditions_in_words(splits: list[tuple[int, float, bool]], words: str) -> None:
    columns = (*COLUMNS, Column("demographics_gender_female", "1 where female", "0 or 1"))
    assert describe_splits([RuleSplit(*each) for each in splits], columns, [True, True, False, True]) == words


def test_two_features_of_one_name_keep_their_sets() -> None:
    columns = (Column("rfm_recency", "days", "days"), Column("rhythm_recency", "days", "days"))
    assert describe_splits([RuleSplit(1, 3, True)], columns, [True, True]) == "rhythm recency up to 3 days"


@draw_examples(50)
@given(
    values=st.lists(st.floats(-1e6, 1e6) | st.integers(-1000, 1000).map(float), min_size=2, max_size=200),
    place=st.floats(0, 1),
)
def test_a_rounder_threshold_moves_hardly_anybody(values: list[float], place: float) -> None:
    points = np.array(values)
    threshold = float(np.quantile(points, place))
    found = round_threshold(points, threshold)
    moved = np.sum((points <= found) != (points <= threshold))
    assert moved <= 0.01 * min(np.sum(points <= threshold), np.sum(points > threshold))
    assert digits(found) <= digits(threshold)


def digits(number: float) -> int:
    """How many digits somebody has to read."""
    return len(Decimal(repr(number)).normalize().as_tuple().digits)
