"""Hierarchical clustering: the library's answer while it fits, and near it above."""

from collections.abc import Callable

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from segmentlab.errors import ConfigError
from segmentlab.modelling.hierarchy import LINKAGES, WIDE_POINTS, Hierarchical

every_linkage = pytest.mark.parametrize("linkage", LINKAGES)
POINTS = np.random.default_rng(3).normal(size=(400, 4))
BLOBS, TRUTH = make_blobs(3_000, centers=5, cluster_std=0.3, random_state=4)


@every_linkage
@pytest.mark.parametrize("n_clusters", [2, 5, 12])
def test_it_agrees_with_scikit_learn(linkage: str, n_clusters: int) -> None:
    ours = Hierarchical(n_clusters, linkage).fit(POINTS).labels_
    theirs = AgglomerativeClustering(n_clusters, linkage=linkage).fit(POINTS).labels_
    assert adjusted_rand_score(ours, theirs) == 1.0


@every_linkage
def test_a_cut_of_the_tree_is_a_refit(linkage: str) -> None:
    tree = Hierarchical(3, linkage).fit(POINTS)
    np.testing.assert_array_equal(tree.cut(7), Hierarchical(7, linkage).fit(POINTS).labels_)


@pytest.mark.parametrize("linkage", ["ward", "average", "complete"])
def test_above_its_memory_it_gathers_and_says_so(linkage: str) -> None:
    gathered = Hierarchical(5, linkage, memory_gib=0.01, random_state=0).fit(BLOBS)
    assert gathered.weights_.sum() == len(BLOBS)
    assert len(gathered.tree_) < 2_000
    assert "3,000 customers" in gathered.notes_[0]
    assert adjusted_rand_score(gathered.labels_, TRUTH) > 0.99
    again = clone(gathered).fit(BLOBS)
    np.testing.assert_array_equal(again.labels_, gathered.labels_)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"linkage": "wardd"}, "model.linkage=wardd is not a linkage"),
        ({"n_clusters": 401}, "model.n_clusters=401 can't be cut from 400 customers"),
    ],
)
def test_what_does_not_work_is_said(parameters: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Hierarchical(**parameters).fit(POINTS)


@parametrize_with_checks([Hierarchical(n_clusters=2)])
def test_it_keeps_the_rules_of_scikit_learn(
    estimator: Hierarchical, check: Callable[[Hierarchical], None]
) -> None:
    check(estimator)


@pytest.mark.parametrize("linkage", ["ward", "average", "complete"])
def test_many_features_have_the_same_tree(linkage: str) -> None:
    """Above a number of features the distances come from products of matrices."""
    points = np.random.default_rng(0).normal(size=(120, WIDE_POINTS + 1))
    wide = Hierarchical(4, linkage).fit(points)
    library = AgglomerativeClustering(4, linkage=linkage).fit(points)
    assert adjusted_rand_score(wide.labels_, library.labels_) == 1
