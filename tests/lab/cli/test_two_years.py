"""The nights of two years of two shops: deliveries as they come, a refit, a rollback, and kills.

A night a fortnight, from the first half-year on. At forty seeded moments a night is killed and spent again,
on a copy of all there was before it: what it leaves is what the night leaves that nobody killed.
"""

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.lab.config.folders import ROOT
from tests.commands import Lab
from tests.warm import Warm, run_warm

pytestmark = pytest.mark.slow  # eighty nights, and forty that are killed

NIGHTLY = Path(__file__).with_name("killed_night.py")
PEOPLE, KILLS = 150, 20  # of each shop
LEARNT = date(2010, 7, 1)
TURN = timedelta(days=14)
REFIT, ROLLBACK, MISSED = 15, 25, 20  # the numbers of turns
OUTCOMES = {"done": 0, "look": 1, "refused": 3}
TABLES = {"nights": "day", "deliveries": "night, name", "scorings": "as_of, customer_id"}


def read_generated() -> pd.DataFrame:
    return sl.make_shop(customers=PEOPLE)


def read_real(folder: Path) -> pd.DataFrame:
    log = folder / "assembled" / "online_retail_II.csv.gz"
    ask = f"""select "Customer ID" as customer_id, Invoice as invoice_id, StockCode as product_id,
        Description as description, Quantity as quantity, Price as unit_price, InvoiceDate as timestamp,
        Country as country
        from read_csv('{log}', all_varchar=true) where hash("Customer ID") % 40 = 0"""
    lines = duckdb.sql(ask).df()
    return lines.assign(timestamp=pd.to_datetime(lines["timestamp"]))


@dataclass
class Delivered:
    """What lies in the inbox from a night on."""

    day: date
    files: dict[str, bytes] = field(default_factory=dict)


def write_lines(lines: pd.DataFrame) -> bytes:
    return lines.to_csv(index=False).encode()


def deliver(lines: pd.DataFrame) -> list[Delivered]:
    """A file a turn, but for those that come late, twice, empty, broken, or with lines of the turn before."""
    random = np.random.default_rng(0)
    day = lines["timestamp"].dt.date
    found = [Delivered(LEARNT, {"until_now.csv": write_lines(lines[day < LEARNT])})]
    held = lines[:0]
    for start in pd.date_range(LEARNT, day.max(), freq="14D").date:
        turn, held = pd.concat([held, lines[(day >= start) & (day < start + TURN)]]), lines[:0]
        files, name = {}, f"{start}.csv"
        match random.choice(["usual", "late", "some late", "twice", "broken", "empty"], p=[0.5, *[0.1] * 5]):
            case "late":
                turn, held = turn[:0], turn
            case "some late":
                is_late = random.random(len(turn)) < 0.1
                turn, held = turn[~is_late], turn[is_late]
            case "twice":
                files["again_" + name] = write_lines(turn)
            case "broken":
                files["broken_" + name] = b"what,is\nthis,?\n"
            case "empty":
                files["empty_" + name] = write_lines(turn[:0])
        if len(turn):
            files[name] = write_lines(turn)
        found.append(Delivered(start + TURN, files))
    return found


@dataclass
class Desk:
    """A store, and the folder of all that nights change."""

    lab: Lab
    folder: Path

    def begin(self, day: date, *words: str, **environment: str) -> Warm:
        own = (
            "data=file",
            "inbox=inbox",
            "taken=taken",
            "output=scored.csv",
            "page=page",
            "cache_folder=cache",
        )
        own += (f"tracking.uri={self.lab.uri}", "history=duckdb:///history.duckdb", "accept=[known]")
        typed = [sys.executable, str(NIGHTLY), *own, "look_every=56", f"today={day}", "fill=0", *words]
        return Warm(typed, self.folder, {**os.environ, **environment})

    def spend(self, day: date, *words: str, **environment: str) -> str:
        """To its end, which is one that nights have."""
        warm = self.begin(day, *words, **environment)
        said, complained = warm.communicate()
        assert warm.wait() in OUTCOMES.values(), said + complained
        return said

    def copy(self, folder: Path) -> "Desk":
        shutil.copytree(self.folder, folder)
        return Desk(self.lab, folder)

    def see(self) -> dict[str, object]:
        """All that a night leaves."""
        with duckdb.connect(self.folder / "history.duckdb", read_only=True) as history:
            tables = {
                name: history.sql(f"select * from {name} order by {order}").fetchall()
                for name, order in TABLES.items()
            }
        manifest = json.loads((self.folder / "scored.csv.manifest.json").read_text())
        taken = sorted(path.name for path in (self.folder / "taken").iterdir())
        return {
            **tables,
            "scores": (self.folder / "scored.csv").read_text(),
            "manifest": manifest,
            "taken": taken,
        }


def learn(lab: Lab, lines: pd.DataFrame, day: date) -> None:
    run_id = sl.segment(lines, as_of=day, n_clusters=4, evaluate="quick", report="none").log(lab.uri)
    promote(lab, f"run_id={run_id}", "force=true", "reason=nights", "accept=[known,scale,refunds,volume]")


def promote(lab: Lab, *words: str) -> None:
    typed = [sys.executable, str(ROOT / "src" / "promote.py"), f"tracking.uri={lab.uri}", *words]
    done = run_warm(typed, lab.folder)
    assert done.returncode == 0, done.stderr


@pytest.fixture(params=["generated", pytest.param("real", marks=pytest.mark.realdata)])
def lines(request: pytest.FixtureRequest) -> pd.DataFrame:
    if request.param == "generated":
        return read_generated()
    return read_real(request.getfixturevalue("real_data"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    folder = tmp_path / "desk"
    (folder / "inbox").mkdir(parents=True)
    return Desk(Lab(tmp_path), folder)


def test_two_years_of_nights(lines: pd.DataFrame, desk: Desk, tmp_path: Path) -> None:
    learn(desk.lab, lines[lines["timestamp"].dt.date < LEARNT], LEARNT)
    turns = deliver(lines)
    random = np.random.default_rng(1)
    kills = set(random.choice(len(turns) - 2, KILLS, replace=False) + 1)
    outcomes = []
    for number, turn in enumerate(turns):
        for name, content in turn.files.items():
            (desk.folder / "inbox" / name).write_bytes(content)
        if number == REFIT:
            learn(desk.lab, lines, turn.day)
        if number == ROLLBACK:
            promote(desk.lab, "rollback=true")
        if number == MISSED:
            continue  # nobody was there, and the next night makes up for it
        words = ["fill=9"] if number == MISSED + 1 else []
        other = desk.copy(tmp_path / f"killed_{number}") if number in kills else None
        moments = tmp_path / "moments"
        outcomes.append(desk.spend(turn.day, *words, MOMENTS=str(moments)))
        if other is not None:
            killed = other.begin(
                turn.day, *words, KILLED_AT=str(random.integers(1, int(moments.read_text()) + 1))
            )
            killed.communicate()
            assert killed.wait() < 0, "it ended before it was killed"
            other.spend(turn.day, *words)
            assert other.see() == desk.see(), f"turn {number}"
            shutil.rmtree(other.folder)
    check_ledger(desk, turns)


def check_ledger(desk: Desk, turns: list[Delivered]) -> None:
    """The days in order, each file with what became of it, and the later one's scores."""
    with duckdb.connect(desk.folder / "history.duckdb", read_only=True) as history:
        nights = history.sql("select * from nights order by day").df()
        deliveries = history.sql("select * from deliveries").df().set_index("name")
        days = history.sql("select distinct as_of from scorings order by as_of").df()["as_of"]
    scored = nights[nights["state"] != "refused"]
    assert days.tolist() == scored["day"].tolist()
    assert len(nights) == len(turns) - 1 + 9, "the missed turn is made up for, day by day"
    assert scored["read_lines"].is_monotonic_increasing
    assert (
        scored["new_lines"].to_numpy() == scored["read_lines"].diff().fillna(scored["read_lines"]).to_numpy()
    ).all()
    assert nights["model"].nunique() == 2, "the refit, and the first again after the rollback"
    assert nights["late_lines"].sum() > 0
    for prefix, state in (("again_", "repeated"), ("broken_", "refused"), ("empty_", "empty")):
        states = deliveries[deliveries.index.str.startswith(prefix)]["state"]
        assert set(states) <= ({state, "taken"} if state == "repeated" else {state})
    manifest = json.loads((desk.folder / "scored.csv.manifest.json").read_text())
    assert manifest["as_of"] == str(scored["day"].iloc[-1].date())
