"""Stability against an independent implementation, and where the answer is known."""

import os
from functools import partial
from multiprocessing import get_context

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer

from segmentlab.evaluation import workers
from segmentlab.evaluation.draws import repeat_draws
from segmentlab.evaluation.refit import Flow, Partition
from segmentlab.evaluation.stability import (
    compute_bootstrap_jaccard,
    compute_prediction_strength,
    compute_seed_agreement,
    find_most_similar,
    find_worst_strength,
    judge_jaccard,
)
from tests.evaluation import slow

few_labels = st.lists(st.integers(-1, 3), min_size=12, max_size=12).map(np.array)


def flow(k: int) -> Flow:
    return Flow(FunctionTransformer(), KMeans(k, n_init=3))


def blobs(per_blob: int = 60, apart: float = 10.0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    truth = np.repeat([0, 1, 2], per_blob)
    return generator.normal(size=(len(truth), 2)) + apart * np.array([[0, 0], [1, 0], [0, 1]])[truth], truth


@given(labels=few_labels, others=few_labels)
def test_similarity_equals_that_of_the_sets(labels: np.ndarray, others: np.ndarray) -> None:
    segments = np.array([0, 1, 2, 3])
    expected = [slow.jaccard_with_most_similar(labels, others, segment) for segment in segments]
    np.testing.assert_allclose(find_most_similar(labels, others, segments), expected)


@given(labels=few_labels, predicted=few_labels)
def test_strength_equals_that_of_the_pairs(labels: np.ndarray, predicted: np.ndarray) -> None:
    assert find_worst_strength(labels, predicted) == pytest.approx(slow.worst_strength(labels, predicted))


def test_a_bootstrap_is_what_its_definition_says() -> None:
    points, truth = blobs(15, apart=3.0)
    table = compute_bootstrap_jaccard(flow(3), points, truth, count=6, seed=1)
    expected = []
    for state in np.random.SeedSequence(1).generate_state(6):
        rows = np.random.default_rng(int(state)).integers(0, len(points), len(points))
        again = KMeans(3, n_init=3, random_state=int(state)).fit(points[rows]).labels_
        drawn = {int(row): int(label) for row, label in zip(rows[::-1], again[::-1], strict=True)}
        once = np.array(sorted(drawn))
        theirs = np.array([drawn[row] for row in once])
        expected.append([slow.jaccard_with_most_similar(truth[once], theirs, s) for s in (0, 1, 2)])
    np.testing.assert_allclose(table["jaccard"], np.mean(expected, axis=0))
    np.testing.assert_allclose(table["dissolved"], (np.array(expected) <= 0.5).mean(axis=0))


def test_what_is_clear_is_stable_and_what_is_cut_in_two_is_not() -> None:
    points, truth = blobs()
    clear = compute_bootstrap_jaccard(flow(3), points, truth, count=20, seed=0)
    assert clear["verdict"].eq("highly stable").all()
    assert compute_prediction_strength(flow(3), points, splits=5, seed=0).value > 0.95
    cut = truth.copy()
    cut[:30] = 3  # half of the first blob, at random
    table = compute_bootstrap_jaccard(flow(4), points, cut, count=20, seed=0)
    assert table.loc[[0, 3], "jaccard"].max() < 0.6
    assert compute_prediction_strength(flow(4), points, splits=5, seed=0).value < 0.8


def test_noise_is_no_segment() -> None:
    points, truth = blobs()
    truth[:20] = -1
    assert compute_bootstrap_jaccard(flow(3), points, truth, count=3, seed=0).index.tolist() == [0, 1, 2]


def test_seeds_agree_where_chance_plays_no_part() -> None:
    points, _ = blobs()
    assert compute_seed_agreement(flow(3), points, count=4, seed=0) == pytest.approx(1)
    cloud = np.random.default_rng(0).normal(size=(300, 2))
    assert compute_seed_agreement(Flow(FunctionTransformer(), KMeans(6, n_init=1)), cloud, 4, 0) < 0.95


@pytest.mark.parametrize(
    ("jaccard", "words"),
    [(0.85, "highly stable"), (0.8, "stable"), (0.6, "pattern"), (0.55, "doubtful"), (0.49, "dissolved")],
)
def test_verdicts_are_those_of_hennig(jaccard: float, words: str) -> None:
    assert judge_jaccard(jaccard) == words


def test_the_half_that_can_not_place_anybody_keeps_nobody_together() -> None:
    def lost(points: np.ndarray, seed: int) -> Partition:  # noqa: ARG001
        return Partition(np.zeros(len(points), dtype=int), lambda others: np.full(len(others), -1))

    assert compute_prediction_strength(lost, np.zeros((10, 1)), splits=2, seed=0).value == 0.0


def _drawn(offset: int, seed: int) -> int:
    return seed % 1000 + offset


def test_draws_follow_their_seed_and_nothing_else() -> None:
    once = repeat_draws(partial(_drawn, 1), 5, seed=3)
    assert once == repeat_draws(partial(_drawn, 1), 5, seed=3) != repeat_draws(partial(_drawn, 1), 5, seed=4)
    assert repeat_draws(partial(_drawn, 1), 2, seed=3) == once[:2]
    assert repeat_draws(partial(_drawn, 1), 0, seed=3) == []


@pytest.mark.slow
def test_draws_on_several_processes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    alone = repeat_draws(partial(_drawn, 1), 6, seed=3)
    monkeypatch.setattr("segmentlab.evaluation.workers.PARALLEL_SECONDS", 0.0)
    assert repeat_draws(partial(_drawn, 1), 6, seed=3) == alone
    # Once they run, less work is worth sharing.
    monkeypatch.setattr("segmentlab.evaluation.workers.PARALLEL_SECONDS", 4.0)
    monkeypatch.setattr("segmentlab.evaluation.workers.WARM_SECONDS", 0.0)
    assert len({process for _, process in repeat_draws(_name_process, 6, seed=3)}) > 1


def test_whoever_is_given_one_processor_shares_with_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "1")
    monkeypatch.setattr("segmentlab.evaluation.workers.PARALLEL_SECONDS", 0.0)
    assert {process for _, process in repeat_draws(_name_process, 3, seed=3)} == {os.getpid()}


@pytest.mark.slow
def test_a_process_of_multiprocessing_that_shared_work_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for its children at its end, and they would wait for work."""
    monkeypatch.delenv("LOKY_MAX_CPU_COUNT", raising=False)
    child = get_context("spawn").Process(target=_share_and_end)
    child.start()
    child.join(120)
    ended = child.exitcode
    child.kill()
    assert ended == 0


def _share_and_end() -> None:
    workers.PARALLEL_SECONDS = 0.0  # type: ignore[misc]
    assert len({process for _, process in workers.share_work(_name_process, range(6), "work")}) > 1


def _name_process(seed: int) -> tuple[int, int]:
    return seed, os.getpid()
