"""Hierarchical clustering: the library's answer while it fits, and near it above."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering
from sklearn.datasets import make_blobs
from sklearn.metrics import adjusted_rand_score

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


def test_more_segments_than_customers_do_not_work() -> None:
    with pytest.raises(ConfigError, match="n_clusters=401 of Hierarchical does not work with 400 customers"):
        Hierarchical(401).fit(POINTS)


@pytest.mark.parametrize("segments", [0, 2_001, 2.0, True])
def test_a_tree_over_centres_has_no_more_segments_than_centres(segments: object) -> None:
    gathered = Hierarchical(5, "ward", memory_gib=0.01, random_state=0).fit(BLOBS)
    with pytest.raises(ConfigError, match=rf"leaves can't be cut into {segments} segments: choose a whole"):
        gathered.cut(segments)


@pytest.mark.parametrize("linkage", ["ward", "average", "complete"])
def test_many_features_have_the_same_tree(linkage: str) -> None:
    """Above a number of features the distances come from products of matrices."""
    points = np.random.default_rng(0).normal(size=(120, WIDE_POINTS + 1))
    wide = Hierarchical(4, linkage).fit(points)
    library = AgglomerativeClustering(4, linkage=linkage).fit(points)
    assert adjusted_rand_score(wide.labels_, library.labels_) == 1
