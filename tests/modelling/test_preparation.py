"""Transforms of our own."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.apart_rules import FenceCaps
from segmentlab.modelling.preparation import (
    NormalScores,
    QuantileCaps,
    SignedLog,
    describe_shapes,
    follow_suggestions,
)
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers as customers


def test_the_log_is_log1p_and_mirrors_what_is_negative() -> None:
    values = pd.DataFrame({"money": [0.0, 9.0, -9.0]})
    np.testing.assert_allclose(SignedLog().fit_transform(values).ravel(), [0, np.log1p(9), -np.log1p(9)])


def test_the_log_leaves_other_columns_as_they_are() -> None:
    values = pd.DataFrame({"share": [0.5], "money": [9.0]})
    assert SignedLog(columns=["money"]).fit_transform(values).tolist() == [[0.5, np.log1p(9.0)]]


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(ConfigError, match=r"there is no feature mony. Choose among share, money"):
        SignedLog(columns=["mony"]).fit(pd.DataFrame({"share": [0.5], "money": [9.0]}))


def test_a_stage_that_asks_for_suggestions_gets_them_and_the_plan_keeps_its_own() -> None:
    planned = make_pipeline(SignedLog(columns="suggested"), StandardScaler())
    told = follow_suggestions(planned, ["money"])
    assert (told[0].columns, planned[0].columns) == (("money",), "suggested")
    assert follow_suggestions(SignedLog(columns=["share"]), ["money"]).columns == ["share"]


def test_caps_are_learnt_quantiles() -> None:
    caps = QuantileCaps(0.1, 0.9).fit(np.arange(101.0).reshape(-1, 1))
    assert caps.transform([[-5.0], [50.0], [1e9]]).ravel().tolist() == [10.0, 50.0, 90.0]


@pytest.mark.parametrize(
    ("lower", "upper", "message"),
    [
        (0.99, 0.01, "prepare: lower=0.99 and upper=0.01 of QuantileCaps do not work"),
        (1, 99, "prepare: upper=99 of QuantileCaps does not work: expected a number from 0 to 1"),
    ],
)
def test_caps_that_are_no_quantiles_are_refused(lower: float, upper: float, message: str) -> None:
    features, money, _ = customers()
    preparation = make_pipeline(QuantileCaps(lower, upper), StandardScaler())
    with pytest.raises(ConfigError, match=message):
        Segmenter(preparation, FunctionTransformer(), KMeans(3)).fit(features, value=money)


def test_normal_scores_follow_ranks_and_equal_values_share_theirs() -> None:
    scores = NormalScores().fit_transform([[1.0], [1.0], [7.0], [1e9]]).ravel()
    np.testing.assert_allclose(scores, [-0.6745, -0.6745, 0.3186, 1.1503], atol=1e-4)


def test_thinned_curves_stay_close_to_the_full_ones() -> None:
    drawn = np.random.default_rng(0).lognormal(0, 2, (50_000, 1))
    scores = NormalScores().fit_transform(drawn).ravel()
    ranks = pd.Series(drawn.ravel()).rank()
    assert np.corrcoef(scores, ranks)[0, 1] > 0.97
    assert abs(scores.mean()) < 0.001
    assert abs(scores.std() - 1) < 0.01


def test_a_feature_that_caps_made_constant_is_named_with_what_did_it() -> None:
    features, money, _ = customers(per_segment=80)
    rare = features.assign(rare=np.arange(len(features)) == 0)
    preparation = make_pipeline(QuantileCaps(), StandardScaler())
    with pytest.raises(DataError, match=r"'rare' is 0 .* after QuantileCaps and StandardScaler"):
        Segmenter(preparation, FunctionTransformer(), KMeans(3)).fit(rare.astype("float64"), value=money)


def test_shapes_tell_skewness_and_the_tighter_caps_in_the_feature_s_own_unit() -> None:
    before = pd.DataFrame({"money": np.arange(1.0, 101) ** 3, "days": np.arange(100.0)})
    preparation = make_pipeline(
        FenceCaps(0.5, "raw", ["money"]), make_pipeline(QuantileCaps(0, 0.9), SignedLog())
    )
    after = pd.DataFrame(preparation.fit_transform(before), columns=before.columns)
    table = describe_shapes(before, after, preparation).set_index("feature")
    caught = QuantileCaps(0, 0.9).fit(FenceCaps(0.5, "raw").fit_transform(before))
    assert table["high_cap"].tolist() == pytest.approx([caught.high_[0], 89.1])
    assert table["skewness_before"].tolist() == pytest.approx([before["money"].skew(), 0], abs=1e-9)
    assert table["skewness_after"].tolist() == pytest.approx([after["money"].skew(), after["days"].skew()])


def test_without_caps_there_are_none() -> None:
    before = pd.DataFrame({"money": [1.0, 2.0, 9.0]})
    # Caps on a scale of logarithms would say nothing in money.
    preparation = make_pipeline(SignedLog(), QuantileCaps()).fit(before)
    assert describe_shapes(before, before, preparation)[["low_cap", "high_cap"]].isna().all(axis=None)
