"""Silhouettes by what changed: the library's values, whatever came before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import silhouette_samples

from segmentlab.lab.tuning import scores as known_sums
from segmentlab.lab.tuning.laboratory import number_by_first
from segmentlab.lab.tuning.scores import KnownSums
from tests.examples import draw_examples

POINTS = np.random.default_rng(0).normal(size=(60, 3))

partitions = st.lists(
    st.lists(st.integers(-1, 4), min_size=60, max_size=60)
    .map(lambda labels: number_by_first(np.array(labels)))
    .filter(lambda labels: labels.max() >= 1),
    min_size=2,
    max_size=6,
)


def assert_right(sums: KnownSums, labels: np.ndarray) -> None:
    real = labels >= 0
    values = sums.silhouettes(labels)
    np.testing.assert_allclose(values[real], silhouette_samples(POINTS[real], labels[real]), atol=1e-9)
    assert np.isnan(values[~real]).all()


@draw_examples(50)
@given(partitions)
def test_values_are_the_library_s(tried: list[np.ndarray]) -> None:
    sums = KnownSums(POINTS)
    for labels in tried:
        assert_right(sums, labels)


def test_splits_merges_and_noise_cost_those_who_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    moved: list[int] = []
    plain = known_sums._move_distances
    monkeypatch.setattr(
        known_sums, "_move_distances", lambda *given: moved.append(len(given[2])) or plain(*given)
    )
    three = np.arange(60) % 3
    split = np.where((three == 0) & (np.arange(60) < 15), 3, three)
    merged = np.minimum(three, 1)
    noisy = np.where(np.arange(60) < 6, -1, three)
    sums = KnownSums(POINTS)
    for labels in (three, split, merged, noisy, three):
        assert_right(sums, labels)
    assert moved == [60, 5, 0, 6, 0]


def test_many_partitions_are_not_remembered() -> None:
    sums = KnownSums(POINTS)
    for seed in range(3 * known_sums.REMEMBERED_PARTITIONS):
        assert_right(sums, number_by_first(np.random.default_rng(seed).integers(0, 3, 60)))
    assert len(sums._scored) == known_sums.REMEMBERED_PARTITIONS
