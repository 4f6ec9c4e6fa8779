"""Which of several segmentations is chosen, where the truth is known."""

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import make_circles
from sklearn.metrics import adjusted_rand_score

from segmentlab.evaluation.choice import (
    ALIKE,
    EVIDENCE,
    MARGIN,
    Choice,
    _compare_variants,
    _pick_by_evidence,
    choose_by_evidence,
)
from segmentlab.evaluation.proposals import Candidate, is_usable
from segmentlab.evaluation.ratings import Rating
from segmentlab.evaluation.recovery import compute_recovery
from segmentlab.modelling import Labels, Points


def draw_bells(seed: int = 0, apart: float = 1.0) -> tuple[Points, Labels]:
    """Three long bells, each of its own tilt, that touch: no silhouette is high."""
    generator = np.random.default_rng(seed)
    truth = np.repeat([0, 1, 2], 130)
    tilts = np.array([[[3.0, 0], [0, 0.5]], [[0.5, 0], [0, 3.0]], [[1.5, 1.2], [-0.3, 0.4]]])
    bells = np.einsum("nij,nj->ni", tilts[truth], generator.normal(size=(len(truth), 2)))
    return bells + apart * np.array([[0, 0], [8, 4], [0, 7]])[truth], truth


def cut_by_centres(points: Points, counts: range = range(2, 9)) -> list[Candidate]:
    return [
        Candidate(KMeans(count, n_init=3, random_state=0).fit_predict(points).astype(np.int64), "KMeans")
        for count in counts
    ]


def count_segments(choice: Choice, candidates: list[Candidate]) -> int:
    return len(set(candidates[choice.place].labels.tolist()))


def test_the_number_of_groups_is_found_and_every_evidence_is_told() -> None:
    """Rule 19: a silhouette proposes, several kinds of evidence decide."""
    points, truth = draw_bells()
    candidates = [*cut_by_centres(points), Candidate(truth, "planted")]
    choice = choose_by_evidence(points, candidates, default=3, seed=0)
    assert choice.place == len(candidates) - 1
    assert not choice.kept
    assert sorted(choice.order) == list(range(len(candidates)))
    assert {pick.evidence for pick in choice.picks} <= set(EVIDENCE)
    assert len(choice.picks) >= 3
    assert choice.votes[choice.place] == pytest.approx(
        np.mean([pick.likeness[choice.place] for pick in choice.picks])
    )


def test_groups_that_are_no_bells_are_found_by_their_gap() -> None:
    """A likelihood cuts a ring into bells; the gap and the neighbours know better."""
    points, truth = make_circles(500, factor=0.4, noise=0.04, random_state=0)
    candidates = [*cut_by_centres(points), Candidate(truth.astype(np.int64), "planted")]
    choice = choose_by_evidence(points, candidates, default=3, seed=0)
    assert choice.place == len(candidates) - 1
    assert {pick.evidence for pick in choice.picks} == set(EVIDENCE)


def test_the_default_is_left_only_by_a_margin() -> None:
    """Rule 18: of two that are as good, the one that nobody tuned stays, whichever has more votes."""
    points, truth = draw_bells()
    other = truth.copy()
    other[:3] = 1  # who stands between two groups may belong to either
    pair = [Candidate(truth, "planted"), Candidate(other, "planted")]
    for default in (0, 1):
        choice = choose_by_evidence(points, pair, default=default, seed=0)
        assert choice.place == default
        assert abs(choice.votes[0] - choice.votes[1]) < MARGIN


def test_one_model_is_chosen_for_by_what_others_find() -> None:
    """Within one linkage nothing says how many; the proposals of other families do."""
    points, _ = draw_bells(apart=1.8)
    candidates = [
        Candidate(AgglomerativeClustering(count).fit_predict(points).astype(np.int64), "Hierarchical ward")
        for count in range(2, 9)
    ]
    assert count_segments(choose_by_evidence(points, candidates, default=3, seed=0), candidates) == 3


@pytest.mark.slow
def test_the_order_of_candidates_and_noise_do_not_matter() -> None:
    points, truth = draw_bells()
    noisy = truth.copy()
    noisy[::40] = -1
    candidates = [*cut_by_centres(points), Candidate(noisy, "Hdbscan")]
    choice = choose_by_evidence(points, candidates, default=0, seed=0)
    turned = choose_by_evidence(points, candidates[::-1], default=len(candidates) - 1, seed=0)
    assert candidates[choice.place] is candidates[::-1][turned.place]
    assert candidates[choice.place].family == "Hdbscan"


def draw_two_clouds() -> tuple[Points, Labels]:
    """Heavy-tailed, far apart on one of five axes."""
    points = np.random.default_rng(0).standard_t(4, size=(400, 5))
    points[:200, 0] += 9
    return points, (np.arange(400) < 200).astype(np.int64)


@pytest.mark.slow
def test_a_variant_of_the_default_has_to_be_found_again_as_well() -> None:
    """Rule 18: what cuts the untuned segments further is chosen only where halves do so too."""
    points, two = draw_two_clouds()
    shaky = two + 2 * (np.random.default_rng(1).random(len(points)) < 0.1)  # a tenth of each, at random
    of_two, of_shaky = compute_recovery(points, (two, shaky), seed=0)
    assert of_two > 0.95
    assert of_shaky < of_two
    pair = Candidate(shaky, "planted"), Candidate(two, "planted")
    assert _compare_variants(points, *pair, seed=0) == (of_shaky, of_two)


def test_segments_of_another_kind_are_not_asked_to_be_found_again() -> None:
    points, two = draw_two_clouds()
    across = (points[:, 1] > np.median(points[:, 1])).astype(np.int64)
    pair = Candidate(across, "planted"), Candidate(two, "planted")
    assert _compare_variants(points, *pair, seed=0) is None


def test_the_default_stays_where_the_best_is_a_shakier_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    points, truth = draw_bells()
    default = np.where((truth == 0) & (points[:, 0] > 0), 3, truth).astype(np.int64)
    pair = [Candidate(default, "KMeans"), Candidate(truth, "planted")]
    assert adjusted_rand_score(default, truth) > ALIKE
    chosen = choose_by_evidence(points, pair, default=0, seed=0)
    assert (chosen.place, chosen.kept) == (1, False)
    assert chosen.recovery is not None
    assert chosen.recovery[0] >= chosen.recovery[1]
    shakier = "segmentlab.evaluation.choice.compute_recovery"
    monkeypatch.setattr(shakier, lambda *_: [0.4, 0.6])
    kept = choose_by_evidence(points, pair, default=0, seed=0)
    assert (kept.place, kept.best, kept.kept, kept.recovery) == (0, 1, True, (0.4, 0.6))


def test_above_three_columns_neighbours_pick_among_the_even_ones() -> None:
    """Customers who bought once have no near neighbour elsewhere: true, and all that it says."""
    rest = Rating(2, breadth=1.2, depth=-np.inf, parted=0.01, unlikeliness=2.0, families=0.5)
    even = Rating(4, breadth=3.6, depth=-np.inf, parted=0.30, unlikeliness=1.0, families=0.6)
    assert _pick_by_evidence([rest, even], columns=4)["neighbours"] == 1
    assert _pick_by_evidence([rest, even], columns=3)["neighbours"] == 0
    assert "neighbours" not in _pick_by_evidence([rest], columns=4)


def test_alike_customers_leave_the_default() -> None:
    points = np.repeat(np.arange(4.0), 30).reshape(-1, 1)
    candidates = [Candidate((points[:, 0] > 1).astype(np.int64), "KMeans")]
    choice = choose_by_evidence(points, candidates, default=0, seed=0)
    assert (choice.place, choice.order) == (0, (0,))


@pytest.mark.parametrize(
    ("labels", "usable"),
    [
        ([0] * 50 + [1] * 50, True),
        ([0] * 100, False),
        ([0] * 199 + [1], False),
        ([0] * 40 + [1] * 30 + [-1] * 30, False),
        (list(range(25)) * 4, False),
    ],
    ids=["two", "one", "tiny", "few have a segment", "too many"],
)
def test_what_is_no_segmentation_is_not_picked(labels: list[int], usable: bool) -> None:
    assert is_usable(np.array(labels)) is usable
