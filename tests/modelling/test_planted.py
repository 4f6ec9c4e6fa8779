"""The right family recovers what was planted for it, and the wrong one does not."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from segmentlab.lab.config.build import build_plan
from segmentlab.modelling.fitting import find_k_parameter, fit_model, limit_threads
from segmentlab.modelling.interfaces import Clusterer
from tests.configs import composed
from tests.planted import WORLDS, nested


def model(name: str, groups: int) -> Clusterer:
    """The model as it is configured, told the number of groups where it asks for one."""
    built = build_plan(composed(f"model={name}")).model
    asked = find_k_parameter(built)
    return built if asked is None else built.set_params(**{asked: groups})


def agreement(world: str, name: str, seed: int) -> float:
    points, truth = WORLDS[world](seed)
    with limit_threads(len(points)):
        fitted = fit_model(model(name, len(set(truth) - {-1})), StandardScaler().fit_transform(points))
    return float(adjusted_rand_score(truth, fitted.labels_))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize(
    ("world", "name", "least"),
    [
        ("blobs", "kmeans", 0.97),
        ("blobs", "minibatch_kmeans", 0.97),
        ("blobs", "bisecting_kmeans", 0.97),
        ("blobs", "hierarchical", 0.97),
        ("blobs", "gaussian_mixture", 0.97),
        ("blobs", "hdbscan", 0.95),
        ("blobs", "dbscan", 0.85),
        ("unequal", "gaussian_mixture", 0.95),
        ("moons", "hdbscan", 0.9),
        ("moons", "dbscan", 0.9),
        ("nested", "hierarchical", 0.95),
        ("nested", "bisecting_kmeans", 0.93),
    ],
)
def test_the_family_that_a_world_was_made_for_finds_it(world, name, least, seed):
    assert agreement(world, name, seed) >= least


@pytest.mark.parametrize(
    ("world", "name"), [("unequal", "kmeans"), ("moons", "kmeans"), ("moons", "gaussian_mixture")]
)
def test_a_family_with_another_idea_of_a_group_does_not(world, name):
    assert agreement(world, name, seed=0) < 0.7


def test_one_tree_holds_the_families_and_their_groups():
    points, truth = nested()
    tree = model("hierarchical", 9).fit(points)
    assert adjusted_rand_score(truth, tree.labels_) >= 0.95
    np.testing.assert_equal(adjusted_rand_score(truth // 3, tree.cut(3)), 1.0)
