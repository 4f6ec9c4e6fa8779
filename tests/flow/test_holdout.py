"""Judged out of time: what was known on an earlier day, and what came after it."""

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from segmentlab.evaluation.draws import Effort
from segmentlab.flow.result import DescribedCustomers, PastCustomers
from segmentlab.flow.segmentation import StepTimer, describe, segment
from segmentlab.lab.cache import KEPT_NAMES
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.tracking import archive as plain
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import composed

PLAN = build_plan(composed("evaluate.holdout_days=90", "evaluate.resamples=20"))


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("worlds")
    dataset = SyntheticWorld(customers=300, folder=str(folder)).read(DuckDB().connect())
    assert isinstance(dataset, Dataset)
    return dataset


@pytest.fixture(scope="module")
def described(world: Dataset) -> DescribedCustomers:
    return describe(PLAN, world, StepTimer())


def known(described: DescribedCustomers) -> PastCustomers:
    assert isinstance(described.past, PastCustomers), described.past
    return described.past


def test_the_past_is_what_a_run_of_that_day_would_have_known(
    world: Dataset, described: DescribedCustomers
) -> None:
    past = known(described)
    then = describe(replace(PLAN, as_of=past.cut, holdout_days=0), world, StepTimer())
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


def test_it_comes_back_from_plain_data(described: DescribedCustomers) -> None:
    again = plain.unpack(plain.pack(described), KEPT_NAMES)
    pd.testing.assert_frame_equal(again.past.features, known(described).features, check_exact=True)
    pd.testing.assert_series_equal(again.past.spend, known(described).spend, check_exact=True)
    assert again.past.cut == known(described).cut


def test_segments_are_judged_beside_baselines_and_a_ceiling(described: DescribedCustomers) -> None:
    result = segment(PLAN, described, StepTimer())
    table = result.judgement.evidence.usefulness
    assert table is not None
    assert list(table.index) == ["segments", "baseline_rfm_grid", "baseline_single", "ceiling_features"]
    assert result.metrics["usefulness/spend_r2"] > result.metrics["usefulness/baseline_single/spend_r2"]
    assert 0 < result.metrics["usefulness/top_segment_revenue_share"] <= 1
    assert (table["spend_r2_low"] <= table["spend_r2_high"]).all()


def test_too_short_a_history_is_said_and_gives_no_number(world: Dataset) -> None:
    plan = replace(PLAN, holdout_days=500)
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
    result = segment(PLAN, replace(described, past=alike), StepTimer())
    assert result.judgement.evidence.usefulness is None
    assert any(
        "can't tell them apart" in note or "different features" in note
        for note in result.judgement.evidence.notes
    )


def test_without_a_holdout_nothing_is_computed_twice(world: Dataset) -> None:
    steps = StepTimer()
    plan = replace(PLAN, holdout_days=0, effort=Effort())
    assert describe(plan, world, steps).past is None
    assert "holdout" not in steps.seconds
