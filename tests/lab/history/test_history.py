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


def test_moves_are_counted_where_the_snapshots_are(history: History) -> None:
    """Every customer of either is in one; revenue is that of now, and of who is gone what was known."""
    columns = ["customer_id", "segment", "name", "confidence", "revenue"]
    before = [("a", 0, "Best", 0.9, 100.0), ("b", 0, "Best", 0.9, 80.0), ("c", 1, "Rest", 0.9, 10.0),
              ("d", 1, "Rest", 0.9, 5.0)]  # fmt: skip
    after = [("a", 0, "Best", 0.9, 120.0), ("b", 1, "Rest", 0.9, 90.0), ("c", 1, "Rest", 0.9, float("nan")),
             ("e", -1, "Noise", 0.0, float("nan"))]  # fmt: skip
    for day, rows in ((JANUARY, before), (FEBRUARY, after)):
        state = settle_segments(None, pd.DataFrame(rows, columns=columns), day, RULE)
        history.keep(day, "m", state)
    found = history.compare(JANUARY, FEBRUARY)
    assert (found.before, found.after, found.new, found.gone) == (JANUARY, FEBRUARY, 1, 1)
    expected = [
        (0, "Best", 0, "Best", 1, 120.0),
        (0, "Best", 1, "Rest", 1, 90.0),
        (1, "Rest", 1, "Rest", 1, 10.0),
        (1, "Rest", None, None, 1, 5.0),
        (None, None, -1, "Noise", 1, None),
    ]
    rows = found.moves.astype(object).where(found.moves.notna(), None)
    assert list(rows.itertuples(index=False, name=None)) == expected


def test_the_snapshot_before_is_copied_a_part_at_a_time(history: History, tmp_path: Path) -> None:
    path = tmp_path / "before.parquet"
    assert not history.copy_before(JANUARY, path)
    history.keep(JANUARY, "m", FIRST)
    history.keep_blocks(FEBRUARY, "m", [SECOND.iloc[:1], SECOND.iloc[1:]])
    pd.testing.assert_frame_equal(history.at(FEBRUARY)[list(SECOND)], SECOND)
    assert history.copy_before(date(2011, 3, 1), path)
    copied = pd.read_parquet(path).astype({"previous": "Int64"}).sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(copied[list(SECOND)], SECOND)
