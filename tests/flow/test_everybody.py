"""Customers who stay in Spark: what is told of all of them is what one process tells that sees them all."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend
from omegaconf import DictConfig
from sklearn.metrics import adjusted_rand_score, calinski_harabasz_score, davies_bouldin_score

from segmentlab.errors import ConfigError
from segmentlab.flow import DescribedCustomers, Plan, StepTimer, complete, describe, fit_segments
from segmentlab.flow.items import Folder
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.report import record_end
from segmentlab.transactions.engines.spark import CrowdRules
from tests.configs import composed

CUSTOMERS = 1_500
MANY = ["engine=spark", "engine.most_here=500", "engine.sample=1000"]

K_OF = {"gaussian_mixture": "n_components"}  # others call it n_clusters

needs_spark = pytest.mark.spark


def compose_shop(folders: pytest.TempPathFactory, *choices: str) -> DictConfig:
    """A generated shop, which both engines read."""
    return composed(f"data.customers={CUSTOMERS}", f"data.folder={folders.getbasetemp() / 'many'}", *choices)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> DescribedCustomers:
    """All customers in this process, as DuckDB describes them."""
    config = compose_shop(tmp_path_factory, "engine=duckdb")
    dataset = build_source(config).read(build_engine(config).connect())
    return describe(build_plan(config), dataset, StepTimer())


@pytest.fixture(scope="module")
def there(spark: BaseBackend, tmp_path_factory: pytest.TempPathFactory) -> tuple[Plan, DescribedCustomers]:
    """The same customers in Spark, and a sample of them here."""
    config = compose_shop(tmp_path_factory, *MANY)
    plan = build_plan(config)
    return plan, describe(plan, build_source(config).read(spark), StepTimer())


@needs_spark
def test_a_sample_is_here_and_everybody_is_in_spark(
    here: DescribedCustomers, there: tuple[Plan, DescribedCustomers]
) -> None:
    plan, described = there
    assert described.crowd is not None
    assert described.crowd.customers == len(here.features.frame)
    drawn = described.features.frame
    assert len(drawn) == pytest.approx(1_000, abs=8)  # eight strata, each rounded
    pd.testing.assert_frame_equal(drawn, here.features.frame.loc[drawn.index], rtol=0, atol=1e-9)
    assert described.sales is not None
    assert here.sales is not None
    pd.testing.assert_frame_equal(described.sales.ledger, here.sales.ledger)
    own = described.sales.facts.customers
    pd.testing.assert_frame_equal(own, here.sales.facts.customers.loc[own.index], rtol=0, atol=1e-9)
    # Who pays most is in the sample in proportion, wherever the rows lie.
    best = here.sales.revenue.nlargest(CUSTOMERS // 20).index
    assert len(drawn.index.intersection(best)) == pytest.approx(len(best) * len(drawn) / CUSTOMERS, abs=3)
    moved = replace(described.crowd, rows=described.crowd.rows.repartition(5, "rfm_recency"))
    again = moved.draw_sample(1_000, "revenue", plan.seed)
    assert again["customer_id"].tolist() == drawn.index.tolist()


@needs_spark
@pytest.mark.parametrize(
    ("model", "one_time"),
    [
        ("kmeans", "together"),
        ("bisecting_kmeans", "apart"),
        ("gaussian_mixture", "together"),
        ("hdbscan", "apart"),
    ],
)
def test_everybody_is_placed_and_summed_where_they_are(
    model: str, one_time: str, here: DescribedCustomers, there: tuple[Plan, DescribedCustomers]
) -> None:
    plan, described = there
    few = [] if model == "hdbscan" else [f"model.{K_OF.get(model, 'n_clusters')}=3"]  # MLlib cuts one by one
    chosen = build_plan(composed(f"model={model}", f"one_time={one_time}", *few))
    fitted = fit_segments(replace(plan, model=chosen.model, apart=chosen.apart), described, StepTimer())
    assert fitted.everybody is not None
    customers = pd.read_parquet(fitted.everybody).set_index("customer_id").sort_index()
    features = here.features.frame
    pd.testing.assert_frame_equal(customers[list(features)], features, rtol=0, atol=1e-9)
    # The scorer that is logged needs no Spark, and gives everybody the same.
    scorer = fitted.segmenter.scorer_
    placed = scorer.assign(features)
    assert (placed["segment"] == customers["segment"]).all()
    assert (placed["name"] == customers["name"]).all()
    np.testing.assert_allclose(placed["confidence"], customers["confidence"], atol=1e-9)
    _check_profile(fitted.portrait.profile, customers, here)
    points, labels = scorer.prepare(features).to_numpy(), customers["segment"].to_numpy()
    real = labels >= 0
    told = fitted.separation.metrics
    assert told["separation/coverage"] == pytest.approx(real.mean())
    ch, db = (score(points[real], labels[real]) for score in (calinski_harabasz_score, davies_bouldin_score))
    assert told["separation/calinski_harabasz"] == pytest.approx(ch)
    assert told["separation/davies_bouldin"] == pytest.approx(db)
    [note] = [each for each in fitted.segmenter.notes_ if "engine.most_here" in each]
    assert ("was learnt by Spark's MLlib from all" in note) == (model != "hdbscan")
    assert ("was learnt from a sample" in note) == (model == "hdbscan")


def _check_profile(profile: pd.DataFrame, customers: pd.DataFrame, here: DescribedCustomers) -> None:
    assert here.sales is not None
    facts = here.sales.facts.customers
    groups = facts.groupby(customers["segment"])
    assert profile["customers"].to_dict() == groups.size().to_dict()
    for name in ("revenue", "gross", "returned", "net", "orders", "lines", "items"):
        np.testing.assert_allclose(profile[name], groups[name].sum(), atol=1e-6, err_msg=name)
    assert profile["revenue_share"].sum() == pytest.approx(1)
    ones = (facts["orders"] == 1).groupby(customers["segment"]).mean()
    np.testing.assert_allclose(profile["one_time_share"], ones)
    means = here.features.frame.groupby(customers["segment"]).mean()
    np.testing.assert_allclose(profile["rfm_monetary_mean"], means["rfm_monetary"], atol=1e-6)


@needs_spark
def test_a_run_that_ends_leaves_the_files_of_spark_and_finds_what_one_process_finds(
    here: DescribedCustomers, there: tuple[Plan, DescribedCustomers]
) -> None:
    plan, described = there
    result = complete(fit_segments(plan, described, StepTimer()), StepTimer())
    items = list(record_end(result, [], None, {}))
    assert [item.source for item in items if isinstance(item, Folder)] == [result.everybody]
    months = result.portrait.months
    assert here.sales is not None
    assert months["revenue"].sum() == pytest.approx(here.sales.revenue.sum())
    alone = fit_segments(replace(plan, crowd=None), here, StepTimer())
    assert result.everybody is not None
    customers = pd.read_parquet(result.everybody).sort_values("customer_id")
    assert adjusted_rand_score(alone.segmenter.labels_, customers["segment"]) > 0.97
    growth = [profile.filter(like="growth") for profile in (result.profile, alone.portrait.profile)]
    pd.testing.assert_frame_equal(*growth, atol=0.05)


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ({"most_here": -1}, "engine.most_here=-1"),
        ({"sample": 10}, "a sample of 1,000 or more"),
        ({"folder": "/nowhere/at/all"}, "engine.folder=/nowhere/at/all: there is no such folder"),
    ],
)
def test_rules_that_can_not_work_are_refused(choice: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        CrowdRules(**{"most_here": 0, "sample": 1_000, "folder": None, **choice})  # type: ignore[arg-type]


def test_a_cluster_needs_a_folder_that_its_machines_share() -> None:
    rules = CrowdRules(most_here=0, sample=1_000, folder=None)
    rules.check_reach("local[*]")
    with pytest.raises(ConfigError, match=r"Name it with engine\.folder="):
        rules.check_reach("spark://host:7077")
