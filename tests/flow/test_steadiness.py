"""Who moves, who is kept back, and what the state remembers."""

from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import ConfigError
from segmentlab.flow.movement import Steadiness, settle_segments
from tests.examples import draw_examples

JANUARY, FEBRUARY, MARCH = date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)
NAMES = ("Best", "Rest", "Lost")
AT_ONCE = Steadiness(min_confidence=0.0, snapshots=1)
STEADY = Steadiness(min_confidence=0.7, snapshots=2)


def scoring(**customers: tuple[int, float]) -> pd.DataFrame:
    """Who is in which segment, and how sure the model is."""
    rows = [(who, segment, NAMES[segment], sure) for who, (segment, sure) in customers.items()]
    return pd.DataFrame(rows, columns=["customer_id", "segment", "name", "confidence"])


def row(state: pd.DataFrame, who: str) -> pd.Series:
    return state.set_index("customer_id").loc[who]


def test_a_first_scoring_is_taken_as_it_is() -> None:
    state = settle_segments(None, scoring(a=(0, 0.9), b=(1, 0.1)), JANUARY, STEADY)
    assert state["segment"].tolist() == [0, 1]
    assert state["since"].tolist() == [pd.Timestamp(JANUARY)] * 2
    assert state["previous"].isna().all()


def test_a_sure_move_happens_at_once_and_is_remembered() -> None:
    before = settle_segments(None, scoring(a=(0, 0.9), b=(1, 0.9)), JANUARY, STEADY)
    a = row(settle_segments(before, scoring(a=(1, 0.8), b=(1, 0.9)), FEBRUARY, STEADY), "a")
    assert (a["segment"], a["previous"], a["since"], a["name"]) == (1, 0, pd.Timestamp(FEBRUARY), "Rest")


def test_an_unsure_move_waits_for_the_second_snapshot_in_a_row() -> None:
    state = settle_segments(None, scoring(a=(0, 0.9), b=(0, 0.9), c=(1, 0.9)), JANUARY, STEADY)
    state = settle_segments(state, scoring(a=(1, 0.6), b=(1, 0.6), c=(0, 0.9)), FEBRUARY, STEADY)
    assert row(state, "a")[["segment", "name", "scored"]].tolist() == [0, "Best", 1]
    assert row(state, "a")["since"] == pd.Timestamp(JANUARY)
    state = settle_segments(state, scoring(a=(1, 0.6), b=(0, 0.6), c=(0, 0.9)), MARCH, STEADY)
    assert row(state, "a")[["segment", "previous"]].tolist() == [1, 0], "said twice in a row"
    assert row(state, "a")["since"] == pd.Timestamp(MARCH)
    assert row(state, "b")["segment"] == 0, "it was only a wobble"
    assert row(state, "b")["since"] == pd.Timestamp(JANUARY)


def test_nobody_is_kept_in_a_segment_that_there_is_no_more() -> None:
    before = settle_segments(None, scoring(a=(2, 0.9), b=(0, 0.9)), JANUARY, STEADY)
    assert (
        row(settle_segments(before, scoring(a=(1, 0.2), b=(0, 0.9)), FEBRUARY, STEADY), "a")["segment"] == 1
    )


def test_new_customers_come_and_others_go() -> None:
    before = settle_segments(None, scoring(a=(0, 0.9)), JANUARY, STEADY)
    state = settle_segments(before, scoring(b=(1, 0.1)), FEBRUARY, STEADY)
    assert state["customer_id"].tolist() == ["b"]
    assert state["segment"].tolist() == [1]


@pytest.mark.parametrize(("sure", "snapshots"), [(1.5, 1), (-0.1, 1), (0.5, 0)])
def test_a_rule_that_means_nothing_is_refused(sure: float, snapshots: int):
    with pytest.raises(ConfigError, match=r"write 0 to 1|takes 1 snapshot"):
        Steadiness(sure, snapshots)


SCORES = st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1)), min_size=3, max_size=3)


@draw_examples(15)
@given(st.lists(SCORES, min_size=1, max_size=5))
def test_laws_of_the_guard(snapshots):
    """Without a guard the model is followed; with one, customers move to where it says or not at all."""
    free = held = None
    for month, given_scores in enumerate(snapshots, start=1):
        scored = scoring(**dict(zip("abc", given_scores, strict=True)))
        before = held
        free = settle_segments(free, scored, date(2011, month, 1), AT_ONCE)
        held = settle_segments(held, scored, date(2011, month, 1), STEADY)
        assert free["segment"].tolist() == scored["segment"].tolist()
        for who in range(3):
            kept = before is not None and held["segment"][who] == before["segment"][who]
            assert kept or held["segment"][who] == scored["segment"][who]
        assert (held["since"] <= pd.Timestamp(2011, month, 1)).all()
