"""The leaderboard stands still: what else is stored changes neither order nor recommendation."""

import random

from hypothesis import given
from hypothesis import strategies as st

from segmentlab.evaluation import LoggedRun, make_leaderboard
from tests.evaluation.fabricated import logged
from tests.evaluation.test_leaderboard import paired, useful
from tests.examples import draw_examples

RUNS = (
    paired("a", 0.420, segments=8),
    paired("b", 0.415, spread=0.01, segments=5),
    paired("c", 0.410, spread=0.02, segments=6),
    paired(
        "d", 0.360, spread=0.01, segments=3, params={"features": "rfm,rhythm", "features.rhythm": "Rhythm"}
    ),
    paired("e", 0.200, segments=2, tags={"checks": "SEG003", "checks.errors": "1"}),
    useful("f", 0.500),  # of before there were several days
    logged("g", without=("usefulness/",), params={"evaluate.holdout_days": "0"}),
)
RECOMMENDED = "b"
values = st.floats(0, 1).map(lambda value: round(value, 3))


def make_junk(number: int, kind: int, value: float) -> LoggedRun:
    """A run that nobody should take: worse for sure, refused by a check, without evidence, or elsewhere."""
    name = f"junk {number}"
    segments = 2 + int(8 * value)
    scores = {"separation/silhouette": value, "stability/prediction_strength": value}
    kinds = (
        lambda: paired(name, 0.3 * value, segments=segments, metrics=scores),
        lambda: paired(name, value, segments=segments, tags={"checks": "SEG001", "checks.errors": "2"}),
        lambda: paired(name, value, segments=2, metrics={"separation/coverage": 0.7 * value}),
        lambda: paired(name, value, segments=2, params={"as_of": "2011-01-01"}),
        lambda: paired(name, value, segments=2, tags={"data.digest": "e" * 64}),
        lambda: useful(name, value),
        lambda: logged(name, scores, {"evaluate.holdout_days": "0"}, without=("usefulness/",)),
        lambda: paired(name, 0.3 * value, segments=2, params={"prepare.quantile": str(value)}),
    )
    return kinds[kind]()


def read_board(runs: list[LoggedRun]) -> tuple[list[str], list[str], dict[str, str]]:
    """The order of our own runs, the recommended one of their data, and the reason."""
    board = make_leaderboard(runs)
    own = board[board["run_id"].isin([run.run_id for run in RUNS])]
    taken = own[own["recommended"]].set_index("run_id")["reason"].to_dict()
    return own["run_id"].tolist(), list(taken), taken


@draw_examples(12)
@given(st.lists(st.tuples(st.integers(0, 7), values), max_size=12), st.randoms())
def test_other_runs_change_neither_order_nor_recommendation(
    drawn: list[tuple[int, float]], shuffling: random.Random
) -> None:
    junk = [make_junk(number, *each) for number, each in enumerate(drawn)]
    runs = [*RUNS, *junk]
    shuffling.shuffle(runs)
    before, after = read_board(list(RUNS)), read_board(runs)
    assert before == after
    assert before[1] == [RECOMMENDED]


def test_removing_a_run_changes_neither_the_order_of_the_rest_nor_the_recommendation() -> None:
    order, _, _ = read_board(list(RUNS))
    for gone in RUNS:
        left = [run for run in RUNS if run is not gone]
        assert read_board(left)[0] == [name for name in order if name != gone.run_id]
        if gone.run_id != RECOMMENDED:
            assert read_board(left)[1] == [RECOMMENDED]


@draw_examples(6)
@given(st.lists(st.tuples(st.integers(0, 7), values), max_size=8))
def test_ranks_in_a_space_keep_their_order(drawn: list[tuple[int, float]]) -> None:
    def order(runs: list[LoggedRun]) -> list[str]:
        board = make_leaderboard(runs)
        own = board[board["run_id"].isin(["a", "b", "c", "e", "f", "g"])]  # of one space
        return own.sort_values(["rank_in_space", "run_id"])["run_id"].tolist()

    junk = [make_junk(number, *each) for number, each in enumerate(drawn)]
    assert order([*RUNS, *junk]) == order(list(RUNS))
