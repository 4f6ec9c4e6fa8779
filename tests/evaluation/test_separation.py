"""Scores of separation, against scikit-learn and by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import davies_bouldin_score, silhouette_samples

from segmentlab.evaluation import scores
from segmentlab.evaluation.scores import compute_inertia, compute_silhouettes
from segmentlab.evaluation.separation import measure_separation
from segmentlab.modelling.sample import draw_stratified_rows
from segmentlab.testing.planted import plant_customers as customers


def prepared(per_segment: int = 40) -> tuple[pd.DataFrame, np.ndarray]:
    features, _, truth = customers(per_segment)
    logs = np.log1p(features)
    return (logs - logs.mean()) / logs.std(), truth


@given(seed=st.integers(0, 10_000), segments=st.integers(2, 6))
def test_silhouettes_equal_those_of_scikit_learn(seed: int, segments: int) -> None:
    generator = np.random.default_rng(seed)
    points = generator.normal(size=(40, 3))
    labels = np.concatenate([np.arange(segments), generator.integers(0, segments, 40 - segments)])
    ours = compute_silhouettes(points, labels)
    np.testing.assert_allclose(ours, silhouette_samples(points, labels), atol=1e-9)


def test_points_on_one_spot_have_a_silhouette_of_zero() -> None:
    assert compute_silhouettes(np.zeros((4, 2)), np.array([0, 0, 1, 1])).tolist() == [0.0] * 4


def test_noise_is_no_segment_and_not_free() -> None:
    points, truth = prepared()
    labels = truth.copy()
    labels[:30] = -1
    scored = measure_separation(points, labels, sample=10_000, seed=0)
    real = labels != -1
    assert scored.metrics["segments/count"] == 3
    assert scored.metrics["separation/coverage"] == 0.75
    assert scored.metrics["separation/davies_bouldin"] == davies_bouldin_score(points[real], labels[real])
    assert scored.metrics["separation/silhouette"] == pytest.approx(
        silhouette_samples(points[real], labels[real]).mean(), abs=1e-9
    )
    assert scored.silhouettes.index.tolist() == points.index[real].tolist()


def test_the_macro_mean_shows_a_small_poor_segment() -> None:
    """One blob of 96 and four customers scattered around it: the mean over customers hides them."""
    generator = np.random.default_rng(1)
    points = np.vstack([generator.normal(0, 0.1, (96, 2)), generator.normal(0, 1.0, (4, 2))])
    labels = np.repeat([0, 1], [96, 4])
    scored = measure_separation(pd.DataFrame(points), labels, sample=10_000, seed=0).metrics
    assert scored["separation/silhouette"] > scored["separation/silhouette_macro"] + 0.2


@pytest.mark.parametrize("labels", [np.zeros(120, dtype=int), np.full(120, -1), np.arange(120)])
def test_a_score_that_needs_two_segments_is_missing_not_zero(labels: np.ndarray) -> None:
    points, _ = prepared()
    scored = measure_separation(points, labels, sample=10_000, seed=0)
    assert not {"separation/silhouette", "separation/davies_bouldin"} & set(scored.metrics)
    assert "not available" in scored.notes[0]


def test_a_sample_is_stated_with_its_error_and_near_the_whole() -> None:
    points, truth = prepared(400)
    exact = measure_separation(points, truth, sample=10_000, seed=0)
    sampled = measure_separation(points, truth, sample=300, seed=0)
    error = sampled.metrics["separation/silhouette_standard_error"]
    assert 0 < error < 0.01
    difference = exact.metrics["separation/silhouette"] - sampled.metrics["separation/silhouette"]
    assert abs(difference) < 4 * error + 0.005
    assert "stratified sample of 300 of 1,200 customers" in sampled.notes[0]
    assert exact.notes == ()


def test_a_stratified_sample_keeps_small_segments_and_follows_its_seed() -> None:
    labels = np.repeat([0, 1, 2], [9_000, 990, 10])
    rows = draw_stratified_rows(labels, 500, seed=3)
    assert np.unique(labels[rows], return_counts=True)[1].tolist() == [450, 50, 2]
    assert rows.tolist() == draw_stratified_rows(labels, 500, seed=3).tolist()
    assert rows.tolist() != draw_stratified_rows(labels, 500, seed=4).tolist()


def test_within_sum_of_squares_by_hand() -> None:
    assert compute_inertia(np.array([[0.0], [2.0], [10.0]]), np.array([0, 0, 1])) == 2.0


def test_the_variance_within_is_a_mean_over_customers_and_features_without_noise() -> None:
    points = pd.DataFrame([[0.0, 0.0], [2.0, 0.0], [10.0, 4.0], [10.0, 6.0], [99.0, 99.0]])
    scored = measure_separation(points, np.array([0, 0, 1, 1, -1]), sample=10, seed=0)
    assert scored.metrics["separation/within_variance"] == pytest.approx(4 / 8)


def test_one_segment_leaves_all_the_variance() -> None:
    points, truth = prepared()
    standard = points / points.std(ddof=0)
    one = measure_separation(standard, np.zeros_like(truth), sample=10, seed=0).metrics[
        "separation/within_variance"
    ]
    assert one == pytest.approx(1)
    assert measure_separation(standard, truth, sample=10, seed=0).metrics["separation/within_variance"] < 0.1


def test_silhouettes_of_many_features_are_those_of_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Above a number of features they are computed in another way."""
    numbers = np.random.default_rng(0)
    points, labels = numbers.normal(size=(200, scores.WIDE_SPACE + 1)), numbers.integers(0, 4, 200)
    wide = scores.compute_silhouettes(points, labels)
    monkeypatch.setattr(scores, "WIDE_SPACE", points.shape[1])
    np.testing.assert_allclose(wide, scores.compute_silhouettes(points, labels), atol=1e-9)
