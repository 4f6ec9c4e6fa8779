"""Which of several segmentations is chosen, where the truth is known."""

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import make_circles

from segmentlab.evaluation.choice import EVIDENCE, MARGIN, Choice, choose_by_evidence
from segmentlab.evaluation.proposals import Candidate, is_usable
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


def test_the_order_of_candidates_and_noise_do_not_matter() -> None:
    points, truth = draw_bells()
    noisy = truth.copy()
    noisy[::40] = -1
    candidates = [*cut_by_centres(points), Candidate(noisy, "Hdbscan")]
    choice = choose_by_evidence(points, candidates, default=0, seed=0)
    turned = choose_by_evidence(points, candidates[::-1], default=len(candidates) - 1, seed=0)
    assert candidates[choice.place] is candidates[::-1][turned.place]
    assert candidates[choice.place].family == "Hdbscan"


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
