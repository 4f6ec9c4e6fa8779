"""Who moved between two snapshots."""

from datetime import date

import pandas as pd

from segmentlab.flow.movement import Movement, compute_transition_shares
from segmentlab.report.figures.flows import compute_flow_data, draw_flows

DAYS = (date(2011, 1, 1), date(2011, 2, 1))
MOVES = pd.DataFrame(
    {"segment_before": [0, 0, 0, 1, 1, None], "name_before": ["Best", "Best", "Best", "Rest", "Rest", None],
     "segment_after": [0, 1, 1, 1, None, -1], "name_after": ["Best", "Rest", "Rest", "Rest", None, "Noise"],
     "reason": [None, "late", "ordered", None, "gone", "first order"], "customers": [2, 1, 1, 2, 1, 1],
     "revenue": [120.0, 60.0, 30.0, 12.0, 5.0, 1.0], "expected": float("nan"), "known": 0,
     "expected_before": float("nan"), "known_before": 0, "change": float("nan"), "orders": [0, 0, 1, 0, 0, 1]}
).astype({"segment_before": "Int64", "segment_after": "Int64"})  # fmt: skip
FOUND = Movement(*DAYS, MOVES)


def test_who_is_new_and_who_is_gone_moved_nowhere() -> None:
    assert (FOUND.new, FOUND.gone) == (1, 1)
    assert FOUND.moved == 2


def test_moves_are_one_pair_whatever_their_reasons() -> None:
    [pair] = FOUND.pairs.query("segment_before == 0 and segment_after == 1").to_dict("records")
    assert (pair["customers"], pair["revenue"]) == (2, 90.0)
    assert pd.isna(pair["expected"])


def test_the_rows_of_the_transition_matrix_are_whole() -> None:
    shares = compute_transition_shares(FOUND)
    assert shares.loc["Best"].to_dict() == {"Best": 0.5, "Rest": 0.5}
    assert (shares.sum(axis="columns") == 1).all()


def test_the_flows_join_every_segment_of_both_days_and_the_outside() -> None:
    data = compute_flow_data(FOUND)
    assert data.names == ["Best", "Rest", "not scored before", "Noise", "Best", "Rest", "not scored again"]
    assert sum(data.customers) == 8
    assert set(data.sources) == {0, 1, 2}
    assert set(data.targets) == {3, 4, 5, 6}


def test_the_flows_are_drawn_as_bands() -> None:
    drawn = draw_flows(FOUND)
    assert [trace.type for trace in drawn.figure.data] == ["sankey"]
    assert drawn.title == "Who moved where"
