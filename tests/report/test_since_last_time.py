"""The small table that people read of who moved."""

from dataclasses import replace

import pytest

from segmentlab.flow import MoveKind, Movement, MoveReason
from segmentlab.lab.cli.terminal import show_movement
from segmentlab.report.since_last_time import (
    KIND_WORDS,
    MOST_ROWS,
    REASON_WORDS,
    describe_change,
    make_move_tables,
)
from tests.flow.test_changes import NAN, make_move, make_movement


def test_every_kind_and_every_reason_has_words() -> None:
    assert set(KIND_WORDS) == set(MOST_ROWS) == set(MoveKind)
    assert set(REASON_WORDS) == set(MoveReason)


def test_people_money_and_reasons_gains_before_losses_and_corrections_below() -> None:
    moves = make_movement(
        make_move(1, 2, "late", 3),
        make_move(2, 1, "ordered", 2),
        make_move(2, 3, "untrue name", 5),
        make_move(None, 3, "first order", 7),
    )
    table, corrected = make_move_tables(moves)
    assert (table.title, corrected.title) == (
        "Since 2011-01-01; expected within 60 days",
        "Moved by the model, not by what they did",
    )
    assert table.headings == [
        "Move", "From", "To", "Customers", "Expected spend", "Change", "Why",
    ]  # fmt: skip
    assert table.rows == [
        ["Gain", "At risk", "Loyal", "2", "80", "+60", "ordered again: 2 orders since"],
        ["Loss", "Loyal", "At risk", "3", "30", "-90", "no order since, and late for them"],
        ["New", "not scored before", "One-time", "7", "287", "n/a", "first order"],
    ]
    assert corrected.rows == [
        [
            "Correction",
            "At risk",
            "One-time",
            "5",
            "205",
            "+155",
            "the name is not true of them; no order since",
        ],
    ]
    assert describe_change(moves) == (
        "Between 2011-01-01 and 2011-02-01, 10 of 50 customers moved to another segment; 7 are new and 0 "
        "were not scored again. Gained: 2, expected to spend 80. Lost: 3, expected to spend 30."
    )


def test_what_was_paid_is_told_where_nothing_is_foreseen() -> None:
    known = make_movement(make_move(1, 2, "unknown", 3))
    nothing = {"known": 0, "known_before": 0, "expected": NAN, "expected_before": NAN, "change": NAN}
    moves = replace(known, moves=known.moves.assign(**nothing), horizon=None)
    [table] = make_move_tables(moves)
    assert table.headings == ["Move", "From", "To", "Customers", "Paid so far", "Why"]
    assert table.rows == [["Loss", "Loyal", "At risk", "3", "150", "not known: orders were not kept"]]
    assert "Lost: 3, who paid 150 so far." in describe_change(moves)


def test_the_table_is_small_and_its_last_rows_hold_all_that_are_left() -> None:
    """Whatever moved where: no customer is left out."""
    reasons = ("ordered", "late", "no order", "held back", "taken back")
    pairs = [(one, other) for one in range(4) for other in range(4) if one != other]
    moves = [make_move(*pair, reason) for pair in pairs for reason in reasons]
    moves += [make_move(None, one, "first order") for one in range(4)]
    moves += [make_move(one, None, "gone") for one in range(4)]
    table, corrected = make_move_tables(make_movement(*moves))
    assert len(table.rows) == 10
    assert len(corrected.rows) == 3
    assert sum(int(row[3]) for row in (*table.rows, *corrected.rows)) == len(moves)
    gains = [row for row in table.rows if row[0] == "Gain"]
    assert gains[-1][1:3] == ["several", "several"]
    assert ["Gone", "several", "not scored again", "4"] in [row[:4] for row in table.rows]


def test_the_terminal_shows_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    moves: Movement = make_movement(make_move(2, 1, "ordered", 1), make_move(2, 3, "untrue name"))
    show_movement(moves)
    said = capsys.readouterr().out
    for words in ("Since 2011-01-01", "ordered again: 1 order since", "Moved by the model", "Gained: 1"):
        assert words in said
