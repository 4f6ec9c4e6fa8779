"""Who moved between two snapshots."""

from datetime import date

import pandas as pd

from segmentlab.flow.movement import Movement, compute_transition_shares
from segmentlab.report.figures.flows import compute_flow_data, draw_flows

DAYS = (date(2011, 1, 1), date(2011, 2, 1))
MOVES = pd.DataFrame(
    {"segment_before": [0, 0, 1, 1, None], "name_before": ["Best", "Best", "Rest", "Rest", None],
     "segment_after": [0, 1, 1, None, -1], "name_after": ["Best", "Rest", "Rest", None, "Noise"],
     "customers": 1, "revenue": [120.0, 90.0, 12.0, 5.0, 1.0]}
).astype({"segment_before": "Int64", "segment_after": "Int64"})  # fmt: skip
FOUND = Movement(*DAYS, MOVES)


def test_who_is_new_and_who_is_gone_moved_nowhere() -> None:
    assert (FOUND.new, FOUND.gone) == (1, 1)
    (moved,) = FOUND.moved.to_dict("records")
    assert (moved["name_before"], moved["name_after"]) == ("Best", "Rest")


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
