"""The front and the choice from it, held to their definitions."""

from hypothesis import given
from hypothesis import strategies as st

from segmentlab.lab.tuning.candidate import rank_front
from segmentlab.lab.tuning.space import Proposal
from segmentlab.lab.tuning.trials import (
    Trial,
    compute_gains,
    count_since_better,
    find_front,
    make_trials_table,
)
from tests.lab.tuning.fabricated import DAVIES_BOULDIN, SILHOUETTE

BOTH = (SILHOUETTE, DAVIES_BOULDIN)
SCORES = st.tuples(st.integers(0, 6), st.integers(0, 6), st.booleans())


def trial(number: int, silhouette: float, davies_bouldin: float, *, feasible: bool = True) -> Trial:
    return Trial(
        number=number,
        state="scored",
        proposal=Proposal("kmeans", {"n_clusters": number}),
        tried={"kmeans.n_clusters": number},
        metrics={SILHOUETTE: silhouette, DAVIES_BOULDIN: davies_bouldin},
        reason=None if feasible else "too small",
    )


def trials(scores: list[tuple[int, int, bool]]) -> list[Trial]:
    return [trial(number, a, b, feasible=feasible) for number, (a, b, feasible) in enumerate(scores)]


@given(st.lists(SCORES, max_size=12))
def test_the_front_is_what_nobody_beats(scores: list[tuple[int, int, bool]]) -> None:
    every = trials(scores)
    members = find_front(every, BOTH)
    feasible = [one for one in every if one.feasible]
    assert bool(members) == bool(feasible)
    for one in feasible:
        at_least_as_good = [
            other
            for other in members
            if all(
                theirs >= own
                for theirs, own in zip(compute_gains(other, BOTH), compute_gains(one, BOTH), strict=True)
            )
        ]
        assert at_least_as_good == [one] if one in members else at_least_as_good
    assert all(member.feasible for member in members)


@given(st.lists(SCORES, max_size=12))
def test_waiting_counts_the_trials_after_the_last_that_changed_the_front(
    scores: list[tuple[int, int, bool]],
) -> None:
    every = trials(scores)
    fronts = [find_front(every[:end], BOTH) for end in range(len(every) + 1)]
    waited = 0
    while waited < len(every) and fronts[-1 - waited] == fronts[-2 - waited]:
        waited += 1
    assert count_since_better(every, BOTH) == waited


def test_knee_is_near_the_best_of_all_and_first_is_the_best_of_one() -> None:
    every = [trial(0, 0.9, 3.0), trial(1, 0.8, 1.2), trial(2, 0.5, 1.0)]
    assert [one.number for one in rank_front(every, BOTH, "knee")] == [1, 0, 2]
    assert [one.number for one in rank_front(every, BOTH, "first")] == [0, 1, 2]
    assert rank_front([], BOTH, "knee") == []


def test_two_points_have_no_knee() -> None:
    """Rule 20: both lie at the same distance, so the lower number of a trial decided."""
    pair = [trial(0, 0.5, 1.0), trial(1, 0.9, 3.0)]
    assert [one.number for one in rank_front(pair, BOTH, "knee")] == [1, 0]


def test_the_table_says_what_is_on_the_front_and_what_was_chosen() -> None:
    every = [trial(0, 0.9, 3.0), trial(1, 0.8, 4.0), trial(2, 0.99, 1.0, feasible=False)]
    table = make_trials_table(every, find_front(every, BOTH), every[0]).set_index("number")
    assert table["on_front"].tolist() == table["chosen"].tolist() == [True, False, False]
    assert table.loc[2, "reason"] == "too small"
    assert table[SILHOUETTE].tolist() == [0.9, 0.8, 0.99]
    assert table["kmeans.n_clusters"].tolist() == [0, 1, 2]
