"""Files that are delivered into a folder: each is taken once, and what becomes of it is told."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.nights import Inbox, InboxFile, InboxState, forget_taken_lines
from segmentlab.transactions import File

NIGHT = date(2024, 3, 3)
HEAD = "customer_id,invoice_id,timestamp,quantity,unit_price\n"
FIRST = HEAD + "c1,1,2024-03-01 10:00:00,1,2.5\nc2,2,2024-03-02 11:00:00,3,4\n"
SECOND = HEAD + "c1,3,2024-03-02 12:00:00,2,1\n"


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    (tmp_path / "in").mkdir()
    return Inbox(tmp_path / "in", tmp_path / "taken", f"duckdb:///{tmp_path / 'history.duckdb'}")


def take(inbox: Inbox, *, again: bool = False) -> dict[str, str]:
    form = File(path="any")
    found = inbox.take_in(NIGHT, lambda path: replace(form, path=path), again=again)
    return {one.name: str(one.state) for one in found}


def put(inbox: Inbox, name: str, text: str) -> None:
    (inbox.folder / name).write_text(text)


def read_taken(inbox: Inbox) -> int:
    return sum(len(pd.read_parquet(path)) for path in inbox.taken.glob("*.parquet"))


def test_each_file_is_taken_once(inbox: Inbox) -> None:
    put(inbox, "1.csv", FIRST)
    assert take(inbox) == {"1.csv": "taken"}
    put(inbox, "2.csv", SECOND)
    put(inbox, "again.csv", FIRST)
    put(inbox, "3.csv.part", SECOND)
    put(inbox, ".4.csv", SECOND)
    assert take(inbox) == {"2.csv": "taken", "again.csv": "repeated"}
    assert take(inbox) == {}
    assert read_taken(inbox) == 3
    told = {one.name: one for one in inbox.list_deliveries()}
    assert told["1.csv"].read_lines == 2
    assert (told["1.csv"].first_day, told["1.csv"].last_day) == (date(2024, 3, 1), date(2024, 3, 2))
    assert told["again.csv"].told == "it was taken before as 1.csv"
    assert told["1.csv"].is_within(date(2024, 3, 2), date(2024, 3, 3))
    assert not told["1.csv"].is_within(date(2024, 3, 3), date(2024, 3, 4))


def test_what_can_not_be_read_waits_and_is_told(inbox: Inbox) -> None:
    put(inbox, "1.csv", FIRST)
    put(inbox, "bad.csv", "what,is\nthis,?\n")
    put(inbox, "none.csv", "")
    put(inbox, "head.csv", HEAD)
    assert take(inbox) == {"1.csv": "taken", "bad.csv": "refused", "none.csv": "empty", "head.csv": "empty"}
    assert [one.name for one in inbox.list_refused()] == ["bad.csv"]
    assert "no column for 'customer_id'" in inbox.list_refused()[0].told
    assert take(inbox) == {}
    assert take(inbox, again=True) == {"bad.csv": "refused"}
    (inbox.folder / "bad.csv").unlink()
    assert inbox.list_refused() == []


def test_another_content_under_a_name_that_was_taken_is_refused(inbox: Inbox) -> None:
    put(inbox, "1.csv", FIRST)
    take(inbox)
    put(inbox, "1.csv", SECOND)
    assert take(inbox) == {"1.csv": "refused"}
    assert read_taken(inbox) == 2


def test_what_is_set_aside_counts_no_more_until_it_is_accepted(inbox: Inbox) -> None:
    put(inbox, "1.csv", FIRST)
    put(inbox, "2.csv", SECOND)
    take(inbox)
    [second] = [one for one in inbox.list_deliveries() if one.name == "2.csv"]
    inbox.set_aside([second], "half a week")
    assert read_taken(inbox) == 2
    assert [(one.name, one.told) for one in inbox.list_refused()] == [("2.csv", "half a week")]
    assert take(inbox) == {}
    assert take(inbox, again=True) == {"2.csv": "taken"}
    assert read_taken(inbox) == 3


def test_what_a_killed_night_left_does_not_count(inbox: Inbox) -> None:
    put(inbox, "1.csv", FIRST)
    take(inbox)
    (inbox.taken / "0123.parquet").write_bytes(b"lines without a row")
    [one] = inbox.list_deliveries()
    inbox.keep(InboxFile(one.digest, one.name, NIGHT, InboxState.REFUSED, told="killed before they went"))
    take(inbox)
    assert list(inbox.taken.iterdir()) == []


def test_lines_are_for_their_owner_alone(inbox: Inbox) -> None:
    put(inbox, "1.csv", FIRST)
    take(inbox)
    assert {path.stat().st_mode & 0o077 for path in (inbox.taken, *inbox.taken.iterdir())} == {0}


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"inbox=.*nowhere: there is no such folder"):
        Inbox(tmp_path / "nowhere", tmp_path, "duckdb:///h.duckdb")


def test_a_customer_is_forgotten_in_every_file(inbox: Inbox) -> None:
    put(inbox, "1.csv", FIRST)
    put(inbox, "2.csv", SECOND)
    take(inbox)
    assert forget_taken_lines(inbox.taken, "c1") == 2
    assert forget_taken_lines(inbox.taken, "c1") == 0
    assert read_taken(inbox) == 1
    assert {path.stat().st_mode & 0o077 for path in inbox.taken.iterdir()} == {0}
    assert take(inbox) == {}, "a file that was taken is not taken again"
