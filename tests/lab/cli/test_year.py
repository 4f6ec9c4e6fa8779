"""A year with a segmentation, as a scheduler and a marketer live it: real commands on a real store.

Learn from the first year and promote; score and look month by month through the second; learn anew, promote.
"""

import itertools
import json
import sys
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest

from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.history import History
from tests.commands import Lab
from tests.warm import Warm

pytestmark = pytest.mark.slow  # a year of commands, one after the other

# What is done to the lines of the last thirty days, and the check that has to see it.
SHIFTS = {
    "prices": "select * replace (case when {late} then 2 * {price} else {price} end as {price}) from lines",
    "countries": "select * from lines where not ({late} and {country} = 'United Kingdom')",
    "id_shapes": "select * replace (case when {late} then 'C-' || {who} else {who} end as {who}) from lines",
}


@dataclass(frozen=True)
class Shop:
    """Where the lines come from, on which days, and what is known of the refit at the end."""

    data: tuple[str, ...]
    learnt: date
    months: tuple[date, ...]
    days: int  # of history, as many as the first model was made of
    lines: str  # of the files, as DuckDB reads them
    names: dict[str, str]  # of the columns that are shifted
    kept: set[int]  # the segments that are the same after two years
    broken: date = date(2011, 6, 1)


@dataclass
class Year:
    """What the year left."""

    lab: Lab
    shop: Shop
    manifests: dict[date, dict[str, Any]] = field(default_factory=dict)
    looks: dict[date, int] = field(default_factory=dict)  # their exit codes

    def begin(self, name: str, *arguments: str) -> Warm:
        """`python src/<name>.py` on the year's own store."""
        own = [f"tracking.uri={self.lab.uri}"]
        own += (
            [f"history={self.history}"]
            if name in ("score", "monitor") and "history=null" not in arguments
            else []
        )
        own += [f"cache_folder={self.lab.folder / 'cache'}", "report=none"] if name == "run" else []
        own += list(self.shop.data) if name in ("score", "run") else []
        script = str(ROOT / "src" / f"{name}.py")
        return Warm([sys.executable, script, *own, *arguments], self.lab.folder)

    def do(self, name: str, *arguments: str) -> str:
        """Run to a good end, and give what was said."""
        return ended(self.begin(name, *arguments), 0)

    @property
    def history(self) -> str:
        return f"sqlite:///{self.lab.folder / 'history.db'}"

    def score(self, day: date, output: str) -> Warm:
        return self.begin("score", f"as_of={day}", f"output={output}")

    def look(self, day: date, folder: str, *data: str) -> Warm:
        """A look of one month; each has a folder of its own, so that all stay."""
        given = [f"as_of={day}", f"days={self.shop.days}", f"output={folder}", "model_uri=models:/segments/1"]
        return self.begin("monitor", *given, *(data or self.shop.data))

    def note(self, looking: tuple[date, Warm] | None) -> None:
        """How the look of a month ended."""
        if looking is not None:
            month, look = looking
            look.communicate()
            self.looks[month] = look.returncode

    def segments(self, output: str) -> pd.Series:
        return pd.read_parquet(self.lab.folder / output).set_index("customer_id")["segment"]

    def table(self, folder: str, name: str) -> pd.DataFrame:
        return pd.read_csv(self.lab.folder / folder / name)

    def aliases(self) -> dict[str, int]:
        found = self.lab.client().get_registered_model("segments").aliases
        return {alias: int(number) for alias, number in found.items()}


def ended(process: Warm, code: int) -> str:
    said, complained = process.communicate()
    assert process.returncode == code, said + complained
    return said


def planted(lab: Lab) -> Shop:
    folder = lab.folder / "worlds"
    return Shop(
        data=("data.customers=2000", f"data.folder={folder}"),
        learnt=date(2010, 12, 1),
        # Every second one: the real shop's year has them all.
        months=tuple(day.date() for day in pd.date_range("2011-02-01", "2011-12-01", freq="2MS")),
        days=365,
        lines=f"read_parquet('{folder}/planted-2000-*/transactions/part-*.parquet')",
        names={"price": "unit_price", "country": "country", "who": "customer_id", "when": "timestamp"},
        kept={0, 1, 2, 3, 4},
    )


def online_retail(data: Path) -> Shop:
    """The first sheet ends on 9 December 2010, and so do the months here."""
    file = data / "assembled" / "online_retail_II.csv.gz"
    kinds = "{'Customer ID': 'varchar', Price: 'double', InvoiceDate: 'timestamp'}"
    who, read = '"Customer ID"', f"read_csv('{file}', types={kinds})"
    return Shop(
        data=("data=online_retail_ii",),
        learnt=date(2010, 12, 10),
        months=tuple(
            day.date() for day in pd.date_range("2011-01-10", "2011-12-10", freq=pd.DateOffset(months=1))
        ),
        days=374,
        lines=f"(select * replace (split_part({who}, '.', 1) as {who}) from {read})",
        names={"price": "Price", "country": "Country", "who": who, "when": "InvoiceDate"},
        kept={0, 1, 2, 3, 4},
        broken=date(2011, 6, 10),
    )


@pytest.fixture(scope="module", params=["synthetic", pytest.param("real", marks=pytest.mark.realdata)])
def year(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Year:
    """Played to the end of the second year. A month is looked at while the next one is scored."""
    lab = Lab(tmp_path_factory.mktemp("year"))
    shop = (
        planted(lab) if request.param == "synthetic" else online_retail(request.getfixturevalue("real_data"))
    )
    played = Year(lab, shop)
    played.do("run", f"as_of={shop.learnt}", "evaluate=standard")
    played.do("promote")
    assert played.aliases() == {"champion": 1}
    looking: tuple[date, Warm] | None = None
    for month in shop.months:
        ended(played.score(month, f"{month}.parquet"), 0)
        played.manifests[month] = json.loads((lab.folder / f"{month}.parquet.manifest.json").read_text())
        played.note(looking)
        looking = month, played.look(month, f"look-{month}")
    played.note(looking)
    return played


def test_every_month_is_scored_by_the_one_model_that_was_promoted(year: Year) -> None:
    version = year.lab.client().get_model_version("segments", "1")
    for month, manifest in year.manifests.items():
        assert manifest["as_of"] == str(month)
        assert manifest["model"]["address"] == "models:/segments/1"
        assert manifest["model"]["sha256"] == version.tags["model.sha256"]
        assert manifest["output"]["sha256"] == digest(year.lab.folder / f"{month}.parquet")
        assert sum(row["customers"] for row in manifest["segments"]) == manifest["customers"]["scored"]


def test_the_history_has_every_month_and_customers_only_come(year: Year) -> None:
    kept = History(year.history)
    assert kept.snapshots() == list(year.shop.months)
    before: set[str] = set()
    for month in year.shop.months:
        state, manifest = kept.at(month), year.manifests[month]
        now = set(state["customer_id"])
        assert before < now
        assert manifest["customers"]["vanished"] == (0 if before else None)
        assert manifest["customers"]["new"] == (len(now - before) if before else None)
        assert (
            state.set_index("customer_id")["segment"]
            .sort_index()
            .equals(year.segments(f"{month}.parquet").sort_index())
        )
        before = now


def test_who_moved_adds_up_from_month_to_month(year: Year) -> None:
    """Who was in a segment is somewhere now, and who is in one now was somewhere: no one twice."""
    moved = 0
    for before, after in itertools.pairwise(year.shop.months):
        moves = year.table(f"look-{after}", "movement.csv")
        for side, month in (("before", before), ("after", after)):
            counted = moves.groupby(f"segment_{side}")["customers"].sum()
            told = {row["segment"]: row["customers"] for row in year.manifests[month]["segments"]}
            assert counted.to_dict() == told
        assert moves["segment_after"].notna().all()
        new = moves.loc[moves["segment_before"].isna(), "customers"].sum()
        assert new == year.manifests[after]["customers"]["new"]
        moved += moves.loc[moves["segment_before"] != moves["segment_after"], "customers"].sum() - new
    assert moved > 0


def test_months_as_they_are_raise_no_alarm(year: Year) -> None:
    """Every check was looked at, and is fine: also in the real shop, whose years are much alike."""
    assert year.looks == dict.fromkeys(year.shop.months, 0)
    for month in year.shop.months:
        checks = year.table(f"look-{month}", "checks.csv").set_index("name")
        assert set(checks["verdict"]) == {"fine"}
        assert {*SHIFTS, "psi", "gap", "shares", "ledger", "known", "agreement"} <= set(checks.index)


@pytest.mark.parametrize("shift", SHIFTS)
def test_a_month_that_is_broken_is_told_by_the_check_for_it(year: Year, shift: str) -> None:
    names, day = year.shop.names, year.shop.broken
    assert day in year.shop.months, "the same month was quiet as it was"
    late = f"{names['when']} >= date '{day - timedelta(days=30)}'"
    broken = year.lab.folder / f"{shift}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create view lines as select * from {year.shop.lines}")
        connection.execute(
            f"copy ({SHIFTS[shift].format(late=late, **names)}) to '{broken}' (format parquet)"
        )
    look = year.look(
        day, f"broken-{shift}", "data=file", f"data.path={broken}", "refit=false", "history=null"
    )
    said = ended(look, 1)
    checks = year.table(f"broken-{shift}", "checks.csv").set_index("name")
    assert checks.loc[shift, "verdict"] == "look"
    assert shift in said.split("checks fired: ")[1].splitlines()[0]
    if shift == "prices":
        assert checks.loc["prices", "value"] == pytest.approx(2.0, abs=0.1)
        assert (checks.drop("prices")["verdict"] != "look").all()


def test_a_refit_is_promoted_and_its_segments_keep_their_numbers(year: Year) -> None:
    """Last: the year has another champion from here on."""
    day, kept = year.shop.months[-1], year.shop.kept
    year.do("run", f"as_of={day}", "evaluate=standard")
    year.do("promote", f"run_id={year.lab.runs()[0].info.run_id}")
    assert year.aliases() == {"champion": 2, "previous": 1}
    ended(year.score(day, "anew.parquet"), 0)
    before, now = year.segments(f"{day}.parquet"), year.segments("anew.parquet")
    assert set(before) & set(now) == kept
    assert min(set(now) - kept, default=5) >= 5, "a segment that is new has a number that nobody had"
    state = History(year.history).at(day)
    assert set(state["model"]) == {"models:/segments/2"}
    both = pd.crosstab(before, now)  # the same customers on the same day, by either model
    rows, columns = (
        sorted(both_side, key=lambda one: (one not in kept, one)) for both_side in (both.index, both)
    )
    shared = both.loc[rows, columns].to_numpy()
    agreements = {
        order: int(shared[np.arange(len(rows)), list(order)].sum())
        for order in itertools.permutations(range(len(columns)))
    }
    own = agreements.pop(tuple(range(len(columns))))
    assert own > max(agreements.values())
    assert own > len(before) / 2


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
