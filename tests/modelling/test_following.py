"""Centres that follow their customers stay near where they were learnt, whatever comes."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import BisectingKMeans, KMeans, MiniBatchKMeans
from sklearn.mixture import GaussianMixture

from segmentlab.modelling import (
    BalancedKMeans,
    follow_points,
    make_assigner,
    measure_drift,
    read_centres,
    replace_centres,
)
from segmentlab.modelling.placement import OwnPrediction
from tests.examples import draw_examples

POINTS = np.random.default_rng(0).normal(size=(300, 2)) + np.repeat([[0, 0], [6, 0], [0, 6]], 100, axis=0)
FOLLOWING = [
    KMeans(3, random_state=0),
    MiniBatchKMeans(3, random_state=0),
    BalancedKMeans(3, size_min=None, size_max=None, random_state=0),
]


@pytest.mark.parametrize("model", FOLLOWING, ids=lambda model: type(model).__name__)
def test_where_customers_go_the_centres_go_and_numbers_stay(model: KMeans) -> None:
    """Half of the way in each step: after twenty steps they are where the customers are."""
    fitted = model.fit(POINTS)
    own = make_assigner(fitted, POINTS)
    home = read_centres(own)
    assert home is not None
    assigner, moved = own, POINTS + np.array([1.0, 0.0])
    for _ in range(20):
        labels, _ = assigner.assign(moved)
        centres = follow_points(home, read_centres(assigner), moved, labels, rate=0.5, most=0.25)
        assigner = replace_centres(assigner, centres)
    assert centres == pytest.approx(home + np.array([1.0, 0.0]), abs=0.1)
    assert (assigner.assign(moved)[0] == own.assign(POINTS)[0]).mean() > 0.98
    assert read_centres(own) is home  # nothing of the model itself has changed


@pytest.mark.parametrize("model", [BisectingKMeans(3, random_state=0), GaussianMixture(3, random_state=0)])
def test_what_does_not_place_by_the_nearest_centre_has_none_to_follow(model: GaussianMixture) -> None:
    assert read_centres(OwnPrediction.of(model.fit(POINTS))) is None


@draw_examples(40)
@given(
    shift=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2),
    rate=st.floats(0, 1),
    most=st.floats(0, 0.49),
    steps=st.integers(1, 5),
)
def test_no_centre_goes_further_than_it_may(shift: list[float], rate: float, most: float, steps: int) -> None:
    home = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0], [40.0, 40.0]])
    centres = home
    for _ in range(steps):
        labels = np.linalg.norm(POINTS[:, None] - centres, axis=2).argmin(axis=1)
        centres = follow_points(home, centres, POINTS + shift, labels, rate, most)
    assert (measure_drift(home, centres) <= most + 1e-9).all()
    assert centres[3] == pytest.approx(home[3])  # nobody is there
    # So no centre comes nearer to the place of another than that one's own.
    apart = np.linalg.norm(home[:, None] - centres, axis=2)
    assert (apart.argmin(axis=1) == range(4)).all()


def test_a_single_centre_has_no_next_one_and_follows_freely() -> None:
    home = np.array([[1.0, 1.0]])
    assert follow_points(home, home, POINTS, np.zeros(len(POINTS)), 1.0, 0.2) == pytest.approx(
        POINTS.mean(axis=0, keepdims=True)
    )
    assert measure_drift(home, home + 1) == pytest.approx([0.0])
