"""Trees of merges: a weighted leaf counts as so many customers, and a cut gives what was asked for."""

import fastcluster
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import is_valid_linkage
from sklearn.metrics import adjusted_rand_score

from segmentlab.modelling.merges import build_merge_tree, build_weighted_tree, cut_tree
from tests.examples import draw_examples

every_linkage = pytest.mark.parametrize("linkage", ["ward", "average", "complete"])


def world(leaves: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(leaves, 3))


@every_linkage
@draw_examples(15)
@given(weights=st.lists(st.integers(1, 5), min_size=2, max_size=40), seed=st.integers(0, 9))
def test_a_weight_is_worth_so_many_copies(linkage: str, weights: list[int], seed: int) -> None:
    centres = world(len(weights), seed)
    tree = build_weighted_tree(centres, np.array(weights), linkage)
    copies = fastcluster.linkage(np.repeat(centres, weights, axis=0), linkage)
    assert is_valid_linkage(tree)
    np.testing.assert_allclose(tree[:, 2], copies[-len(tree) :, 2])
    first = np.cumsum([0, *weights[:-1]])
    for groups in range(1, len(weights) + 1):
        assert adjusted_rand_score(cut_tree(tree, groups), cut_tree(copies, groups)[first]) == 1.0


@draw_examples(15)
@given(places=st.lists(st.integers(0, 3), min_size=2, max_size=30))
def test_a_cut_gives_exactly_the_number_asked_for_even_where_merges_tie(places: list[int]) -> None:
    tree = fastcluster.linkage_vector(np.array(places, dtype=float)[:, None], "single")
    for groups in range(1, len(places) + 1):
        assert len(set(cut_tree(tree, groups).tolist())) == groups


def test_a_tree_is_built_from_the_edges_of_a_spanning_tree() -> None:
    # Four customers in a row: 0-1 near, 2-3 nearer, the two pairs far.
    tree = build_merge_tree(np.array([[1, 2], [0, 1], [2, 3]]), np.array([9.0, 2.0, 1.0]))
    assert tree.tolist() == [[2, 3, 1, 2], [0, 1, 2, 2], [4, 5, 9, 4]]
