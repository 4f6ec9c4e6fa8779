"""The whole look on a world: quiet while all is well, loud when something broke."""

from dataclasses import replace
from datetime import date, timedelta

import ibis
import pytest

from bench.alarms import AS_IT_IS, MONTHS, SHIFTS, glance, glances, learnt, shifted, usual_limits, usual_plan
from segmentlab.flow import StepTimer
from segmentlab.flow.alarms import Alarm
from segmentlab.flow.watch import WatchBaseline, WatchResult, WatchRules, watch_segments
from segmentlab.report.monitor_page import draw_monitor_pictures, write_monitor_page
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.pages.judges import Judge

JUNE = date(2011, 6, 1)
CUSTOMERS = 2000
WORLDS = range(10, 13)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = str(tmp_path_factory.mktemp("worlds"))
    found = SyntheticWorld(customers=CUSTOMERS, seed=0, folder=folder).read(ibis.duckdb.connect())
    assert isinstance(found, Dataset)
    return found


@pytest.fixture(scope="module")
def baseline(world: Dataset) -> WatchBaseline:
    return learnt(usual_plan(), world)


def test_a_month_as_it_is_raises_no_alarm(world: Dataset, baseline: WatchBaseline) -> None:
    assert glance(baseline, world, JUNE).fired == []


def test_names_are_watched_where_the_model_knows_the_laws_of_its_shop(
    world: Dataset, baseline: WatchBaseline
) -> None:
    """A name of today is held against the customers of today; an older model has none to be held to."""
    look = WatchRules(usual_limits(), JUNE, 365, refit=False)

    def check_names(own: WatchBaseline) -> Alarm:
        checks = watch_segments(own, world, look, StepTimer()).checks
        return next(check for check in checks if check.name == "names")

    known = check_names(baseline)
    assert 0.6 <= known.value <= 1
    assert known.told.startswith("share of the customers in ")
    older = check_names(replace(baseline, recipe=replace(baseline.recipe, laws=None)))
    assert (older.verdict, older.fired) == ("not known", False)
    wrong = {number: "New" if number == 0 else f"Segment {number}" for number in baseline.scorer.names}
    untrue = check_names(replace(baseline, scorer=replace(baseline.scorer, names=wrong)))
    assert untrue.fired
    assert untrue.told == "share of the customers in New of whom that is true, the least of 1 names"


@pytest.mark.parametrize(
    ("shift", "expected"),
    [("prices doubled", "prices"), ("country lost", "countries"), ("ids reformatted", "id_shapes")],
)
def test_a_broken_month_is_told_by_its_own_check(
    world: Dataset, baseline: WatchBaseline, shift: str, expected: str
) -> None:
    broken = shifted(world, SHIFTS[shift], JUNE - timedelta(days=30))
    assert expected in glance(baseline, broken, JUNE).fired


def test_prices_that_are_doubled_in_the_whole_log_move_the_features(
    world: Dataset, baseline: WatchBaseline
) -> None:
    """There is nothing in such a log to compare prices with, but the model's own customers spent half."""
    broken = shifted(world, SHIFTS["prices doubled"], date(2009, 1, 1))
    assert "gap" in glance(baseline, broken, JUNE).fired


@pytest.fixture(scope="module")
def watched(world: Dataset, baseline: WatchBaseline) -> WatchResult:
    broken = shifted(world, SHIFTS["prices doubled"], JUNE - timedelta(days=30))
    return watch_segments(baseline, broken, WatchRules(usual_limits(), JUNE, 365), StepTimer())


@pytest.mark.slow
def test_axe_finds_nothing_on_the_page(axe: Judge, watched: WatchResult) -> None:
    assert axe(write_monitor_page(watched, draw_monitor_pictures(watched))) == []


def test_the_page_says_what_fired(watched: WatchResult) -> None:
    page = write_monitor_page(watched, draw_monitor_pictures(watched))
    assert watched.answer in page
    assert "the same products cost 2 times what they did" in page
    assert "Movement" not in page, "nothing was scored twice"


@pytest.mark.slow
def test_at_most_one_look_in_twenty_is_a_false_alarm() -> None:
    """Twelve months of each world; `bench/alarms.py` does the same for a hundred of them."""
    found = [look for seed in WORLDS for look in glances(seed, CUSTOMERS)]
    quiet = [look for look in found if look.month == AS_IT_IS]
    assert len(quiet) == len(WORLDS) * len(MONTHS)
    assert sum(bool(look.fired) for look in quiet) <= 0.05 * len(quiet)
    assert all(look.fired for look in found if look.month != AS_IT_IS)
