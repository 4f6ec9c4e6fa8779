"""Scoring in Spark places and settles customers as one process does that sees them all."""

from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from bench.alarms import learnt, usual_plan
from segmentlab.flow import AHEAD_COLUMNS, StepTimer
from segmentlab.flow.crowd_scores import ScoredCrowd, compare_crowd_shops, place_crowd, settle_crowd
from segmentlab.flow.movement import STATE_COLUMNS, Steadiness, settle_segments
from segmentlab.flow.place import LeastHistory, place_customers
from segmentlab.flow.seen import keep_ids
from segmentlab.flow.watch import WatchBaseline
from segmentlab.transactions import read_blocks
from segmentlab.transactions.books.shop import Shop
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.crowd import Crowd
from segmentlab.transactions.engines.spark import CrowdRules
from segmentlab.transactions.synthetic import SyntheticWorld

JUNE, JULY = date(2011, 6, 1), date(2011, 7, 1)
RULES = CrowdRules(most_here=100, sample=1_000, folder=None)
RULE = Steadiness(0.6, 2)

pytestmark = pytest.mark.spark


def read_shop(backend: BaseBackend, folder: Path) -> Dataset:
    found = SyntheticWorld(customers=400, seed=0, folder=str(folder)).read(backend)
    assert isinstance(found, Dataset)
    return found


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module")
def baseline(worlds: Path) -> WatchBaseline:
    return learnt(usual_plan(), read_shop(ibis.duckdb.connect(), worlds))


def read_all(crowd: Crowd) -> pd.DataFrame:
    """What a crowd is written as, in the order of ids."""
    names = [name for name, _ in crowd.rows.dtypes]
    rows = pd.concat(read_blocks(crowd.write("told", names)))
    return rows.sort_values("customer_id", ignore_index=True)


def test_everybody_is_placed_and_kept_in_their_segment(
    spark: BaseBackend, baseline: WatchBaseline, worlds: Path, tmp_path: Path
) -> None:
    least = LeastHistory(orders=2, days=0, otherwise="leave_out")
    near, far = read_shop(ibis.duckdb.connect(), worlds), read_shop(spark, worlds)
    recipe, scorer, steps = baseline.recipe, baseline.scorer, StepTimer()
    there: ScoredCrowd = place_crowd(recipe, scorer, far, JULY, least, RULES, steps)
    here = place_customers(recipe, scorer, near, JULY, least, steps)
    told = (there.placed, there.little_history, there.left_out, there.as_of)
    assert told == (here.placed, here.little_history, here.left_out, here.as_of)
    assert there.left_out > 0
    known = here.customers.drop(columns=[*AHEAD_COLUMNS])  # which Spark does not tell
    pd.testing.assert_frame_equal(read_all(there.rows)[list(known)], known, rtol=0, atol=1e-9)
    sizes = here.customers.groupby(["segment", "name"]).size()
    assert there.rows.count_by("segment", "name").to_dict() == sizes.to_dict()

    # The state before is of an earlier day: some have moved since, and not all of them surely enough.
    early = place_customers(recipe, scorer, near, JUNE, least, steps).customers
    before = settle_segments(None, early.head(250), JUNE, RULE)
    before.to_parquet(path := tmp_path / "before.parquet")
    expected = settle_segments(before, here.customers, JULY, RULE)
    then = there.rows.open(path)
    settled = settle_crowd(there.rows, then, JULY, RULE)
    state = read_all(settled).assign(since=lambda rows: rows["since"].astype("datetime64[us]"))
    state = state.astype({"previous": "Int64"})[["customer_id", *STATE_COLUMNS]]
    pd.testing.assert_frame_equal(state, expected, rtol=0, atol=1e-9)
    assert (expected["segment"] != expected["scored"]).any()
    assert settled.count_missing(then) == len(set(expected["customer_id"]) - set(before["customer_id"]))
    assert then.count_missing(settled) == len(set(before["customer_id"]) - set(expected["customer_id"]))

    first = read_all(settle_crowd(there.rows, None, JULY, RULE))
    assert (first["segment"] == here.customers["segment"]).all()
    assert set(first["in_a_row"]) == {1}


def test_whose_customers_these_are_is_counted(spark: BaseBackend, worlds: Path) -> None:
    lines = read_shop(spark, worlds).transactions
    own = keep_ids(lines, 400, RULES)
    others = lines.mutate(customer_id=ibis.literal("x-") + lines["customer_id"])
    assert not compare_crowd_shops(Shop(), own, Shop(), own).differences
    strange = compare_crowd_shops(Shop(), own, Shop(), keep_ids(others, 400, RULES))
    assert list(strange.differences) == ["id_shape", "known"]
    assert "known" in compare_crowd_shops(Shop(), None, Shop(), own).unknown
