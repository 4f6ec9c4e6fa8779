"""Density clustering: the libraries' answers, at any size and in any order of rows."""

import hdbscan
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_moons
from sklearn.metrics import adjusted_rand_score

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.density import Dbscan, Hdbscan
from tests.examples import draw_examples

MOONS, TRUTH = make_moons(600, noise=0.06, random_state=0)
SCATTERED = np.random.default_rng(1).standard_t(2, (500, 3))


@pytest.mark.parametrize(("eps", "min_samples"), [(0.3, 5), (0.5, 10), (0.8, 2), (1.5, 25)])
def test_dbscan_agrees_with_scikit_learn(eps: float, min_samples: int) -> None:
    ours = Dbscan(eps, min_samples).fit(SCATTERED)
    theirs = DBSCAN(eps=eps, min_samples=min_samples).fit(SCATTERED)
    core = theirs.core_sample_indices_
    np.testing.assert_array_equal(ours.core_sample_indices_, core)
    assert adjusted_rand_score(ours.labels_[core], theirs.labels_[core]) == 1.0
    np.testing.assert_array_equal(ours.labels_ == -1, theirs.labels_ == -1)


@draw_examples(20)
@given(
    places=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=5, max_size=40),
    eps=st.sampled_from([0.5, 1.0, 1.5, 2.0]),
    min_samples=st.integers(2, 5),
)
def test_dbscan_agrees_where_distances_tie(
    places: list[tuple[int, int]], eps: float, min_samples: int
) -> None:
    points = np.array(places, dtype=float)
    ours = Dbscan(eps, min_samples).fit(points)
    theirs = DBSCAN(eps=eps, min_samples=min_samples).fit(points)
    core = theirs.core_sample_indices_
    np.testing.assert_array_equal(ours.core_sample_indices_, core)
    assert adjusted_rand_score(ours.labels_[core], theirs.labels_[core]) == 1.0
    np.testing.assert_array_equal(ours.labels_ == -1, theirs.labels_ == -1)


def test_dbscan_does_not_mind_the_order_of_rows() -> None:
    order = np.random.default_rng(0).permutation(len(SCATTERED))
    straight, mixed = (Dbscan(min_samples=5).fit(points) for points in (SCATTERED, SCATTERED[order]))
    assert mixed.eps_ == straight.eps_
    assert adjusted_rand_score(mixed.labels_, straight.labels_[order]) == 1.0


def test_the_chosen_radius_lies_at_the_bend_of_the_curve() -> None:
    # 90 customers a step apart, then ten ever farther out: the bend is where the steps begin to grow.
    line = np.concatenate([np.arange(90.0), 90 + np.cumsum(np.arange(1, 11) * 20.0)])
    fitted = Dbscan(min_samples=3).fit(line[:, None])
    assert np.all(np.diff(fitted.k_distances_) >= 0)
    assert 1 <= fitted.eps_ <= 20
    assert adjusted_rand_score(Dbscan(min_samples=10).fit(MOONS).labels_, TRUTH) > 0.9


@pytest.mark.parametrize("method", ["eom", "leaf"])
@pytest.mark.parametrize(("min_cluster_size", "min_samples"), [(15, None), (30, 5)])
def test_hdbscan_agrees_with_the_package(method: str, min_cluster_size: int, min_samples: int | None) -> None:
    parameters = {
        "min_cluster_size": min_cluster_size,
        "min_samples": min_samples,
        "cluster_selection_method": method,
    }
    # Where reachabilities tie the package takes other edges: a few customers leave a branch elsewhere.
    elsewhere = 0.02
    for points in (MOONS, SCATTERED):
        ours = Hdbscan(**parameters).fit(points)
        theirs = hdbscan.HDBSCAN(**parameters, approx_min_span_tree=False).fit(points)
        agreement = adjusted_rand_score(ours.labels_, theirs.labels_)
        assert agreement == 1.0 if method == "eom" else agreement >= 1 - elsewhere
        for name in ("probabilities_", "outlier_scores_"):
            differs = np.abs(getattr(ours, name) - getattr(theirs, name)) > 0.01
            assert differs.mean() <= elsewhere, name


def test_hdbscan_does_not_mind_the_order_of_rows() -> None:
    ties = np.unique(np.random.default_rng(2).normal(0, 3, (800, 3)).round(), axis=0)
    order = np.random.default_rng(0).permutation(len(ties))
    straight, mixed = (Hdbscan(15, 5).fit(points) for points in (ties, ties[order]))
    assert len(set(straight.labels_)) > 2
    assert adjusted_rand_score(mixed.labels_, straight.labels_[order]) == 1.0
    np.testing.assert_array_equal(mixed.outlier_scores_, straight.outlier_scores_[order])


def test_a_branch_whose_heart_is_copies_leaves_no_score_undefined() -> None:
    points = np.concatenate([np.zeros((40, 2)), SCATTERED[:, :2]])
    scores = Hdbscan(20, 5).fit(points).outlier_scores_
    assert np.isfinite(scores).all()
    assert (scores[:40] == 0).all()


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Dbscan(min_samples=601), "min_samples=601 of Dbscan does not work with 600 customers"),
        (Hdbscan(min_cluster_size=601), "min_cluster_size=601 of Hdbscan .* choose 600 or fewer"),
        (Hdbscan(min_samples=601), "min_samples=601 of Hdbscan does not work with 600 customers"),
    ],
)
def test_more_customers_than_there_are_do_not_work(model: Dbscan | Hdbscan, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        model.fit(MOONS)


def test_a_radius_can_not_be_chosen_from_copies() -> None:
    with pytest.raises(DataError, match="give eps"):
        Dbscan(min_samples=3).fit(np.repeat([[0.0], [1.0]], 5, axis=0))
