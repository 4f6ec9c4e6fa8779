"""Gains and losses apart, money to come, and moves that nobody can make."""

from datetime import date

import pandas as pd
import pytest

from segmentlab.flow import MoveKind, Movement, MoveReason, explain_moves

NAMES = {0: "Best", 1: "Loyal", 2: "At risk", 3: "One-time", -1: "Noise"}
NAN = float("nan")
# Loyal customers are expected to spend 40 each, those at risk 10, one-time buyers 41: near the loyal ones.
STAYED = [
    (0, 0, None, 10, 1000.0, 1000.0, 10, 1000.0, 10, 0.0, 0),
    (1, 1, None, 10, 500.0, 400.0, 10, 400.0, 10, 0.0, 0),
    (2, 2, None, 10, 9000.0, 100.0, 10, 100.0, 10, 0.0, 0),
    (3, 3, None, 10, 100.0, 410.0, 10, 410.0, 10, 0.0, 0),
]


def make_movement(*rows: tuple[object, ...]) -> Movement:
    """Those who stayed, and moves: from, to, reason, customers, and then the money."""
    columns = ["segment_before", "segment_after", "reason", "customers", "revenue", "expected", "known",
               "expected_before", "known_before", "change", "orders"]  # fmt: skip
    moves = pd.DataFrame([*STAYED, *rows], columns=columns)
    moves = moves.astype({"segment_before": "Int64", "segment_after": "Int64", "reason": "object"})
    for side in ("before", "after"):
        moves[f"name_{side}"] = moves[f"segment_{side}"].map(NAMES)
    return Movement(date(2011, 1, 1), date(2011, 2, 1), moves, 60.0)


def make_move(before: int | None, after: int | None, reason: str, people: int = 1) -> tuple[object, ...]:
    """Everybody paid 50 in their life, and is expected to spend what is usual in their segment."""
    worth = {0: 100.0, 1: 40.0, 2: 10.0, 3: 41.0}
    then, now = (worth.get(one, NAN) if one is not None else NAN for one in (before, after))
    return (
        before, after, reason, people, 50.0 * people, now * people, people * (after in worth), then * people,
        people * (before in worth), (now - then) * people, people if reason == "ordered" else 0,
    )  # fmt: skip


def find_kind(*move: object) -> str:
    [row] = explain_moves(make_movement(make_move(*move))).to_dict("records")  # type: ignore[arg-type]
    return str(row["kind"])


def test_gains_and_losses_are_never_set_off_against_each_other() -> None:
    """Ten up and ten down between the same two segments are no stillness."""
    found = explain_moves(
        make_movement(make_move(2, 1, "ordered", 10), make_move(1, 2, "late", 10))
    ).set_index("kind")
    assert found["customers"].to_dict() == {"gain": 10, "loss": 10}
    assert found["change"].to_dict() == {"gain": 300.0, "loss": -300.0}


def test_money_is_what_is_to_come_and_not_what_was_paid_in_a_lifetime() -> None:
    """Those at risk paid most by far, and are expected to spend least: to become one is no gain."""
    movement = make_movement(make_move(1, 2, "no order", 4))
    [row] = explain_moves(movement).to_dict("records")
    assert movement.foresees
    assert (row["kind"], row["money"], row["money_is"], row["change"]) == ("loss", 40.0, "expected", -120.0)


def test_where_nothing_is_foreseen_segments_count_by_their_number_and_money_is_what_was_paid() -> None:
    moves = make_movement(make_move(2, 1, "unknown", 4), make_move(2, -1, "unknown")).moves
    movement = Movement(
        date(2011, 1, 1), date(2011, 2, 1), moves.assign(known=0, known_before=0, expected=NAN, change=NAN)
    )
    found = explain_moves(movement)
    assert found[["kind", "money", "money_is"]].to_numpy().tolist() == [
        ["gain", 200.0, "paid"],
        ["sideways", 50.0, "paid"],
    ]


@pytest.mark.parametrize(
    ("before", "after", "reason", "kind"),
    [
        (2, 1, "ordered", "gain"),
        (1, 2, "ordered", "loss"),
        (1, 2, "late", "loss"),
        (1, 2, "taken back", "loss"),
        (2, 1, "held back", "gain"),  # the order that was answered late
        (1, 3, "ordered", "sideways"),  # within the margin
        (1, -1, "ordered", "sideways"),  # nobody knows what noise is worth
        (None, 0, "first order", "new"),
        (None, 0, "unknown", "new"),
        (1, None, "gone", "gone"),
    ],
)
def test_a_move_is_what_the_segments_and_the_customer_make_of_it(
    before: int | None, after: int | None, reason: str, kind: str
) -> None:
    assert find_kind(before, after, reason) == kind


@pytest.mark.parametrize("reason", ["late", "no order", "taken back", "other model", "untrue name"])
def test_nobody_gains_by_ordering_nothing(reason: str) -> None:
    assert find_kind(2, 1, reason) == "correction"


def test_one_time_is_not_entered_by_those_who_came_twice() -> None:
    """Neither as a gain nor as a loss: the name is not true of them."""
    assert find_kind(2, 3, "untrue name") == find_kind(0, 3, "untrue name") == "correction"


def test_gains_come_first_then_losses_and_most_money_first_within() -> None:
    moves = [
        (1, 2, "late"),
        (0, 2, "late", 9),
        (2, 1, "ordered"),
        (2, 0, "ordered"),
        (None, 1, "first order"),
    ]
    found = explain_moves(make_movement(*(make_move(*move) for move in moves)))  # type: ignore[arg-type]
    assert found["kind"].tolist() == ["gain", "gain", "loss", "loss", "new"]
    assert found["money"].tolist() == [100.0, 40.0, 90.0, 10.0, 40.0]


def test_a_segment_that_nobody_is_in_any_more_is_worth_what_it_was() -> None:
    rows = [row for row in STAYED if row[0] != 2]
    movement = make_movement(make_move(2, 1, "ordered"))
    left = movement.moves[movement.moves["segment_after"] != 2]
    assert len(left) == len(rows) + 1
    found = explain_moves(Movement(movement.before, movement.after, left))
    assert found["kind"].tolist() == ["gain"]


def test_nothing_moved_is_an_empty_table() -> None:
    assert explain_moves(make_movement()).empty
    assert {*MoveReason} & {*MoveKind} == {"gone"}
