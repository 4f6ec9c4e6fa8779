"""A shop scored twice by its own model: what is told of moves is true of the customers who made them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.flow import LeastHistory, StepTimer, explain_moves, place_customers
from segmentlab.flow.movement import PAIR_COLUMNS, Steadiness, settle_segments
from segmentlab.flow.result import Standing
from segmentlab.lab.cli.scoring_task import _add_standing
from segmentlab.lab.history import History
from segmentlab.report import make_recipe
from segmentlab.transactions import Dataset
from segmentlab.transactions.synthetic import SyntheticWorld

SUMMER, AUTUMN = date(2011, 6, 1), date(2011, 10, 15)
EVERYBODY = LeastHistory(orders=1, days=0, otherwise="mark")


@pytest.fixture(scope="module")
def found() -> sl.Segmentation:
    return sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=5)


@pytest.fixture(scope="module")
def history(found: sl.Segmentation, tmp_path_factory: pytest.TempPathFactory) -> History:
    """As two commands would keep it."""
    folder: Path = tmp_path_factory.mktemp("shop")
    kept, recipe, scorer = (
        History(f"duckdb:///{folder}/history.duckdb"),
        make_recipe(found.result),
        found.result.segmenter.scorer_,
    )
    # The names of this shop are true of nearly all; here two claim what most of their customers outgrew.
    scorer = replace(scorer, names={**scorer.names, 1: "One-time", 2: "New"})
    world = SyntheticWorld(customers=300, folder=str(folder)).read(ibis.duckdb.connect())
    assert isinstance(world, Dataset)
    for day in (SUMMER, AUTUMN):
        scored = place_customers(recipe, scorer, world, day, EVERYBODY, StepTimer())
        state = settle_segments(kept.before(day), scored.customers, day, Steadiness(0.0, 1))
        kept.keep(day, "models:/segments/1", _add_standing(state, scored, recipe))
    return kept


@pytest.fixture(scope="module")
def both(history: History) -> pd.DataFrame:
    """The customers of both days, side by side."""
    sides = [history.at(day).set_index("customer_id") for day in (SUMMER, AUTUMN)]
    return sides[0].join(sides[1], how="outer", suffixes=("_before", "_after"))


def test_scored_on_the_day_of_the_model_customers_are_expected_to_spend_what_its_run_said(
    found: sl.Segmentation,
) -> None:
    scored = found.score(sl.make_shop(customers=300)).set_index("customer_id")
    sales = found.result.described.sales
    assert sales is not None
    assert isinstance(sales.standing, Standing)
    assert scored["expected"].sum() > 0
    pd.testing.assert_series_equal(scored["expected"], sales.standing.customers["expected"], atol=1e-6)


def test_the_database_counts_as_pandas_would(history: History, both: pd.DataFrame) -> None:
    money = {what: both[f"{what}_after"].fillna(both[f"{what}_before"]) for what in ("revenue", "expected")}
    sums = both.assign(customers=1, **money).groupby(PAIR_COLUMNS, dropna=False)
    expected = sums[["customers", "revenue", "expected"]].sum(min_count=1).reset_index()
    found = history.compare(SUMMER, AUTUMN)
    pd.testing.assert_frame_equal(found.pairs, expected.astype(found.pairs.dtypes), rtol=1e-9)
    moved = both[both["segment_before"] != both["segment_after"]].dropna(subset=PAIR_COLUMNS)
    assert found.moved == len(moved) > 0
    ordered = moved[(moved["orders_after"] > moved["orders_before"]) & (moved["fits_after"] == 1)]
    counts = found.moves.groupby("reason")[["customers", "orders"]].sum()
    more = (ordered["orders_after"] - ordered["orders_before"]).sum()
    assert counts.loc["ordered"].tolist() == [len(ordered), more]


def test_whoever_gained_has_ordered_and_nobody_became_new_or_one_time_again(
    history: History, both: pd.DataFrame
) -> None:
    told = explain_moves(history.compare(SUMMER, AUTUMN))
    gains = told[told["kind"] == "gain"]
    assert set(gains["reason"]) == {"ordered"}
    entered = both[both["segment_before"].notna() & (both["segment_before"] != both["segment_after"])]
    often = (entered["name_after"] == "One-time") & (entered["orders_after"] > 1)
    fresh = both["fits_after"].reindex(entered.index).eq(1)
    long_known = (pd.Timestamp(AUTUMN) - entered["first_order_after"]).dt.days > 90
    untrue = often | ((entered["name_after"] == "New") & ~fresh)
    assert fresh[(entered["name_after"] == "New") & long_known].sum() == 0
    assert untrue.sum() > 0, "this shop's model does it"
    corrected = told[told["reason"] == "untrue name"]
    assert (corrected["kind"] == "correction").all()
    assert corrected["customers"].sum() == untrue.sum()
