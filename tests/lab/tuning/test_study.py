"""A study is finished once, whoever works on it and however often they are killed."""

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.tuning.order import StudyBudget, StudyLimits, StudyOrder
from segmentlab.lab.tuning.space import ChoiceList, Proposal, Space, TrialOutcome, WholeRange
from segmentlab.lab.tuning.study import Study, StudyStanding, find_nearest_trials
from tests.lab.tuning.fabricated import DAVIES_BOULDIN, SILHOUETTE, SPACE, order, score, work, worked
from tests.postgres import Postgres


def tried(standing: StudyStanding) -> list[object]:
    """What the finished trials were, in their order."""
    return [(one.tried, one.metrics, one.reason) for one in standing.trials if one.finished]


def test_a_study_has_as_many_trials_as_asked_for_and_begins_where_it_was(tmp_path: Path) -> None:
    first = worked("study", order(tmp_path, trials=12))
    assert first.finished == 12
    again = worked("study", order(tmp_path, trials=20))
    assert again.trials[: len(first.trials)] == first.trials
    assert again.finished == 20


def test_a_setting_is_tried_once_whoever_tries_it(tmp_path: Path) -> None:
    """Rule 18: twenty numbers of segments are too few for a sampler that comes back to the best of them."""
    worked("study", order(tmp_path, trials=12))
    standing = worked("study", order(tmp_path, trials=40))
    assert standing.finished == 40
    finished = [str(one.tried) for one in standing.trials if one.finished]
    assert len(set(finished)) == 40
    repeats = [one for one in standing.trials if one.state == "failed"]
    assert repeats, "the sampler should have come back to what it knew"
    assert {one.reason for one in repeats} == {"the same was tried before"}


@pytest.mark.parametrize("sampler", ["tpe", "random", "nsga2"])
def test_a_space_that_can_be_listed_is_tried_as_a_whole(sampler: str, tmp_path: Path) -> None:
    """Rule 18: sixteen of thirty-three settings were tried, and the best never was."""
    space = Space(
        {"kmeans": {"n_clusters": WholeRange(2, 12), "linkage": ChoiceList(("ward", "average", "complete"))}}
    )
    standing = worked("whole", order(tmp_path, trials=100, sampler=sampler, space=space))
    assert standing.finished == 33
    assert len({str(one.tried) for one in standing.trials}) == 33


def test_a_resumed_study_proposes_what_it_would_have_at_one_go(tmp_path: Path) -> None:
    for trials in (5, 14, 20):
        parted = worked("parted", order(tmp_path, trials=trials))
    assert tried(parted) == tried(worked("whole", order(tmp_path, trials=20)))


@pytest.mark.parametrize("sampler", ["tpe", "nsga2", "random", "grid"])
def test_every_sampler_is_seeded(sampler: str, tmp_path: Path) -> None:
    def again(name: str, seed: int) -> list[object]:
        return tried(worked(name, order(tmp_path, trials=8, sampler=sampler, seed=seed)))

    one = again("one", 0)
    assert one == again("two", 0)
    assert one != again("three", 1)
    assert len({str(values) for values, *_ in one}) > 1


def test_a_grid_visits_every_point_once_and_ends(tmp_path: Path) -> None:
    space = Space({"kmeans": {"n_clusters": WholeRange(2, 10)}})
    standing = worked("grid", order(tmp_path, trials=100, sampler="grid", space=space))
    assert sorted(one.tried["kmeans.n_clusters"] for one in standing.trials) == list(range(2, 11))


def test_one_objective_is_a_special_case(tmp_path: Path) -> None:
    standing = worked("study", order(tmp_path, trials=25, objectives=(SILHOUETTE,)))
    [best] = standing.front
    assert best.metrics[SILHOUETTE] == max(one.metrics[SILHOUETTE] for one in standing.trials if one.feasible)


def test_what_can_not_be_scored_is_infeasible_and_has_no_score(tmp_path: Path) -> None:
    standing = worked("study", order(tmp_path, trials=40))
    unscored = [one for one in standing.trials if one.state == "unscored"]
    assert unscored, "the study should have met a single segment"
    for one in unscored:
        assert one.reason == "one segment, two are needed; 1 segments are fewer than 2"
        assert SILHOUETTE not in one.metrics
    broken = [one for one in standing.trials if one.state == "scored" and not one.feasible]
    assert any("coverage" in str(one.reason) and "is below 80%" in str(one.reason) for one in broken)
    assert all(one.feasible for one in standing.front)


def test_infeasible_places_are_avoided(tmp_path: Path) -> None:
    """Constraints reach the sampler: it learns from them, which chance does not."""
    space = Space({"hdbscan": SPACE.models["hdbscan"]})
    learnt, chance = (
        worked(sampler, order(tmp_path, trials=60, sampler=sampler, space=space))
        for sampler in ("tpe", "random")
    )
    assert learnt.feasible > 1.3 * chance.feasible


def test_a_study_of_other_choices_is_not_joined(tmp_path: Path) -> None:
    worked("study", order(tmp_path, trials=3))
    with pytest.raises(ConfigError, match=r"tune.study=study is in the storage with other choices"):
        Study("study", order(tmp_path, digest="another"))


def test_a_study_that_gets_no_better_ends(tmp_path: Path) -> None:
    patient = replace(order(tmp_path).budget, trials=1000, patience=5)
    with Study("study", order(tmp_path, budget=patient)) as study:
        ended = study.work(lambda _proposal: same(), lambda: None, lambda _standing: None)
        assert ended == "the front has not improved for 5 trials"
        assert study.read_standing().finished == 6


def same() -> TrialOutcome:
    return TrialOutcome({SILHOUETTE: 0.5, DAVIES_BOULDIN: 1.0, "separation/coverage": 1.0})


def test_a_study_that_is_told_to_stop_keeps_what_it_has(tmp_path: Path) -> None:
    with Study("study", order(tmp_path)) as study:
        answers = iter([None, None, "enough"])
        assert study.work(score, lambda: next(answers), lambda _standing: None) == "enough"
        assert study.read_standing().finished == 2


def test_time_is_a_budget(tmp_path: Path) -> None:
    budget = StudyBudget(trials=10**6, seconds=0.3, patience=None)
    with Study("study", order(tmp_path, budget=budget)) as study:
        assert study.work(score, lambda: None, lambda _standing: None) == "its 0.3 seconds are over"
        assert 0 < study.read_standing().finished < 10**6


def test_the_nearest_infeasible_trials_come_first(tmp_path: Path) -> None:
    asked = order(
        tmp_path, trials=20, limits=StudyLimits(least_coverage=1.0, least_share=0.3, fewest=2, most=3)
    )
    standing = worked("study", asked)
    assert not standing.front
    first, *_, last = find_nearest_trials(standing.trials, asked)
    lacks = [
        sum(max(by, 0) for by in asked.limits.measure_violations(one.metrics).values())
        for one in (first, last)
    ]
    assert lacks[0] <= lacks[1]
    assert first.state == "scored"


@contextmanager
def working(asked: StudyOrder, count: int) -> Iterator[Sequence[BaseProcess]]:
    """Processes at work on one study; none outlives the block."""
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=work, args=("study", asked)) for _ in range(count)]
    for process in processes:
        process.start()
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.join()


def killed_until_done(asked: StudyOrder, folder: Path, kills: int) -> None:
    """Kill a study at moments that chance chooses, each after it has written something more."""
    moments = random.Random(0)
    journal = folder / "study.journal"
    for _ in range(kills):
        size = journal.stat().st_size if journal.exists() else 0
        with working(asked, 1) as [process]:
            while process.is_alive() and (journal.stat().st_size if journal.exists() else 0) <= size:
                time.sleep(0.001)
            time.sleep(moments.uniform(0, 0.1))
            if process.is_alive():
                os.kill(process.pid or 0, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [3, pytest.param(20, marks=pytest.mark.slow)])
def test_a_killed_study_ends_like_one_that_was_not(kills: int, tmp_path: Path) -> None:
    asked = order(tmp_path, trials=4 * kills)
    killed_until_done(asked, tmp_path, kills)
    standing = worked("study", asked)
    assert standing.finished == 4 * kills
    assert not [one for one in standing.trials if one.state == "running"]
    assert [one.number for one in standing.trials] == list(range(len(standing.trials)))
    assert tried(standing) == tried(worked("whole", asked))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "count"),
    [("journal", 2), ("postgresql", 2), pytest.param("journal", 8, marks=pytest.mark.slow)],
)
def test_processes_share_a_fresh_study(
    kind: str, count: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if kind == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        asked = order(server.url(), trials=30)
    else:
        asked = order(tmp_path, trials=30)
    with working(asked, count) as processes:
        for process in processes:
            process.join()
        assert [process.exitcode for process in processes] == [0] * count
    with Study("study", asked) as study:
        standing = study.read_standing()
    assert standing.finished == 30
    assert [one.number for one in standing.trials] == list(range(len(standing.trials)))
    assert max(Counter(str(one.tried) for one in standing.trials if one.finished).values()) == 1


def test_a_living_process_keeps_its_trial(tmp_path: Path) -> None:
    """A second process does not take what the first works on, and waits for it at the end."""
    asked = order(tmp_path, trials=2)

    def with_a_guest(proposal: Proposal) -> TrialOutcome:
        with Study("study", asked) as guest:
            states = [one.state for one in guest.read_standing().trials]
            assert states[-1] == "running", "joining failed the trial of a living process"
        return score(proposal)

    with Study("study", asked) as study:
        study.work(with_a_guest, lambda: None, lambda _standing: None)
        assert [one.state in ("scored", "unscored") for one in study.read_standing().trials] == [True, True]
