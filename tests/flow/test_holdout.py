"""Judged out of time: what was known on an earlier day, and what came after it."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from segmentlab.evaluation.draws import Effort
from segmentlab.flow import StepTimer, describe, holdout, segment
from segmentlab.flow.past import PastCustomers
from segmentlab.flow.result import DescribedCustomers, Plan
from segmentlab.lab.cache.features import KEPT_NAMES
from segmentlab.lab.tracking import archive as plain
from segmentlab.report.tables import make_cutoffs_table
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import planned


def usual_plan() -> Plan:
    return planned("evaluate.holdout_days=90", "evaluate.resamples=20")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("worlds")
    dataset = SyntheticWorld(customers=300, folder=str(folder)).read(DuckDB().connect())
    assert isinstance(dataset, Dataset)
    return dataset


@pytest.fixture(scope="module")
def described(world: Dataset) -> DescribedCustomers:
    return describe(usual_plan(), world, StepTimer())


def known(described: DescribedCustomers) -> PastCustomers:
    assert isinstance(described.past, PastCustomers), described.past
    return described.past


def test_the_past_is_what_a_run_of_that_day_would_have_known(
    world: Dataset, described: DescribedCustomers
) -> None:
    past = known(described)
    then = describe(replace(usual_plan(), as_of=past.cut, holdout_days=0), world, StepTimer())
    pd.testing.assert_frame_equal(past.features, then.features.frame)
    assert then.revenue is not None
    pd.testing.assert_series_equal(past.revenue, then.revenue)
    assert described.features.as_of is not None
    assert past.cut == described.features.as_of - timedelta(days=90)


def test_later_spend_is_the_rest_of_the_revenue(described: DescribedCustomers) -> None:
    """Under rules that judge single lines, money until the day and money after it sum to all money."""
    past = known(described)
    assert described.revenue is not None
    whole = described.revenue.reindex(past.spend.index)
    pd.testing.assert_series_equal(past.revenue + past.spend, whole, check_names=False)
    assert 0 < (past.spend > 0).mean() < 1


def several_plan() -> Plan:
    return replace(usual_plan(), cutoffs=3)


@pytest.fixture(scope="module")
def several(world: Dataset) -> DescribedCustomers:
    return describe(several_plan(), world, StepTimer())


def test_earlier_days_are_what_runs_of_those_days_would_have_known(
    world: Dataset, several: DescribedCustomers
) -> None:
    """Each is the past of a run that ends where the next day begins."""
    until = known(several).cut
    assert len(several.earlier) == 2
    for day in several.earlier:
        assert isinstance(day, PastCustomers)
        past = known(describe(replace(usual_plan(), as_of=until), world, StepTimer()))
        assert (day.cut, day.days) == (past.cut, 90)
        assert day.baskets is not None
        assert past.baskets is not None
        pd.testing.assert_frame_equal(day.baskets.after, past.baskets.after)
        pd.testing.assert_frame_equal(day.features, past.features)
        pd.testing.assert_frame_equal(day.rfm, past.rfm)
        pd.testing.assert_series_equal(day.spend, past.spend)
        until = day.cut


def test_several_days_are_judged_beside_fixed_grids(several: DescribedCustomers) -> None:
    result = segment(several_plan(), several, StepTimer())
    paired = result.judgement.evidence.paired
    assert paired is not None
    assert paired.table["cut"].nunique() == 3
    told = {"baseline_past_spend", "value_model"}
    assert set(paired.table["forecast"]) == {"segments", "grid_4", "grid_5", "grid_8", *told}
    assert result.metrics["usefulness/cutoffs"] == 3
    assert "cutoffs" in result.judgement.tables
    table = make_cutoffs_table(paired)
    assert [row[0] for row in table.rows][:2] == ["These segments", "Grid of RFM quantiles, 4 cells"]
    assert len(table.headings) == 5
    again = plain.unpack(plain.pack(several), KEPT_NAMES)
    pd.testing.assert_series_equal(again.earlier[1].spend, several.earlier[1].spend, check_exact=True)


def test_days_that_the_history_is_too_short_for_are_said(world: Dataset) -> None:
    plan = replace(usual_plan(), cutoffs=3, holdout_days=250)
    result = segment(plan, describe(plan, world, StepTimer()), StepTimer())
    assert result.metrics["usefulness/cutoffs"] == 1
    notes = [note for note in result.judgement.evidence.notes if "several days" in note]
    assert len(notes) == 2
    assert all("the data begins on" in note for note in notes)


def test_one_day_alone_is_judged_as_before(described: DescribedCustomers) -> None:
    """A run that was logged before there were several days had none of it."""
    assert described.earlier == ()
    result = segment(usual_plan(), described, StepTimer())
    assert result.judgement.evidence.paired is None
    assert "usefulness/mean_spend_r2" not in result.metrics


def test_it_comes_back_from_plain_data(described: DescribedCustomers) -> None:
    again = plain.unpack(plain.pack(described), KEPT_NAMES)
    pd.testing.assert_frame_equal(again.past.features, known(described).features, check_exact=True)
    pd.testing.assert_series_equal(again.past.spend, known(described).spend, check_exact=True)
    assert again.past.cut == known(described).cut


def test_segments_are_judged_beside_baselines_and_a_ceiling(described: DescribedCustomers) -> None:
    result = segment(usual_plan(), described, StepTimer())
    table = result.judgement.evidence.usefulness
    assert table is not None
    baselines = ["baseline_rfm_grid", "baseline_single", "baseline_past_spend"]
    assert list(table.index) == ["segments", *baselines, "value_model", "ceiling_features"]
    assert result.metrics["usefulness/spend_r2"] > result.metrics["usefulness/baseline_single/spend_r2"]
    assert 0 < result.metrics["usefulness/top_segment_revenue_share"] <= 1
    assert (table["spend_r2_low"] <= table["spend_r2_high"]).all()


def test_too_short_a_history_is_said_and_gives_no_number(world: Dataset) -> None:
    plan = replace(usual_plan(), holdout_days=500)
    described = describe(plan, world, StepTimer())
    assert isinstance(described.past, str)
    result = segment(plan, described, StepTimer())
    assert not [name for name in result.metrics if name.startswith("usefulness")]
    assert [
        note for note in result.judgement.evidence.notes if note.startswith("Usefulness is not available")
    ]


def test_a_past_that_the_model_can_not_learn_from_is_said(described: DescribedCustomers) -> None:
    past = known(described)
    alike = replace(past, features=past.features * 0 + 1)
    result = segment(usual_plan(), replace(described, past=alike), StepTimer())
    assert result.judgement.evidence.usefulness is None
    assert any(
        "can't tell them apart" in note or "different features" in note
        for note in result.judgement.evidence.notes
    )


def test_without_a_holdout_nothing_is_computed_twice(world: Dataset) -> None:
    steps = StepTimer()
    plan = replace(usual_plan(), holdout_days=0, effort=Effort())
    assert describe(plan, world, steps).past is None
    assert "holdout" not in steps.seconds


def test_of_very_many_customers_a_sample_is_looked_at_on_earlier_days(
    world: Dataset, described: DescribedCustomers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holdout, "MOST_PAST_CUSTOMERS", 150)
    sampled = describe(usual_plan(), world, StepTimer())
    some, every = known(sampled), known(described)
    assert 100 < len(some.features) < 200 < len(every.features)
    pd.testing.assert_frame_equal(some.features, every.features.loc[some.features.index])
    pd.testing.assert_series_equal(some.spend, every.spend.loc[some.spend.index])
    assert sampled.sales is not None
    told = [note for note in sampled.sales.facts.notes if "would have foreseen" in note]
    assert len(told) == 1
    pd.testing.assert_frame_equal(sampled.features.frame, described.features.frame)
