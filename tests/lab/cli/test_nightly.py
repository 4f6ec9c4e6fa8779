"""`python src/nightly.py` with a champion and a log that grows."""

import os
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from filelock import FileLock

import segmentlab as sl
from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.history import History
from segmentlab.lab.nights import NightLedger
from tests.commands import Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

LEARNT = date(2011, 3, 1)


@dataclass
class Shop:
    """A store with a champion, and the lines that have come."""

    lab: Lab
    lines: pd.DataFrame

    @property
    def folder(self) -> Path:
        return self.lab.folder

    @property
    def ledger(self) -> NightLedger:
        return NightLedger(f"duckdb:///{self.folder / 'history.duckdb'}", read_only=True)

    def deliver(self, until: str) -> None:
        self.lines[self.lines["timestamp"] < until].to_csv(self.folder / "shop.csv", index=False)

    def spend(self, today: str, *words: str, code: int = 0) -> str:
        own = ("data=file", "data.path=shop.csv", "output=scored.csv", "page=page", "cache_folder=cache")
        own += (f"tracking.uri={self.lab.uri}", "history=duckdb:///history.duckdb", f"today={today}")
        typed = [sys.executable, str(ROOT / "src" / "nightly.py"), *own, *words]
        done = run_warm(typed, self.folder, dict(os.environ))
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    lab = Lab(tmp_path_factory.mktemp("shop"))
    lines = sl.make_shop(customers=200)
    run_id = sl.segment(lines, as_of=LEARNT, n_clusters=4, evaluate="quick", report="none").log(lab.uri)
    typed = [sys.executable, str(ROOT / "src" / "promote.py"), f"tracking.uri={lab.uri}"]
    done = run_warm([*typed, f"run_id={run_id}", "force=true", "reason=nights"], lab.folder)
    assert done.returncode == 0, done.stderr
    return Shop(lab, lines)


def test_nights_that_were_missed_are_made_up_for_in_their_order(shop: Shop) -> None:
    shop.deliver("2011-03-02")
    shop.spend("2011-03-02", "limits.confidence=1", "limits.distance=1")
    shop.deliver("2011-03-06")
    quiet = ("limits.confidence=1", "limits.distance=1", "look_every=9")
    said = shop.spend("2011-03-06", *quiet)
    assert [night.day.day for night in shop.ledger.list_nights()] == [2, 3, 4, 5, 6]
    assert [day.day for day in History(f"duckdb:///{shop.folder / 'history.duckdb'}").snapshots()] == [
        2,
        3,
        4,
        5,
        6,
    ]
    assert [night.looked for night in shop.ledger.list_nights()] == [1, 0, 0, 0, 0]
    assert "2011-03-03" in said

    scored, before = (shop.folder / "scored.csv").stat(), shop.ledger.list_nights()
    shop.spend("2011-03-06", *quiet)
    assert ((shop.folder / "scored.csv").stat(), shop.ledger.list_nights()) == (scored, before)

    assert "2011-03-06 was scored already" in shop.spend("2011-03-05", code=2)
    assert shop.ledger.list_nights() == before


def test_a_feed_that_has_died_is_refused_night_after_night(shop: Shop) -> None:
    said = shop.spend("2011-06-30", "fill=1", code=3)
    assert "- fresh: the last line is of 2011-03-0" in " ".join(said.split())
    assert [(str(night.day), str(night.state)) for night in shop.ledger.list_nights()[-2:]] == [
        ("2011-06-29", "refused"),
        ("2011-06-30", "refused"),
    ]
    assert History(f"duckdb:///{shop.folder / 'history.duckdb'}").snapshots()[-1] == date(2011, 3, 6)
    (shop.folder / "shop.csv").write_text("what,is\nthis,?\n")
    assert "no column for 'customer_id'" in " ".join(shop.spend("2011-06-30", code=3).split())


def test_a_file_is_set_aside_only_if_the_night_is_as_usual_without_it(shop: Shop) -> None:
    inbox = shop.folder / "inbox"
    inbox.mkdir()
    own = (
        "inbox=inbox",
        "taken=taken",
        "history=duckdb:///inbox.duckdb",
        "output=inbox.csv",
        "look_every=99",
    )
    own += ("limits.confidence=1", "limits.distance=1", "limits.growth=9")
    until = shop.lines["timestamp"] < "2011-03-02"
    shop.lines[until].to_csv(inbox / "1.csv", index=False)
    shop.spend("2011-03-02", *own)

    day = pd.Timestamp("2011-03-02 12:00")
    strange = shop.lines.assign(
        customer_id="K/" + shop.lines["customer_id"].astype(str) + "/x", timestamp=day
    )
    strange.drop_duplicates("customer_id").to_csv(inbox / "2.csv", index=False)
    assert "id_shape" in shop.spend("2011-03-03", *own, code=3)
    nights = NightLedger(f"duckdb:///{shop.folder / 'inbox.duckdb'}", read_only=True)
    assert [str(night.state) for night in nights.list_nights()] == ["done", "refused"]
    assert "2.csv was refused, and waits" in shop.spend("2011-03-03", *own, code=1), (
        "it is as usual without it"
    )

    late = shop.lines[(shop.lines["timestamp"] >= "2011-03-02") & (shop.lines["timestamp"] < "2011-03-04")]
    late.to_csv(inbox / "3.csv", index=False)
    assert "fresh" in shop.spend("2011-03-30", *own, "fill=0", code=3)
    assert len(list((shop.folder / "taken").glob("*.parquet"))) == 2, (
        "what is missing is no fault of what came"
    )


def test_another_night_is_waited_for(shop: Shop) -> None:
    with FileLock(shop.folder / ".nightly.lock"):
        said = shop.spend("2011-07-01", "wait=0.1", code=2)
    assert "Another night was at work for 0.1 seconds (wait=)" in said


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["today=soon"], "today=soon is not a date"),
        (["fill=-1"], "fill= days from 0 up"),
        (["inbox=nowhere"], "inbox=nowhere: there is no such folder"),
        (["output=null"], "Scores go to a file or to a table"),
        (["limits.psi=nan"], "limits.psi=nan"),
        (["model_uri=models:/segments@nobody"], "nobody"),
    ],
)
def test_what_can_not_be_done_says_why(shop: Shop, words: list[str], told: str) -> None:
    before = shop.ledger.list_nights()
    shop.deliver("2011-03-08")
    given = [word for word in words if not word.startswith("today")]
    today = next((word.partition("=")[2] for word in words if word.startswith("today")), "2011-07-01")
    assert told in shop.spend(today, *given, code=2)
    assert shop.ledger.list_nights() == before
