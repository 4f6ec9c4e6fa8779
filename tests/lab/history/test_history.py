"""Snapshots in DuckDB and in databases that SQLAlchemy knows: one law for all."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.errors import StoreError
from segmentlab.flow.movement import Steadiness, settle_segments
from segmentlab.lab.history import History
from tests.postgres import Postgres

JANUARY, FEBRUARY = date(2011, 1, 1), date(2011, 2, 1)
RULE = Steadiness(0.0, 1)
SCORED = pd.DataFrame(
    {"customer_id": ["1", "2"], "segment": [0, -1], "name": ["Best", "Noise"], "confidence": [0.9, 0.0],
     "revenue": [10.0, float("nan")]}
)  # fmt: skip
FIRST = settle_segments(None, SCORED, JANUARY, RULE)
SECOND = settle_segments(FIRST, SCORED.assign(segment=[1, 0], name=["Rest", "Best"]), FEBRUARY, RULE)


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> History:
    if request.param != "postgres":
        return History(f"{request.param}:///{tmp_path}/history.{request.param}")
    server: Postgres = request.getfixturevalue("postgres")
    server.run("drop table if exists scorings")
    return History(server.url())


def test_a_history_begins_empty(history: History) -> None:
    assert history.snapshots() == []
    assert history.before(JANUARY) is None
    assert history.forget("1") == 0


def test_a_state_comes_back_as_it_was_kept(history: History) -> None:
    history.keep(JANUARY, "models:/segments/1", FIRST)
    history.keep(FEBRUARY, "models:/segments/2", SECOND)
    assert history.snapshots() == [JANUARY, FEBRUARY]
    found = history.at(FEBRUARY)
    assert set(found["model"]) == {"models:/segments/2"}
    pd.testing.assert_frame_equal(found[list(SECOND)], SECOND)


def test_a_snapshot_replaces_its_own_date_alone(history: History) -> None:
    for _ in range(2):
        history.keep(JANUARY, "m", FIRST)
        history.keep(FEBRUARY, "m", SECOND)
    assert len(history.at(JANUARY)) == len(history.at(FEBRUARY)) == 2
    before = history.before(FEBRUARY)
    assert before is not None
    assert before["segment"].tolist() == FIRST["segment"].tolist()


def test_a_customer_is_forgotten_in_every_snapshot_and_nobody_else_is(history: History) -> None:
    history.keep(JANUARY, "m", FIRST)
    history.keep(FEBRUARY, "m", SECOND)
    assert history.forget("1") == 2
    assert [history.at(day)["customer_id"].tolist() for day in (JANUARY, FEBRUARY)] == [["2"], ["2"]]


def test_an_id_is_a_value_and_never_a_statement(history: History) -> None:
    history.keep(JANUARY, "m", FIRST)
    assert history.forget("1' or '1' = '1") == 0
    assert len(history.at(JANUARY)) == 2


def test_a_snapshot_that_can_not_be_kept_leaves_the_one_before(history: History) -> None:
    history.keep(JANUARY, "m", FIRST)
    twice = pd.concat([FIRST, FIRST], ignore_index=True)
    with pytest.raises(StoreError, match="history="):
        history.keep(JANUARY, "m", twice)
    assert len(history.at(JANUARY)) == 2


def test_no_password_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as told:
        History(f"postgresql://me:secret@localhost:1/{tmp_path.name}").snapshots()
    assert "secret" not in str(told.value)
