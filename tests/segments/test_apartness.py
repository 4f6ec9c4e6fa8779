"""What sets a segment apart, against computations of another kind."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from segmentlab.segments.profile import compare_segment_features
from tests.segments.described import customers, labelled

TABLE = customers()
LABELS = labelled(TABLE, [-1, 0, 1])


def test_a_row_for_each_pair_in_order() -> None:
    found = compare_segment_features(TABLE.frame, LABELS)
    pairs = [(segment, name) for segment in (-1, 0, 1) for name in TABLE.frame]
    assert list(zip(found["segment"], found["feature"], strict=True)) == pairs
    own = TABLE.frame.loc[LABELS == 0, "rfm_monetary"]
    row = found.set_index(["segment", "feature"]).loc[(0, "rfm_monetary")]
    assert row["mean"] == pytest.approx(own.mean())
    assert row[["q25", "median", "q75"]].tolist() == pytest.approx(
        np.quantile(own, [0.25, 0.5, 0.75]).tolist()
    )
    everybody = TABLE.frame["rfm_monetary"]
    assert row["difference_sd"] == pytest.approx((own.mean() - everybody.mean()) / everybody.std(ddof=0))


def test_the_effect_is_that_of_the_rank_test() -> None:
    found = compare_segment_features(TABLE.frame, LABELS).set_index(["segment", "feature"])["effect"]
    for segment, name in found.index:
        own = LABELS.eq(segment)
        inside, outside = TABLE.frame.loc[own, name], TABLE.frame.loc[~own, name]
        higher = mannwhitneyu(inside, outside).statistic / (len(inside) * len(outside))
        assert found[segment, name] == pytest.approx(2 * higher - 1)
    assert found[1, "rfm_monetary"] == -1, "the last third has the least money of all"


def test_nobody_outside_and_nothing_that_differs_are_missing() -> None:
    frame = pd.DataFrame({"a": [1.0, 1.0]}, index=["x", "y"])
    found = compare_segment_features(frame, pd.Series([0, 0], index=["x", "y"]))
    assert found[["difference_sd", "effect"]].isna().all(axis=None)


def test_the_effect_counts_ties_as_the_library_does() -> None:
    generator = np.random.default_rng(0)
    features = pd.DataFrame({"tied": generator.integers(0, 5, 200), "free": generator.normal(size=200)})
    labels = pd.Series(generator.integers(0, 3, 200))
    found = compare_segment_features(features, labels).set_index(["segment", "feature"])["effect"]
    for (segment, feature), effect in found.items():
        inside, outside = (features.loc[own, feature] for own in (labels == segment, labels != segment))
        higher = mannwhitneyu(inside, outside).statistic / (len(inside) * len(outside))
        assert effect == pytest.approx(2 * higher - 1)
