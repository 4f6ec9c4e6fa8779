"""Who moved between two snapshots."""

from datetime import date

import pandas as pd

from segmentlab.flow.movement import compare_snapshots, compute_transition_shares
from segmentlab.report.figures.flows import compute_flow_data, draw_flows

DAYS = (date(2011, 1, 1), date(2011, 2, 1))
BEFORE = pd.DataFrame(
    {"customer_id": list("abcd"), "segment": [0, 0, 1, 1], "name": ["Best", "Best", "Rest", "Rest"],
     "revenue": [100.0, 80.0, 10.0, 5.0]}
)  # fmt: skip
AFTER = pd.DataFrame(
    {"customer_id": list("abce"), "segment": [0, 1, 1, -1], "name": ["Best", "Rest", "Rest", "Noise"],
     "revenue": [120.0, 90.0, 12.0, 1.0]}
)  # fmt: skip
FOUND = compare_snapshots(DAYS, BEFORE, AFTER)


def test_every_customer_of_either_snapshot_is_in_one_move() -> None:
    assert FOUND.moves["customers"].sum() == 5
    assert (FOUND.new, FOUND.gone) == (1, 1)


def test_a_move_has_its_customers_and_what_they_are_worth_now() -> None:
    (moved,) = FOUND.moved.to_dict("records")
    assert (moved["name_before"], moved["name_after"]) == ("Best", "Rest")
    assert (moved["customers"], moved["revenue"]) == (1, 90.0)


def test_the_revenue_of_those_who_are_gone_is_what_was_known() -> None:
    gone = FOUND.moves[FOUND.moves["segment_after"].isna()]
    assert gone["revenue"].tolist() == [5.0]


def test_revenue_that_nobody_knows_is_missing() -> None:
    unknown = BEFORE.assign(revenue=float("nan"))
    assert compare_snapshots(DAYS, unknown, unknown).moves["revenue"].isna().all()


def test_the_rows_of_the_transition_matrix_are_whole() -> None:
    shares = compute_transition_shares(FOUND)
    assert shares.loc["Best"].to_dict() == {"Best": 0.5, "Rest": 0.5}
    assert (shares.sum(axis="columns") == 1).all()


def test_the_flows_join_every_segment_of_both_days_and_the_outside() -> None:
    data = compute_flow_data(FOUND.moves)
    assert data.names == ["Best", "Rest", "not scored before", "Noise", "Best", "Rest", "not scored again"]
    assert sum(data.customers) == 5
    assert set(data.sources) == {0, 1, 2}
    assert set(data.targets) == {3, 4, 5, 6}


def test_the_flows_are_drawn_as_bands() -> None:
    drawn = draw_flows(FOUND)
    assert [trace.type for trace in drawn.figure.data] == ["sankey"]
    assert drawn.title == "Who moved where"
