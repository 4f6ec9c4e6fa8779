"""The nulls keep what they promise to keep, and their p-values are honest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest, spearmanr
from sklearn.cluster import KMeans
from sklearn.metrics import davies_bouldin_score, silhouette_score
from sklearn.preprocessing import FunctionTransformer

from segmentlab.evaluation.calibration import calibrate_scores, draw_random_segments
from segmentlab.evaluation.reference import (
    Reference,
    compare_with_null,
    compute_mean_silhouette,
    draw_copula,
    draw_gaussian,
    permute_columns,
)
from segmentlab.evaluation.refit import Flow
from tests.evaluation.test_stability import blobs, flow
from tests.examples import draw_examples


def cloud(seed: int, rows: int = 120) -> np.ndarray:
    """One correlated Gaussian."""
    return np.random.default_rng(seed).normal(size=(rows, 2)) @ np.array([[1.0, 0.6], [0.0, 0.8]])


def spiked() -> np.ndarray:
    """Heavy tails, and a column that is zero for a third: the shape of retail features."""
    generator = np.random.default_rng(2)
    base = generator.normal(size=(3000, 2)) @ np.array([[1.0, 0.7], [0.0, 0.7]])
    return np.column_stack([np.exp(base[:, 0]), np.maximum(np.round(base[:, 1] + 0.5), 0)])


def test_the_gaussian_keeps_means_and_covariances() -> None:
    points = spiked()
    drawn = draw_gaussian(points, np.random.default_rng(0))
    np.testing.assert_allclose(drawn.mean(axis=0), points.mean(axis=0), atol=0.15)
    np.testing.assert_allclose(np.corrcoef(drawn.T), np.corrcoef(points.T), atol=0.06)


def test_shuffled_columns_keep_their_values_and_nothing_else() -> None:
    points = spiked()
    drawn = permute_columns(points, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(points, axis=0))
    assert abs(spearmanr(drawn).statistic) < 0.06


def test_the_copula_keeps_both_values_and_rank_correlation() -> None:
    points = spiked()
    drawn = draw_copula(points, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(points, axis=0))
    assert spearmanr(drawn).statistic == pytest.approx(spearmanr(points).statistic, abs=0.08)


def test_a_p_value_counts_the_data_among_the_draws() -> None:
    assert Reference(0.5, np.array([0.4, 0.5, 0.6, 0.1])).p_value == pytest.approx(3 / 5)
    assert Reference(0.9, np.full(99, 0.1)).p_value == pytest.approx(0.01)


def test_p_values_are_uniform_where_the_null_is_true() -> None:
    """Data sets that are one Gaussian each: the p-value must be any value alike."""
    quick = Flow(FunctionTransformer(), KMeans(2, n_init=1))
    values = []
    for seed in range(60):
        points = cloud(seed, rows=60)
        labels = quick(points, seed).labels
        values.append(
            compare_with_null(quick, points, labels, "gaussian", count=19, sample=1000, seed=seed).p_value
        )
    assert kstest(values, "uniform").pvalue > 0.01
    assert np.mean(np.array(values) <= 0.05) <= 0.15


@pytest.mark.parametrize("null", ["gaussian", "permuted", "copula"])
def test_clear_groups_are_beyond_every_null(null: str) -> None:
    points, truth = blobs()
    assert compare_with_null(flow(3), points, truth, null, count=19, sample=1000, seed=0).p_value == 0.05


def test_a_null_without_two_segments_has_found_nothing() -> None:
    assert compute_mean_silhouette(cloud(0), np.full(120, -1), 1000, 0) == -1
    assert compute_mean_silhouette(cloud(0), np.zeros(120, dtype=int), 1000, 0) == -1


def test_calibration_is_the_distance_to_random_segmentations() -> None:
    points, truth = blobs(20)
    found = calibrate_scores(points, truth, count=15, sample=1000, seed=4)
    scores = []
    for state in np.random.SeedSequence(4).generate_state(15):
        labels = draw_random_segments(points, np.unique(points, axis=0), 3, np.random.default_rng(int(state)))
        scores.append([silhouette_score(points, labels), davies_bouldin_score(points, labels)])
    own = np.array([silhouette_score(points, truth), davies_bouldin_score(points, truth)])
    expected = (own - np.mean(scores, axis=0)) / np.std(scores, axis=0, ddof=1)
    assert found is not None
    assert found.silhouette_z.value == pytest.approx(expected[0])
    assert found.davies_bouldin_z.value == pytest.approx(-expected[1])


def test_columns_of_noise_hardly_move_a_calibrated_score() -> None:
    """The raw silhouette falls by more than half; the distance to chance stays in the same order."""
    points, truth = blobs(100, apart=6.0)
    noise = np.random.default_rng(1).normal(size=(len(points), 5)) * points.std()
    wide = np.column_stack([points, noise])
    assert silhouette_score(wide, truth) < 0.5 * silhouette_score(points, truth)
    plain, noisy = (calibrate_scores(p, truth, count=60, sample=1000, seed=0) for p in (points, wide))
    assert plain is not None and noisy is not None  # noqa: PT018
    assert noisy.silhouette_z.value > 2


@draw_examples(20)
@given(seed=st.integers(0, 1000), segments=st.integers(2, 5))
def test_random_segmentations_have_as_many_segments(seed: int, segments: int) -> None:
    labels = draw_random_segments(cloud(3), cloud(3), segments, np.random.default_rng(seed))
    assert len(np.unique(labels)) == segments


def test_calibration_is_missing_where_nothing_can_be_drawn() -> None:
    points = np.repeat([[0.0], [1.0]], 5, axis=0)
    assert calibrate_scores(points, np.repeat([0, 1], 5), count=5, sample=100, seed=0) is None
