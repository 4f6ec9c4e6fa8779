"""What to expect of each customer: from the lines to value.csv, what was tried, and what can't be told."""

import stat
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.flow import (
    AHEAD_COLUMNS,
    LeastHistory,
    Standing,
    StepTimer,
    ValueAhead,
    describe,
    place_customers,
    segment,
)
from segmentlab.flow.ahead import foresee_value
from segmentlab.flow.result import DescribedCustomers, Plan, Result
from segmentlab.lab.cache.features import KEPT_NAMES
from segmentlab.lab.tracking import archive as plain
from segmentlab.lab.tracking.files import write_items
from segmentlab.report import collect_notes, make_recipe, record_end
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.synthetic import SyntheticWorld
from segmentlab.value import summarize_days
from tests.configs import planned


def tried() -> Plan:
    return planned("evaluate=quick", "evaluate.holdout_days=60", "value.horizons=[30,90]")


def quick_plan() -> Plan:
    return replace(tried(), holdout_days=0)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("worlds")
    dataset = SyntheticWorld(customers=300, folder=str(folder)).read(DuckDB().connect())
    assert isinstance(dataset, Dataset)
    return dataset


@pytest.fixture(scope="module")
def described(world: Dataset) -> DescribedCustomers:
    return describe(tried(), world, StepTimer())


@pytest.fixture(scope="module")
def result(described: DescribedCustomers) -> Result:
    return segment(tried(), described, StepTimer())


def ahead(result: Result) -> ValueAhead:
    assert isinstance(result.ahead, ValueAhead), result.ahead
    return result.ahead


def test_every_customer_has_a_row_and_the_most_expected_comes_first(result: Result) -> None:
    table = result.value
    assert set(table["customer_id"]) == set(result.customers["customer_id"])
    assert table["spend_90"].is_monotonic_decreasing
    own = result.customers.set_index("customer_id")["segment"]
    assert (table.set_index("customer_id")["segment"] == own.reindex(table["customer_id"])).all()
    for days in (30, 90):
        assert table[f"buys_{days}"].between(0, 1).all()
        for what in ("orders", "spend"):
            assert (table[f"{what}_{days}_low"] <= table[f"{what}_{days}_high"]).all()
    assert (table["spend_30"] <= table["spend_90"]).all()
    numbers = table.drop(columns=["gap_spread"]).select_dtypes("number")
    assert np.isfinite(numbers.to_numpy()).all()


def test_the_next_order_is_after_today_and_late_is_in_own_gaps(result: Result) -> None:
    table, as_of = result.value, result.described.features.as_of
    assert as_of is not None
    assert all(as_of < day <= as_of + timedelta(days=3_651) for day in table["next_order"].dropna())
    late = table[table["late"] > 0]
    assert 0 < len(late) < len(table)
    assert late["late"].to_numpy() == pytest.approx((late["silent"] / late["gap"] - 1).to_numpy(), abs=2e-3)


def test_days_are_net_of_refunds_as_facts_are(described: DescribedCustomers) -> None:
    """Under cleaning=usual refunds are no lines of a customer, and they are money all the same."""
    sales, as_of = described.sales, described.features.as_of
    assert sales is not None
    assert sales.days is not None
    assert as_of is not None
    kept = sales.days.groupby("customer_id")["money"].sum()
    net = sales.facts.customers["net"].reindex(kept.index)
    assert kept.to_numpy() == pytest.approx(net.to_numpy(), abs=1e-4)
    assert (kept < sales.revenue.reindex(kept.index) - 0.01).any(), "somebody brought something back"
    assert not isinstance(sales.standing, str)
    own = summarize_days(sales.days, as_of)
    pd.testing.assert_frame_equal(own, sales.standing.histories[own.columns], check_names=False, atol=1e-6)


def test_what_was_not_tried_says_so(world: Dataset, result: Result) -> None:
    """A quick run has the law's own intervals; the law itself is the same."""
    quick = segment(quick_plan(), describe(quick_plan(), world, StepTimer()), StepTimer())
    assert any("was not tried on earlier days" in note for note in collect_notes(quick))
    assert not any("was not tried on earlier days" in note for note in collect_notes(result))
    assert not ahead(quick).levels
    assert set(ahead(result).levels) == {30, 90}
    both = (one.value.set_index("customer_id").sort_index() for one in (quick, result))
    mine, theirs = both
    pd.testing.assert_frame_equal(mine[["alive", "spend_90"]], theirs[["alive", "spend_90"]], atol=1e-3)
    assert (mine["spend_90_high"] <= theirs["spend_90_high"] + 1e-3).all(), "intervals are only made wider"


def test_segments_add_up_and_a_season_widens_them(result: Result) -> None:
    told = ahead(result)
    sums = told.sum_spend(result.labels, 90)
    assert sums["expected"].sum() == pytest.approx(told.customers["spend_90"].sum())
    assert ((sums["low"] < sums["expected"]) & (sums["expected"] < sums["high"])).all()
    wider = replace(told, levels={90: (0.5, 2.0)}).sum_spend(result.labels, 90)
    calm = replace(told, levels={}).sum_spend(result.labels, 90)
    assert wider["high"].to_numpy() == pytest.approx(2 * calm["high"].to_numpy())
    assert wider["low"].to_numpy() == pytest.approx(calm["low"].to_numpy() / 2)


def test_the_file_is_for_its_owner_and_can_be_read_back(result: Result, tmp_path: Path) -> None:
    first = result.customers["customer_id"].iloc[0]
    renamed = {first: "=cmd()"}
    told = ahead(result)
    spoiled = replace(
        result,
        customers=result.customers.replace({"customer_id": renamed}),
        ahead=replace(told, customers=told.customers.rename(index=renamed)),
    )
    write_items(record_end(spoiled, [], None, {}), tmp_path)
    path = tmp_path / "segments" / "value.csv"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "segments" / "profile.csv").stat().st_mode) != 0o600
    table = pd.read_csv(path, parse_dates=["next_order"])
    assert "'=cmd()" in set(table["customer_id"])
    assert table["spend_90"].to_numpy() == pytest.approx(result.value["spend_90"].to_numpy())
    for name in ("value_tenths", "value_weeks"):
        assert (tmp_path / "tables" / f"{name}.csv").exists()


def test_what_was_foreseen_stands_beside_past_spend(result: Result) -> None:
    table, later = result.judgement.evidence.usefulness, result.judgement.evidence.later_value
    assert table is not None
    assert later is not None
    assert table.loc["value_model", "spend_r2"] > table.loc["baseline_single", "spend_r2"]
    assert result.metrics["usefulness/value_level"] == pytest.approx(later.level)
    past = result.described.past
    assert past is not None
    assert not isinstance(past, str)
    assert later.tenths["customers"].sum() == len(past.features)
    assert later.tenths["spend"].sum() == pytest.approx(past.spend.sum())
    assert later.weeks is not None
    assert later.weeks["happened"].is_monotonic_increasing
    again = plain.unpack(plain.pack(result.described), KEPT_NAMES)
    pd.testing.assert_frame_equal(again.past.histories, past.histories)


def test_scores_say_the_same_as_the_run_and_older_models_say_nothing(world: Dataset, result: Result) -> None:
    recipe, scorer = make_recipe(result), result.segmenter.scorer_
    everybody = LeastHistory(1, 0, "mark")
    scored = place_customers(recipe, scorer, world, None, everybody, StepTimer()).customers
    own = result.value.set_index("customer_id")
    for name in ("alive", "late"):
        expected = own[name].reindex(scored["customer_id"])
        assert scored[name].to_numpy() == pytest.approx(expected.to_numpy(), abs=1e-3)
    assert scored["next_order"].tolist() == own["next_order"].reindex(scored["customer_id"]).tolist()
    assert result.described.sales is not None
    assert isinstance(result.described.sales.standing, Standing)
    standing = result.described.sales.standing.customers.reindex(scored["customer_id"])
    assert scored["expected"].to_numpy() == pytest.approx(standing["expected"].to_numpy(), rel=1e-6, abs=1e-6)
    before = replace(recipe, laws=None)
    older = place_customers(before, scorer, world, None, everybody, StepTimer()).customers
    assert not set(AHEAD_COLUMNS) & set(older)


def test_what_can_not_be_told_is_said_and_no_file_is_written(described: DescribedCustomers) -> None:
    assert foresee_value(described, ()) == "nobody asked for it (value.horizons)"
    assert described.sales is not None
    broken = replace(described, sales=replace(described.sales, standing="Nobody kept anything."))
    plan = replace(quick_plan(), horizons=(30,))
    told = segment(plan, replace(broken, past=None), StepTimer())
    assert told.value.empty
    assert "What to expect is not available: Nobody kept anything." in collect_notes(told)
    assert not any(
        getattr(item, "path", "") == "segments/value.csv" for item in record_end(told, [], None, {})
    )


def test_nothing_is_foreseen_further_than_customers_were_seen(described: DescribedCustomers) -> None:
    """A log of two years says nothing of three."""
    told = foresee_value(described, (90, 1095))
    assert isinstance(told, ValueAhead)
    assert told.horizons == (90,)
    assert any("nothing is said of 1095 days" in note for note in told.notes)
    assert "so nothing is said of 1095 days" in str(foresee_value(described, (1095,)))


def test_where_nobody_came_back_nothing_is_foreseen() -> None:
    """That nobody is expected would be a number about a law that nobody's orders could teach."""
    lines = pd.DataFrame({"customer_id": [f"c{number:02d}" for number in range(60)], "invoice_id": range(60)})
    lines["timestamp"] = pd.date_range("2011-01-03", periods=60)
    lines["line_total"] = [5.0 + number % 7 for number in range(60)]
    found = sl.segment(lines, evaluate="quick", n_clusters=2, leave_out=["rfm_frequency"])
    assert found.value.empty
    assert any("Nobody ordered a second time" in note for note in found.result.value_notes)
