"""The ledger of nights: which days are due, and what came for each."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.lab.nights import (
    Night,
    NightLedger,
    NightState,
    count_night_lines,
    find_last_scored,
    list_due_days,
)
from tests.postgres import Postgres

FIRST = date(2024, 3, 1)
NIGHT = Night(FIRST, NightState.DONE, "models:/segments/1", "d", 100, 100, 0, 1, "", "100 lines came.")


def day(number: int) -> date:
    return FIRST + timedelta(days=number)


@pytest.mark.parametrize(
    ("states", "today", "fill", "due"),
    [
        ({}, 5, 31, [5]),
        ({0: "done"}, 0, 31, [0]),
        ({0: "done"}, 3, 31, [1, 2, 3]),
        ({0: "done"}, 3, 0, [3]),
        ({0: "done"}, 9, 2, [7, 8, 9]),
        ({0: "done", 1: "refused"}, 2, 31, [1, 2]),
        ({0: "done", 1: "refused", 2: "look"}, 3, 31, [3]),
        ({0: "refused"}, 1, 31, [1]),
    ],
)
def test_days_without_scores_are_due_in_their_order(
    states: dict[int, str], today: int, fill: int, due: list[int]
) -> None:
    nights = [replace(NIGHT, day=day(number), state=NightState(state)) for number, state in states.items()]
    assert list_due_days(nights, day(today), fill) == [day(number) for number in due]


def test_what_came_is_counted_and_told() -> None:
    days = pd.Series([100, 20, 0, 30], index=pd.date_range("2024-02-29", periods=4))
    usual = count_night_lines(days, date(2024, 3, 4), replace(NIGHT, read_lines=100))
    assert (usual.read, usual.new, usual.late, usual.gone, usual.last) == (150, 50, 0, 0, 30)
    late = count_night_lines(days[:2], date(2024, 3, 3), replace(NIGHT, read_lines=95))
    assert str(late) == "25 lines came, 5 of them late, none of the day before."
    gone = count_night_lines(days[:1], date(2024, 3, 3), replace(NIGHT, read_lines=108))
    assert (gone.late, gone.gone) == (0, 8)
    assert str(gone) == "no line came, none of the day before, 8 that were there are gone."
    assert str(count_night_lines(days[:0], date(2024, 3, 3), None)) == "no line came, none of the day before."


@pytest.mark.parametrize("kind", ["duckdb", "sqlite"])
def test_a_night_takes_the_place_of_itself_alone(tmp_path: Path, kind: str) -> None:
    ledger = NightLedger(f"{kind}:///{tmp_path / 'history.db'}")
    assert ledger.list_nights() == []
    refused = replace(NIGHT, day=day(1), state=NightState.REFUSED, told="half of it")
    for night in (refused, NIGHT, replace(NIGHT, told="again")):
        ledger.keep(night)
    assert ledger.list_nights() == [replace(NIGHT, told="again"), refused]
    assert find_last_scored(ledger.list_nights()) == replace(NIGHT, told="again")


def test_a_ledger_that_is_only_read_makes_nothing(tmp_path: Path) -> None:
    place = tmp_path / "history.duckdb"
    assert NightLedger(f"duckdb:///{place}", read_only=True).list_nights() == []
    assert not place.exists()


@pytest.mark.slow
def test_nights_in_postgresql(postgres: Postgres) -> None:
    postgres.run("drop table if exists nights")
    ledger = NightLedger(postgres.url())
    ledger.keep(NIGHT)
    ledger.keep(replace(NIGHT, day=day(1), state=NightState.LOOK))
    assert [night.state for night in ledger.list_nights()] == ["done", "look"]
