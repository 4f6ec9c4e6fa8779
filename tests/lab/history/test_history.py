"""Snapshots in DuckDB and in databases that SQLAlchemy knows: one law for all."""

import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from segmentlab.errors import StoreError
from segmentlab.flow import explain_moves
from segmentlab.flow.movement import Steadiness, settle_segments
from segmentlab.lab.history import History
from segmentlab.lab.outputs import database
from tests.postgres import Postgres

JANUARY, FEBRUARY, MARCH = date(2011, 1, 1), date(2011, 2, 1), date(2011, 3, 1)
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


def test_what_customers_did_comes_back_and_what_is_not_known_is_missing(history: History) -> None:
    some = FIRST.assign(
        orders=pd.array([3, pd.NA], "Int64"), first_order=pd.to_datetime(["2010-05-01", None]).as_unit("us"),
        expected=[12.5, float("nan")], fits=pd.array([1, pd.NA], "Int64"), horizon=60.0,
    )  # fmt: skip
    history.keep(JANUARY, "m", some)
    found = history.at(JANUARY)
    pd.testing.assert_frame_equal(found[list(some)], some)
    assert found[["last_order", "late"]].isna().all(axis=None)


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
        (0, "Best", 0, "Best", 1, 120.0, None),
        (0, "Best", 1, "Rest", 1, 90.0, None),
        (1, "Rest", 1, "Rest", 1, 10.0, None),
        (1, "Rest", None, None, 1, 5.0, None),
        (None, None, -1, "Noise", 1, None, None),
    ]
    rows = found.pairs.astype(object).where(found.pairs.notna(), None)
    assert not found.foresees
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


# What moved whom.


def read_moves(history: History) -> pd.DataFrame:
    """Two snapshots in which everybody has a reason of their own, and one customer stays."""
    columns = ["customer_id", "segment", "name", "scored", "orders", "first_order", "last_order", "revenue",
               "late", "expected", "fits"]  # fmt: skip
    long_ago, late, lately = "2010-03-01", "2010-12-01", "2011-01-15"
    before = [
        ("stays", 0, "Best", 0, 9, long_ago, late, 90.0, 0.0, 50.0, 1),
        ("ordered", 1, "Rest", 1, 2, long_ago, late, 20.0, 0.5, 5.0, 1),
        ("exchanged", 1, "Rest", 1, 2, long_ago, late, 20.0, 0.5, 5.0, 1),
        ("untrue", 1, "Rest", 1, 2, long_ago, late, 20.0, 0.5, 5.0, 1),
        ("unknown", 1, "Rest", 1, None, None, None, 20.0, None, None, None),
        ("returned", 0, "Best", 0, 5, long_ago, late, 70.0, 0.0, 30.0, 1),
        ("held", 0, "Best", 1, 5, long_ago, late, 70.0, 0.2, 30.0, 1),
        ("late", 0, "Best", 0, 5, long_ago, late, 70.0, 0.0, 30.0, 1),
        ("silent", 0, "Best", 0, 5, long_ago, late, 70.0, 0.0, 30.0, 1),
        ("gone", 0, "Best", 0, 5, long_ago, late, 70.0, 0.0, 30.0, 1),
    ]
    after = [
        ("stays", 0, "Best", 0, 9, long_ago, late, 90.0, 0.0, 48.0, 1),
        ("ordered", 0, "Best", 0, 4, long_ago, lately, 60.0, 0.0, 25.0, 1),
        ("exchanged", 0, "Best", 0, 2, long_ago, lately, 21.0, 0.0, 6.0, 1),
        ("untrue", 2, "One-time", 2, 3, long_ago, lately, 30.0, 0.5, 6.0, 0),
        ("unknown", 0, "Best", 0, 7, long_ago, lately, 80.0, 0.0, 20.0, 1),
        ("returned", 1, "Rest", 1, 5, long_ago, late, 10.0, 0.0, 4.0, 1),
        ("held", 1, "Rest", 1, 5, long_ago, late, 70.0, 1.5, 9.0, 1),
        ("late", 1, "Rest", 1, 5, long_ago, late, 70.0, 1.5, 9.0, 1),
        ("silent", 1, "Rest", 1, 5, long_ago, late, 70.0, 0.0, 20.0, 1),
        ("first", 2, "One-time", 2, 1, lately, lately, 10.0, 0.0, 6.0, 1),
        ("appeared", 1, "Rest", 1, 2, long_ago, lately, 10.0, 0.0, 6.0, 1),
    ]
    for day, rows in ((JANUARY, before), (FEBRUARY, after)):
        state = pd.DataFrame(rows, columns=columns).assign(
            confidence=0.9, in_a_row=1, previous=pd.NA, since=pd.Timestamp(day), horizon=60.0
        )
        history.keep(day, "m", state.astype({"orders": "Int64", "fits": "Int64"}))
    return history.compare(JANUARY, FEBRUARY).moves


def test_every_move_has_the_reason_that_the_customer_gave(history: History) -> None:
    moves = read_moves(history)
    found = moves.dropna(subset="reason").set_index("reason")
    assert found["customers"].to_dict() == {
        "ordered": 2, "unknown": 1, "untrue name": 1, "taken back": 1, "held back": 1, "late": 1,
        "no order": 1, "gone": 1, "first order": 1, "not scored": 1,
    }  # fmt: skip
    assert found.loc["ordered", ["orders", "expected", "expected_before", "change"]].tolist() == [
        2,
        31,
        10,
        21,
    ]
    assert found.loc["unknown", ["expected", "known", "known_before"]].tolist() == [20, 1, 0]
    assert pd.isna(found.loc["unknown", "change"])
    assert found.loc["gone", "expected"] == 30.0, "what was known then"
    assert moves.loc[moves["reason"].isna(), "change"].tolist() == [-2.0]


def test_another_model_is_the_reason_only_where_nothing_was_ordered(history: History) -> None:
    read_moves(history)
    history.keep(FEBRUARY, "another", history.at(FEBRUARY))
    found = history.compare(JANUARY, FEBRUARY)
    counts = found.moves.groupby("reason")["customers"].sum()
    assert (counts["other model"], counts["ordered"]) == (3, 2)
    assert not {"late", "no order", "held back"} & set(counts.index)
    assert found.moves["change"].isna().all(), "two models do not foresee alike"
    assert found.horizon == 60.0


# A history that an older version wrote, which kept less.


OLD = Path(__file__).with_name("without_standing.db")  # by 0.1.0, as it was before expected spend was kept


@pytest.fixture
def old(tmp_path: Path) -> History:
    shutil.copy(OLD, tmp_path / "old.db")
    return History(f"sqlite:///{tmp_path}/old.db")


def test_an_older_history_is_read_as_it_is(old: History) -> None:
    assert old.at(JANUARY)["expected"].isna().all()
    found = old.compare(JANUARY, FEBRUARY)
    assert (found.moved, found.new, found.gone, found.foresees) == (2, 1, 1, False)
    told = explain_moves(found).set_index("kind")
    assert told.loc[["gain", "loss"], ["reason", "money"]].to_numpy().tolist() == [
        ["unknown", 60.0], ["unknown", 90.0],
    ]  # fmt: skip
    with closing(sqlite3.connect(old.database.url.removeprefix("sqlite:///"))) as file:
        assert len(file.execute("select * from scorings").description) == 11, "reading changes no table"


def test_an_older_history_goes_on_and_a_write_that_fails_takes_no_row(old: History) -> None:
    before = old.at(FEBRUARY)
    state = before[list(SECOND)].assign(expected=4.0, horizon=60.0)
    with pytest.raises(StoreError):
        old.keep(MARCH, "m", pd.concat([state, state]))
    assert old.snapshots() == [JANUARY, FEBRUARY]
    pd.testing.assert_frame_equal(old.at(FEBRUARY), before)
    old.keep(MARCH, "m", state)
    assert old.at(MARCH)["expected"].tolist() == [4.0] * 4
    found = old.compare(FEBRUARY, MARCH)
    assert (found.foresees, found.horizon) == (True, 60.0)
    assert found.moves["change"].isna().all(), "the first of them is not known"
    old.keep(date(2011, 4, 1), "m", before[list(SECOND)].head(3))  # as an older version would
    found = old.compare(MARCH, date(2011, 4, 1))
    assert not found.foresees, "what was expected in March is no news"
    assert found.moves.set_index("reason").loc["gone", "expected"] == 4.0


HOLD = """
import sys, time, duckdb
with duckdb.connect(sys.argv[1]) as connection:
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_that_another_process_has_is_waited_for(tmp_path: Path, *, read_only: bool) -> None:
    place = tmp_path / "history.duckdb"
    History(f"duckdb:///{place}").keep(JANUARY, "m", FIRST)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(place), "1"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == b"held\n"
        assert History(f"duckdb:///{place}", read_only=read_only).snapshots() == [JANUARY]


def test_a_file_that_stays_taken_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "history.duckdb"
    History(f"duckdb:///{place}").keep(JANUARY, "m", FIRST)
    monkeypatch.setattr(database, "PATIENCE", 0.2)
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(place), "99"], stdout=subprocess.PIPE)
    assert holder.stdout is not None
    with holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StoreError, match=r"another command had it for 0\.2 seconds"):
            History(f"duckdb:///{place}").snapshots()
        holder.kill()


def test_a_history_of_somebody_else_reads_nothing_but_itself(tmp_path: Path) -> None:
    """A view in it could read any file of this machine, or send it away."""
    secret, place = tmp_path / "secret.csv", tmp_path / "history.duckdb"
    secret.write_text("as_of,customer_id\n2011-01-01,whoever\n")
    with duckdb.connect(place) as planted:
        planted.execute(f"create view scorings as select * from read_csv('{secret}')")
    with pytest.raises(StoreError, match="disabled") as refused:
        History(f"duckdb:///{place}").before(date(2011, 2, 1))
    assert "whoever" not in str(refused.value)
