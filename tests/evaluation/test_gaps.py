"""Gaps are where customers are rarer: in worlds whose groups are known, and in worlds without any."""

import numpy as np
import pytest
from sklearn.cluster import HDBSCAN, KMeans
from sklearn.mixture import GaussianMixture

from bench.worlds import WITHOUT_GROUPS, make_world
from segmentlab.evaluation import count_groups, find_borders
from segmentlab.evaluation.gaps import tabulate_borders
from segmentlab.evaluation.groups import look_for_gaps
from segmentlab.evaluation.ties import spread_ties
from segmentlab.modelling import NOISE, Labels


def cut(points: np.ndarray, segments: int) -> Labels:
    return KMeans(segments, n_init=4, random_state=0).fit_predict(points).astype(np.int64)


HARD = ("log-normal", "multivariate t 3", "banana", "rfm", "many zeros", "capped")


@pytest.mark.parametrize(
    "world", [pytest.param(name, marks=() if name in HARD else pytest.mark.slow) for name in WITHOUT_GROUPS]
)
def test_a_world_without_groups_has_no_gaps_whatever_cuts_it(world: str) -> None:
    points, _ = make_world(world, 500, seed=1)
    for segments in (2, 5):
        gaps = look_for_gaps(points, cut(points, segments), sample=5_000, seed=0)
        assert len(set(gaps.join(doubtful=True).values())) == 1, f"{segments} segments"
        assert gaps.groups == 1


def test_between_groups_there_are_gaps_and_within_them_cuts() -> None:
    points, truth = make_world("three at 6 sigma", 500, seed=1)
    labels = cut(points, 5)
    owner = [np.bincount(truth[labels == segment]).argmax() for segment in range(5)]
    for border in find_borders(points, labels, seed=0):
        assert (border.kind == "gap") == (owner[border.first] != owner[border.second])


@pytest.mark.parametrize("world", ["moons", "rings", "two at 8 sigma on one axis"])
def test_groups_of_any_form_are_found_without_the_segments(world: str) -> None:
    points, _ = make_world(world, 500, seed=2)
    assert count_groups(points, seed=0) >= 2


def test_many_customers_show_valleys_that_few_do_not() -> None:
    points, _ = make_world("three at 4 sigma", 3_000, seed=3)
    assert {border.kind for border in find_borders(points, cut(points, 3), seed=0)} == {"gap"}
    assert count_groups(points, seed=0) == 3


def test_a_pile_beyond_thin_tails_is_no_group() -> None:
    """A pile as wide as it has to be, to be as thin as those beside it, leaves no valley before it."""
    points, _ = make_world("one-time spike", 3_000, seed=101)
    labels = GaussianMixture(3, reg_covar=1e-4, random_state=0).fit_predict(points).astype(np.int64)
    gaps = look_for_gaps(points, labels, sample=5_000, seed=0)
    assert len(set(gaps.join(doubtful=True).values())) == 1


def test_in_many_columns_fewer_are_looked_at_and_it_is_said() -> None:
    points = np.random.default_rng(0).normal(size=(1_600, 9))
    gaps = look_for_gaps(points, cut(points, 3), sample=3_000, seed=0)
    assert gaps.notes == ("Gaps were looked for among a stratified sample of 1,499 of 1,600 customers.",)


def test_dense_places_with_noise_between_them_are_apart() -> None:
    points, _ = make_world("rings", 500, seed=3)
    labels = HDBSCAN(min_cluster_size=15, copy=True).fit_predict(points)
    assert [border.kind for border in find_borders(points, labels, seed=0)] == ["gap"]


def test_neither_the_order_of_customers_nor_another_unit_nor_the_seed_matters() -> None:
    points, truth = make_world("three at 5 sigma", 600, seed=4)
    order = np.random.default_rng(0).permutation(len(points))
    first = tabulate_borders(find_borders(points, truth, seed=0))
    for other in (
        find_borders(points[order], truth[order], seed=0),
        find_borders(points * [1, 1000, 0.01] + 5, truth, seed=0),
        find_borders(points, truth, seed=9),
    ):
        found = tabulate_borders(other)
        assert found["kind"].tolist() == first["kind"].tolist()
        np.testing.assert_allclose(found["depth"], first["depth"], rtol=1e-6)


def test_nobody_is_judged_by_a_handful_and_a_handful_joins_nobody() -> None:
    points, truth = make_world("two at 8 sigma on one axis", 400, seed=5)
    labels = truth.copy()
    labels[:10] = 2
    gaps = look_for_gaps(points, labels, sample=5_000, seed=0)
    assert (gaps.judged, gaps.small) == ((0, 1), (2,))
    assert {border.kind for border in gaps.borders if 2 in (border.first, border.second)} == {"too small"}
    assert len(set(gaps.join(doubtful=True).values())) == 2


def test_hundreds_of_segments_are_judged_as_few_are() -> None:
    centres = np.stack(np.meshgrid(np.arange(15), np.arange(15)), axis=-1).reshape(-1, 2) * 20.0
    points = np.repeat(centres, 20, axis=0) + np.random.default_rng(0).normal(size=(4_500, 2))
    borders = find_borders(points, np.repeat(np.arange(225), 20), seed=0)
    assert len(borders) == 225 * 224 / 2
    assert {border.kind for border in borders} == {"gap"}


def test_noise_is_no_segment() -> None:
    points, truth = make_world("three at 6 sigma", 500, seed=6)
    labels = np.where(np.arange(len(truth)) % 7 == 0, NOISE, truth)
    assert {border.kind for border in find_borders(points, labels, seed=0)} == {"gap"}
    assert {border.first for border in find_borders(points, labels, seed=0)} == {0, 1}


def test_a_sample_is_stated_and_keeps_every_segment() -> None:
    points, truth = make_world("three of unequal size", 3_000, seed=7)
    gaps = look_for_gaps(points, truth, sample=1_000, seed=0)
    assert gaps.judged == (0, 1, 2)
    assert "999 of 3,000 customers" in gaps.notes[0]
    assert gaps.metrics["gaps/groups"] == 3
    assert gaps.metrics["gaps/share"] == 1


def test_what_can_not_be_measured_is_missing() -> None:
    gaps = look_for_gaps(np.zeros((20, 2)), np.repeat([0, 1], 10), sample=100, seed=0)
    assert gaps.judged == ()
    assert "gaps/share" not in gaps.metrics


def test_tied_values_stay_within_their_ranges() -> None:
    counts = np.repeat([1.0, 2.0, 3.0, 50.0, 51.0], 40)[:, None]
    spread = spread_ties(counts, np.random.default_rng(0))[:, 0]
    assert (np.abs(spread[40:80] - 2) <= 0.5).all()
    assert spread[80:120].max() < 5, "a gap stays a gap"
    assert spread[120:160].min() > 48
    untied = np.random.default_rng(0).normal(size=(50, 2))
    np.testing.assert_array_equal(spread_ties(untied, np.random.default_rng(1)), untied)


def test_a_pile_at_the_end_reaches_outwards() -> None:
    amounts = np.minimum(np.random.default_rng(0).exponential(size=2_000), 1.0)[:, None]
    spread = spread_ties(amounts, np.random.default_rng(0))[:, 0]
    at_end = spread[amounts[:, 0] == 1]
    assert at_end.max() > 1.5
    assert at_end.min() > 0.99
