"""A map by UMAP: repeatable, kept as plain arrays, and with a place for everybody."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.neighbors import KNeighborsClassifier
from skops.io import dumps, get_untrusted_types, loads

from segmentlab.lab.config.folders import ROOT
from segmentlab.modelling.umap_map import UmapMap, draw_spread_sample

OURS = "segmentlab.modelling.umap_map.UmapMap"
SCORE_WITHOUT_UMAP = f"""
import sys
sys.modules["umap"] = sys.modules["numba"] = None  # as if they were not installed
import numpy as np
from skops.io import load
print(load(sys.argv[1], trusted=["{OURS}"]).transform(np.array([[0.5, 1.0, 2.0]])).tolist())
"""


def islands(per_island: int = 40, count: int = 3, distance: float = 8.0) -> tuple[np.ndarray, np.ndarray]:
    """Round groups, and which of them each point belongs to."""
    generator = np.random.default_rng(0)
    truth = np.repeat(np.arange(count), per_island)
    return generator.normal(size=(len(truth), 3)) + distance * truth[:, None], truth


@pytest.fixture(scope="module")
def points() -> np.ndarray:
    return islands()[0]


@pytest.fixture(scope="module")
def fitted(points: np.ndarray) -> UmapMap:
    return UmapMap().fit(points)


def test_the_same_seed_gives_the_same_map_whatever_the_order_of_the_rows(points, fitted):
    shuffled = UmapMap().fit(np.random.default_rng(1).permutation(points))
    np.testing.assert_array_equal(shuffled.transform(points), fitted.transform(points))


def test_another_seed_gives_another_map(points, fitted):
    assert not np.allclose(UmapMap(random_state=1).fit(points).places_, fitted.places_)


def test_what_was_together_stays_together():
    points, truth = islands()
    places = UmapMap().fit(points).transform(points)
    assert KNeighborsClassifier(5).fit(places[::2], truth[::2]).score(places[1::2], truth[1::2]) == 1


def test_a_fitted_customer_stands_on_its_own_place(fitted):
    np.testing.assert_array_equal(fitted.transform(fitted.points_), fitted.places_)


def test_one_customer_is_placed_as_in_a_batch(points, fitted):
    newcomers = points + 0.1
    one_by_one = np.concatenate([fitted.transform(row[None]) for row in newcomers])
    np.testing.assert_array_equal(one_by_one, fitted.transform(newcomers))


def test_a_newcomer_lands_among_those_most_like_it():
    points, truth = islands(80)
    fitted = UmapMap().fit(points[::2])
    nearest = KNeighborsClassifier(1).fit(fitted.transform(points[::2]), truth[::2])
    assert nearest.score(fitted.transform(points[1::2]), truth[1::2]) == 1


def test_equal_customers_are_one_to_umap(points, fitted):
    repeated = UmapMap().fit(np.concatenate([points, points[:30], points[:30]]))
    np.testing.assert_array_equal(repeated.places_, fitted.places_)


def test_it_is_stored_as_data_and_scores_where_umap_is_not_installed(tmp_path, fitted):
    path = tmp_path / "map.skops"
    path.write_bytes(dumps(fitted))
    assert get_untrusted_types(file=path) == [OURS]
    row = np.array([[0.5, 1.0, 2.0]])
    np.testing.assert_array_equal(
        loads(path.read_bytes(), trusted=[OURS]).transform(row), fitted.transform(row)
    )
    elsewhere = subprocess.run(
        [sys.executable, "-c", SCORE_WITHOUT_UMAP, path],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT / "src",
        timeout=900,
    )
    assert elsewhere.stdout.strip() == str(fitted.transform(row).tolist())


def test_above_its_size_it_is_fitted_on_a_sample_and_says_so():
    points, truth = islands(400)
    fitted = UmapMap(fit_at_most=300).fit(points)
    assert len(fitted.points_) <= 300
    (note,) = fitted.notes_
    assert f"{len(fitted.points_)} of 1,200 different customers" in note
    places = fitted.transform(points)
    assert KNeighborsClassifier(5).fit(places[::2], truth[::2]).score(places[1::2], truth[1::2]) == 1


def test_a_small_map_has_nothing_to_note(fitted):
    assert fitted.notes_ == ()


def test_islands_that_no_neighbour_joins_are_mapped_and_noted():
    points, truth = islands(count=12, distance=100.0)
    fitted = UmapMap().fit(points)
    assert "principal components" in fitted.notes_[0]
    nearest = KNeighborsClassifier(5).fit(fitted.transform(points[::2]), truth[::2])
    assert nearest.score(fitted.transform(points[1::2]), truth[1::2]) == 1


def test_a_sample_takes_each_region_by_its_size_and_leaves_none_out():
    points, truth = islands(5_000, count=2)
    lonely = np.full((1, 3), 500.0)
    chosen = draw_spread_sample(np.concatenate([points, lonely]), 1_000, seed=0)
    assert len(chosen) <= 1_000
    assert np.bincount(truth[chosen[:-1]]) == pytest.approx([480, 480], abs=60)
    assert chosen[-1] == len(points)
    np.testing.assert_array_equal(chosen, draw_spread_sample(np.concatenate([points, lonely]), 1_000, seed=0))


def test_too_few_customers_are_refused_with_a_remedy():
    repeated = np.repeat(np.eye(3), 20, axis=0)
    with pytest.raises(ValueError, match=r"n_neighbors=15; there are 3\. Lower n_neighbors"):
        UmapMap().fit(repeated)


def test_nobody_is_placed_before_the_map_is_drawn(points):
    with pytest.raises(NotFittedError):
        UmapMap().transform(points)
