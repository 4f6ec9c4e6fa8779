"""Shared structure: a cut is the fit that it stands for."""

from collections.abc import Callable, Hashable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.metrics import adjusted_rand_score

from segmentlab.lab.tuning.sharing import GIB, SHARED_FITS, SharedStore, compute_trial_labels
from segmentlab.modelling.density import Dbscan, Hdbscan
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.modelling.interfaces import Clusterer
from tests.examples import draw_examples
from tests.planted import WORLDS

SPACES = {name: world()[0] for name, world in WORLDS.items()}
# Places that coincide and distances that tie, as in counts of purchases.
SPACES["counts"] = np.random.default_rng(0).poisson(2.0, (300, 2)).astype(float)

MODELS = st.one_of(
    st.builds(Hierarchical, st.integers(1, 30), st.sampled_from(["ward", "average", "complete", "single"])),
    st.builds(Dbscan, st.floats(0.05, 3.0), st.integers(2, 80)),
    st.builds(Hdbscan, st.integers(2, 90), st.integers(1, 80) | st.none(), st.sampled_from(["eom", "leaf"])),
)


def assert_same(labels: np.ndarray, expected: np.ndarray) -> None:
    np.testing.assert_array_equal(labels == -1, expected == -1)
    assert adjusted_rand_score(labels, expected) == 1.0


@pytest.mark.parametrize("space", SPACES)
@draw_examples(12)
@given(models=st.lists(MODELS, min_size=4, max_size=8))
def test_every_cut_is_a_fit(space: str, models: list[Clusterer]) -> None:
    known = SharedStore(1.0).get
    for model in models:
        labels = compute_trial_labels(model, SPACES[space], known)
        assert_same(labels, clone(model).fit(SPACES[space]).labels_)


@pytest.mark.parametrize(
    ("models", "built"),
    [
        ([Hierarchical(k) for k in range(2, 13)], 1),
        ([Hierarchical(k, linkage) for k in (2, 5) for linkage in ("ward", "average")], 2),
        ([Dbscan(eps, 10) for eps in np.linspace(0.1, 2, 9)], 2),
        ([Hdbscan(size, 5, how) for size in (10, 20, 40) for how in ("eom", "leaf")], 2),
        ([Dbscan(0.5, 6), Hdbscan(20, 5)], 2),
    ],
)
def test_what_trials_share_is_built_once(models: list[Clusterer], built: int) -> None:
    made = []
    kept = SharedStore(1.0)

    def known(key: Hashable, make: Callable[[], object]) -> object:
        return kept.get(key, lambda: made.append(key) or make())

    for model in models:
        compute_trial_labels(model, SPACES["moons"], known)
    assert len(made) == built


def test_every_shared_class_is_tested() -> None:
    assert set(SHARED_FITS) == {Hierarchical, Dbscan, Hdbscan}


def test_what_was_used_longest_ago_makes_room() -> None:
    kept = SharedStore(2_500 / GIB)
    for name in ("first", "second", "first", "third"):
        kept.get(name, lambda: np.zeros(125))
    assert len(kept) == 2
    assert kept.get("first", lambda: None) is not None
    assert kept.get("second", lambda: "made again") == "made again"


def test_what_is_larger_than_the_memory_is_made_each_time() -> None:
    kept = SharedStore(100 / GIB)
    assert len(kept.get("large", lambda: np.zeros(1_000))) == 1_000
    assert len(kept) == 0
