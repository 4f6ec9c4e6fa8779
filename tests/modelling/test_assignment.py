"""Any clusterer places points that it has not seen."""

from functools import cache

import hdbscan
import numpy as np
import pytest
from sklearn import cluster
from sklearn.base import clone
from sklearn.mixture import GaussianMixture

from segmentlab.errors import ConfigError
from segmentlab.modelling.density import Dbscan, Hdbscan
from segmentlab.modelling.fitting import fit_model, limit_threads
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.modelling.neighbours import CoreReach, FittedPoints
from segmentlab.modelling.placement import NeighbourVote, make_assigner
from tests.planted import moons

POINTS, _ = moons()
NEW = np.random.default_rng(1).uniform(-2.5, 3.5, (400, 2))

MODELS = [
    cluster.KMeans(4, n_init=2, random_state=0),
    cluster.MiniBatchKMeans(4, random_state=0, n_init=2),
    cluster.BisectingKMeans(4, random_state=0),
    cluster.Birch(threshold=0.2, n_clusters=4),
    cluster.AgglomerativeClustering(4, linkage="average"),
    cluster.DBSCAN(eps=0.2, min_samples=10),
    cluster.HDBSCAN(min_cluster_size=20, copy=True),
    cluster.OPTICS(min_samples=10, min_cluster_size=20),
    GaussianMixture(4, random_state=0),
    hdbscan.HDBSCAN(min_cluster_size=20),
    Hierarchical(4),
    Dbscan(min_samples=10),
    Hdbscan(min_cluster_size=20),
]
every = pytest.mark.parametrize(
    "model", MODELS, ids=lambda model: f"{type(model).__module__}.{type(model).__name__}"
)


@cache
def fitted(model):
    with limit_threads(len(POINTS)):
        model = fit_model(clone(model), POINTS)
    return model, make_assigner(model, POINTS)


@every
def test_fitted_points_get_their_own_label(model):
    model, assigner = fitted(model)
    labels, _ = assigner.assign(POINTS)
    # scikit-learn's DBSCAN gives a border point to the segment that it found first.
    least = 0.99 if type(model) is cluster.DBSCAN else 1
    assert (labels == model.labels_).mean() >= least


@every
def test_new_points_get_known_labels_and_a_confidence(model):
    model, assigner = fitted(model)
    labels, confidence = assigner.assign(NEW)
    assert labels.dtype == np.int64
    assert set(labels) <= {*model.labels_, -1}
    assert ((confidence >= 0) & (confidence <= 1)).all()
    assert not confidence[labels == -1].any()
    assert len(np.unique(confidence)) > 3


@every
def test_a_point_is_placed_alone_as_in_any_company(model):
    _, assigner = fitted(model)
    labels, confidence = assigner.assign(NEW[:100])
    alone = [assigner.assign(point[None]) for point in NEW[:100]]
    assert [int(label[0]) for label, _ in alone] == labels.tolist()
    # BLAS sums one row in another order than many: a mixture's probabilities differ in the 15th digit.
    tolerance = 1e-12 if isinstance(model, GaussianMixture) else 0
    np.testing.assert_allclose([sure[0] for _, sure in alone], confidence, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("rounded", [None, 1], ids=["continuous", "with copies"])
@pytest.mark.parametrize(
    "parameters",
    [
        {"min_cluster_size": 15},
        {"min_cluster_size": 30, "min_samples": 5},
        {"min_cluster_size": 10, "cluster_selection_method": "leaf"},
        {"min_cluster_size": 15, "cluster_selection_epsilon": 0.2},
    ],
    ids=str,
)
def test_hdbscan_answers_as_the_package_does(parameters, rounded):
    points = POINTS if rounded is None else POINTS.round(rounded)
    model = hdbscan.HDBSCAN(**parameters, approx_min_span_tree=False, prediction_data=True).fit(points)
    labels, strengths = hdbscan.approximate_predict(model, NEW)
    ours = make_assigner(model, points).assign(NEW)
    assert len(np.unique(labels)) > 2
    np.testing.assert_array_equal(ours[0], labels)
    np.testing.assert_allclose(ours[1], strengths, rtol=1e-12)


@pytest.mark.parametrize(
    "model", [hdbscan.HDBSCAN(min_cluster_size=20), Hdbscan(min_cluster_size=20)], ids=str
)
def test_hdbscan_gives_fitted_points_their_strength_back(model):
    model, assigner = fitted(model)
    np.testing.assert_array_equal(assigner.assign(POINTS)[1], model.probabilities_)


def test_core_points_reach_as_far_as_eps():
    core = CoreReach(FittedPoints(np.array([[0.0], [10.0]])), np.array([7, 8]), eps=2.0)
    labels, confidence = core.assign(np.array([[0.0], [1.0], [-2.0], [2.1], [9.5]]))
    assert labels.tolist() == [7, 7, 7, -1, 8]
    np.testing.assert_allclose(confidence, [1, 0.5, 0, 0, 0.75])


def test_neighbours_vote_by_nearness_and_a_fitted_one_decides_alone():
    at = np.array([[0.0], [3.0], [3.1], [3.2]])
    vote = NeighbourVote(FittedPoints(at), np.array([4, 5, 5, 5]))
    labels, confidence = vote.assign(np.array([[0.0], [0.5], [2.0], [3.0]]))
    assert labels.tolist() == [4, 4, 5, 5]
    np.testing.assert_allclose(confidence, [0, 0, 0.5, 0.5])


def test_among_noise_a_newcomer_is_noise():
    at = np.array([[0.0], [0.1], [0.2], [5.0]])
    vote = NeighbourVote(FittedPoints(at), np.array([-1, -1, -1, 0]))
    labels, confidence = vote.assign(np.array([[0.15], [4.9]]))
    assert labels.tolist() == [-1, 0]
    assert confidence[0] == 0


def test_the_search_tree_is_not_part_of_what_is_stored():
    search = FittedPoints(POINTS)
    search.nearest(NEW, 1)
    assert set(search.__getstate__()) == {"points"}


@pytest.mark.parametrize(
    "model", [cluster.DBSCAN(metric="cosine"), cluster.OPTICS(metric="minkowski", p=1)], ids=str
)
def test_another_metric_than_the_search_uses_is_refused(model):
    with pytest.raises(ConfigError, match="placed by Euclidean distance"):
        make_assigner(model.fit(POINTS), POINTS)


class RowsOfMedoids(cluster.KMeans):
    """Predicts something else than its groups, as the package kmedoids does."""

    def predict(self, X):  # noqa: N803
        return super().predict(X) * 7 + 100

    def fit(self, X, y=None):  # noqa: ARG002, N803
        super().fit(X)
        self.labels_ = self.labels_.astype(np.uint64)
        return self


def test_a_prediction_that_is_not_of_the_groups_is_not_asked():
    model = fit_model(RowsOfMedoids(4, n_init=2, random_state=0), POINTS)
    assert model.labels_.min() - 1 == -1
    assigner = make_assigner(model, POINTS)
    assert isinstance(assigner, NeighbourVote)
    np.testing.assert_array_equal(assigner.assign(POINTS)[0], model.labels_)
