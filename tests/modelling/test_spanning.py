"""Spanning trees: the shortest there are, one for all orders of rows and numbers of threads."""

import fastcluster
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from segmentlab.modelling import spanning
from segmentlab.modelling.spanning import (
    DistinctPoints,
    build_single_tree,
    build_spanning_tree,
    find_spanning_pairs,
)
from tests.examples import draw_examples

GRID = np.random.default_rng(0).integers(0, 12, (900, 3)).astype(float)  # ties, and copies
places = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=40)
SCALE = st.sampled_from([1.0, 0.1, 1e-3])  # in the last two, grids have no exact distances


def mutual(points: np.ndarray, neighbours: int) -> np.ndarray:
    """The full matrix of reachabilities."""
    distances = cdist(points, points)
    core = np.sort(distances, axis=1)[:, min(neighbours, len(points) - 1)]
    return np.maximum(distances, np.maximum.outer(core, core))


@draw_examples(40)
@given(places=places, scale=SCALE, neighbours=st.integers(0, 6))
def test_no_tree_is_shorter(places: list[tuple[int, int]], scale: float, neighbours: int) -> None:
    points = np.array(places) * scale
    pairs, heights = build_spanning_tree(points, neighbours)
    reach = mutual(points, neighbours)
    np.testing.assert_allclose(heights, reach[tuple(pairs.T)])
    joined = np.zeros(reach.shape)
    joined[tuple(pairs.T)] = 1
    assert (len(pairs), connected_components(joined)[0]) == (len(points) - 1, 1)
    merges = fastcluster.linkage(reach[np.triu_indices(len(points), 1)], "single")
    np.testing.assert_allclose(np.sort(heights), merges[:, 2])


@draw_examples(20)
@given(places=places, longest=st.sampled_from([0.5, 1.0, 1.5, 3.0]))
def test_no_edge_is_longer_than_asked_and_none_is_missing(
    places: list[tuple[int, int]], longest: float
) -> None:
    points = DistinctPoints.of(np.array(places, dtype=float)).points
    pairs = find_spanning_pairs(points, np.zeros(len(points)), longest)
    assert (np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1) <= longest).all()
    assert len(points) - len(pairs) == connected_components(cdist(points, points) <= longest)[0]


@pytest.mark.parametrize("neighbours", [0, 4])
def test_threads_and_the_order_of_rows_change_nothing(
    neighbours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def edges(points: np.ndarray) -> np.ndarray:
        pairs, heights = build_spanning_tree(points, neighbours)
        ends = np.sort(points[pairs] @ [1, 20, 400], axis=1)
        return np.unique(np.column_stack([ends, heights]), axis=0)

    expected = edges(GRID)
    monkeypatch.setattr(spanning, "SPANNING_BLOCK", 7)
    monkeypatch.setattr(spanning, "cpu_count", lambda: 8)
    for seed in range(5):
        np.testing.assert_array_equal(edges(np.random.default_rng(seed).permutation(GRID)), expected)


def test_copies_are_merged_first() -> None:
    tree = build_single_tree(np.repeat([[0.0], [1.0], [5.0]], [3, 2, 1], axis=0))
    assert tree[:, 2].tolist() == [0, 0, 0, 1, 4]
    assert tree[-1, 3] == 6


def test_a_hundred_thousand_equal_customers_are_one() -> None:
    """Among copies every search would visit all of them: quadratic, where it must not be."""
    points = np.concatenate([np.zeros((100_000, 2)), GRID[:, :2]])
    pairs, heights = build_spanning_tree(points, 5)
    assert len(pairs) == len(points) - 1
    assert (heights == 0).sum() >= 99_999
