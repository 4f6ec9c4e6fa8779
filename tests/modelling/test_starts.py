"""Fitted from the start that wins, the library finds what it finds with all of them."""

import numpy as np
import pytest
from sklearn.cluster import KMeans

from segmentlab.modelling import Points, fit_model, limit_threads
from segmentlab.modelling.starts import find_best_start


def make_points(kind: str, customers: int, features: int, seed: int) -> Points:
    """A cloud, groups, or a grid of whole numbers, where many stand as near to one centre as to another."""
    generator = np.random.default_rng(seed)
    cloud = generator.normal(size=(customers, features))
    match kind:
        case "groups":
            return cloud + 4 * generator.normal(size=(5, features))[generator.integers(0, 5, customers)]
        case "repeated":
            return cloud[generator.integers(0, customers // 4, customers)]
        case "grid":
            return np.round(2 * cloud)
    return cloud


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("kind", ["cloud", "groups", "repeated", "grid"])
def test_the_fit_is_the_librarys_to_the_last_bit(kind: str, seed: int) -> None:
    points = make_points(kind, 300 + 400 * seed, 1 + 3 * seed, seed)
    model = KMeans(2 + 3 * seed, n_init=6, tol=1e-6, random_state=seed)
    with limit_threads(len(points)):
        theirs = KMeans(**model.get_params()).fit(points)
        ours = fit_model(model, points)
    assert np.array_equal(ours.labels_, theirs.labels_)
    assert np.array_equal(ours.cluster_centers_, theirs.cluster_centers_)
    assert (ours.inertia_, ours.n_iter_) == (theirs.inertia_, theirs.n_iter_)
    assert ours.get_params() == theirs.get_params()


def test_a_start_is_found_where_nothing_hangs_on_rounding() -> None:
    points = make_points("groups", 1_000, 3, seed=0)
    start = find_best_start(KMeans(5, n_init=10, random_state=0), points)
    assert start is not None
    assert start.shape == (5, 3)


def test_what_rounding_decides_is_left_to_the_library_and_its_draws() -> None:
    points = np.repeat([[0.0], [1.0], [2.0]], 200, axis=0)  # who stands at 1 is as near to 0 as to 2
    state = np.random.RandomState(0)
    assert find_best_start(KMeans(2, n_init=10, random_state=state), points) is None
    assert state.random_sample() == np.random.RandomState(0).random_sample()


@pytest.mark.parametrize(
    "other",
    [{"init": "random"}, {"n_init": "auto"}, {"n_init": 1}, {"algorithm": "elkan"}, {"n_clusters": 1}],
    ids=str,
)
def test_other_ways_to_start_are_the_librarys(other: dict[str, object]) -> None:
    model = KMeans(3, n_init=5, random_state=0).set_params(**other)
    assert find_best_start(model, make_points("cloud", 500, 2, seed=0)) is None


def test_few_customers_and_many_features_are_the_librarys() -> None:
    model = KMeans(3, n_init=5, random_state=0)
    assert find_best_start(model, make_points("cloud", 100, 2, seed=0)) is None
    assert find_best_start(model, make_points("cloud", 300, 40, seed=0)) is None


def test_fits_one_after_the_other_draw_on_from_one_state() -> None:
    points = make_points("groups", 600, 2, seed=1)
    ours, theirs = (KMeans(4, n_init=3, random_state=np.random.RandomState(5)) for _ in range(2))
    for _ in range(2):
        assert np.array_equal(fit_model(ours, points).labels_, theirs.fit(points).labels_)
