"""Segments that keep to their sizes, at the lowest cost there is."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment
from sklearn.cluster import KMeans

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.balanced_kmeans import BalancedKMeans, SizeLimits, assign_customers
from segmentlab.modelling.fitting import check_stage
from segmentlab.modelling.segmenter import Segmenter

# Nine of ten customers in one cloud, as in most shops.
LOPSIDED = np.concatenate(
    [np.random.default_rng(0).normal(0, 1, (450, 2)), np.random.default_rng(1).normal(9, 1, (50, 2))]
)


def count(labels: np.ndarray) -> list[int]:
    return sorted(np.bincount(labels).tolist())


def cheapest_cost(costs: np.ndarray, limits: SizeLimits) -> float:
    """By SciPy: a place for each customer that a segment has to have, and places that may stay empty."""
    customers, segments = costs.shape
    forced, free = limits.least * segments, (limits.most - limits.least) * segments
    table = np.hstack(
        [np.repeat(costs, limits.least, axis=1), np.repeat(costs, limits.most - limits.least, 1)]
    )
    # Customers who are nobody fill what is left of the free places, and no other.
    nobody = np.zeros((forced + free - customers, forced + free))
    nobody[:, :forced] = 1e6
    full = np.vstack([table, nobody])
    return float(full[linear_sum_assignment(full)].sum())


@pytest.mark.parametrize("seed", range(30))
def test_the_assignment_is_the_cheapest_within_the_sizes(seed: int) -> None:
    generator = np.random.default_rng(seed)
    customers, segments = int(generator.integers(8, 40)), int(generator.integers(2, 6))
    least = int(generator.integers(1, customers // segments + 1))
    most = int(generator.integers(-(-customers // segments), customers + 1))
    points = generator.normal(size=(customers, 2)).round(int(generator.integers(0, 3)))  # some are alike
    centres = generator.normal(size=(segments, 2)) * generator.choice([0.3, 1, 3])
    costs = ((points[:, None] - centres) ** 2).sum(axis=2)
    limits = SizeLimits(least, max(least, most))
    labels, handicaps = assign_customers(costs, limits)
    sizes = np.bincount(labels, minlength=segments)
    assert sizes.min() >= limits.least
    assert sizes.max() <= limits.most
    rows = np.arange(customers)
    assert costs[rows, labels].sum() == pytest.approx(cheapest_cost(costs, limits))
    raised = costs + handicaps
    assert (raised[rows, labels] <= raised.min(axis=1) + 1e-9).all(), "somebody would rather be elsewhere"


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"size_min": 0.2, "size_max": 0.35}, (100, 175)),
        ({"size_min": 120, "size_max": None}, (120, 500)),
        ({"size_min": None, "size_max": 130}, (1, 130)),
        ({"size_min": 125, "size_max": 125}, (125, 125)),
    ],
)
def test_sizes_are_kept_as_shares_and_as_numbers(sizes: dict[str, float], expected: tuple[int, int]) -> None:
    model = BalancedKMeans(4, random_state=0, **sizes)
    found = Segmenter(model=model).fit(pd.DataFrame(LOPSIDED))
    smallest, *_, largest = count(found.labels_)
    assert expected[0] <= smallest
    assert largest <= expected[1]
    assert found.predict(pd.DataFrame(LOPSIDED)).tolist() == found.labels_.tolist()
    assert "are not in the segment whose centre is nearest" in found.notes_[0]


def test_without_a_size_in_the_way_it_is_kmeans() -> None:
    centres = np.array([[0.0, 0], [8, 0], [0, 8]])
    points = np.repeat(centres, 40, axis=0) + np.random.default_rng(0).normal(size=(120, 2))
    model = BalancedKMeans(3, random_state=0).fit(points)
    plain = KMeans(3, n_init=5, random_state=0).fit(points)
    assert model.inertia_ == pytest.approx(plain.inertia_)
    assert model.handicaps_.tolist() == [0, 0, 0]
    assert model.notes_ == ()


def test_on_a_part_of_the_customers_a_number_means_the_same_share() -> None:
    """Stability draws halves and resamples: 120 of 500 are 60 of 250."""
    model = BalancedKMeans(4, size_min=120, size_max=130, random_state=0)
    met = Segmenter(model=model).fit(pd.DataFrame(LOPSIDED)).model_
    half = BalancedKMeans(**met.get_params()).fit(LOPSIDED[::2])
    assert 60 <= count(half.labels_)[0] <= count(half.labels_)[-1] <= 65


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (
            {"size_min": 0.3},
            r"size_min=0.3 .* with 5 segments: they need 150% of .* Lower model.size_min to 0.2 ",
        ),
        (
            {"size_max": 0.1},
            "size_max=0.1 .* with 5 segments: they hold 50% of .* Raise model.size_max to 0.2 ",
        ),
        ({"n_clusters": 3, "size_min": 0.3, "size_max": 0.2}, "they hold 60%"),
        ({"n_clusters": 1, "size_min": 0.9, "size_max": None}, None),
    ],
)
def test_shares_that_nobody_can_keep_are_refused_before_there_is_data(
    choices: dict[str, float], message: str | None
) -> None:
    model = BalancedKMeans(**choices)
    if message is None:
        check_stage(model)
        return
    with pytest.raises(ConfigError, match=message):
        check_stage(model)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (
            {"size_min": 101},
            "5 segments of 101 customers or more need 505, and there are 500 to cluster. Lower",
        ),
        (
            {"size_max": 99},
            "5 segments of 99 customers or fewer hold 495, and there are 500 to cluster. Raise",
        ),
        ({"size_min": 100, "size_max": 0.1}, "they hold 50%"),
        ({"size_min": 90, "size_max": None, "n_clusters": 6}, "Lower model.size_min to 83 or less"),
    ],
)
def test_numbers_that_nobody_can_keep_are_refused_with_the_numbers(
    choices: dict[str, float], message: str
) -> None:
    with pytest.raises((ConfigError, DataError), match=message):
        Segmenter(model=BalancedKMeans(**choices)).fit(pd.DataFrame(LOPSIDED))


def test_confidence_is_zero_where_two_segments_meet() -> None:
    found = Segmenter(model=BalancedKMeans(2, size_min=0.4, random_state=0)).fit(pd.DataFrame(LOPSIDED))
    line = pd.DataFrame(np.linspace(found.model_.cluster_centers_[0], found.model_.cluster_centers_[1], 2001))
    labels, confidence = found.scorer_.assigner.assign(line.to_numpy())
    border = np.flatnonzero(np.diff(labels))
    assert len(border) == 1
    assert confidence[border[0]] < 0.01
    assert confidence.max() > 0.1
