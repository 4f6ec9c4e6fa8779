"""Drift from counts in Spark is the drift of one process that sees everybody."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend
from scipy.stats import ks_2samp

from bench.alarms import learnt, usual_limits, usual_plan
from segmentlab.flow import StepTimer
from segmentlab.flow.alarms import compute_feature_drift, find_quantile_edges
from segmentlab.flow.comparison import _count_columns
from segmentlab.flow.watch import WatchBaseline, WatchResult, WatchRules, watch_segments
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.crowd import Crowd, CrowdFolder
from segmentlab.transactions.engines.crowd_files import CrowdFiles
from segmentlab.transactions.engines.spark import CrowdRules
from segmentlab.transactions.synthetic import SyntheticWorld

LOOK = WatchRules(usual_limits(), as_of=date(2011, 6, 1), days=365)


def read_shop(backend: BaseBackend, folder: Path) -> Dataset:
    found = SyntheticWorld(customers=600, seed=0, folder=str(folder)).read(backend)
    assert isinstance(found, Dataset)
    return found


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module")
def here(worlds: Path) -> tuple[WatchBaseline, WatchResult]:
    """A model of the first year, and a look at the second by DuckDB."""
    dataset = read_shop(ibis.duckdb.connect(), worlds)
    baseline = learnt(usual_plan(), dataset)
    return baseline, watch_segments(baseline, dataset, LOOK, StepTimer())


def leave_files(baseline: WatchBaseline, folder: Path, most_here: int) -> WatchBaseline:
    """The model's customers as its run leaves them."""
    path = folder / "customers.parquet"
    features = baseline.features
    assert isinstance(features, pd.DataFrame)
    features.assign(segment=0).reset_index().to_parquet(path)
    rules = CrowdRules(most_here=most_here, sample=1_000, folder=None)
    return replace(baseline, features=CrowdFiles(path, CrowdFolder(folder), rules))


@pytest.mark.spark
def test_a_look_in_spark_is_the_look_of_one_process(
    spark: BaseBackend, here: tuple[WatchBaseline, WatchResult], worlds: Path, tmp_path: Path
) -> None:
    baseline, seen = here
    there = leave_files(baseline, tmp_path, most_here=100)
    watched = watch_segments(there, read_shop(spark, worlds), LOOK, StepTimer())
    for name in ("features", "segments", "own"):
        expected, found = getattr(seen.drift, name), getattr(watched.drift, name)
        pd.testing.assert_frame_equal(expected, found, rtol=1e-9, atol=1e-9, check_names=False)
    assert watched.customers == seen.customers
    assert watched.drift.noise == seen.drift.noise
    assert [check.name for check in watched.checks] == [check.name for check in seen.checks]
    for check, expected in zip(watched.checks, seen.checks, strict=True):
        assert check.value == pytest.approx(expected.value, abs=1e-9, nan_ok=True), check.name
    # All are in the sample, so that a refit is the same one, and it says of whom it is.
    [refit] = [check for check in watched.checks if check.name == "agreement"]
    assert "of the" in refit.told
    assert "drawn by a hash of their ids" in refit.told


def test_few_customers_come_here(
    here: tuple[WatchBaseline, WatchResult], worlds: Path, tmp_path: Path
) -> None:
    baseline, seen = here
    few = leave_files(baseline, tmp_path, most_here=1_000)
    watched = watch_segments(few, read_shop(ibis.duckdb.connect(), worlds), LOOK, StepTimer())
    assert watched.checks == seen.checks


@pytest.mark.spark
def test_columns_are_counted_without_looking_at_them(spark: BaseBackend, tmp_path: Path) -> None:
    """Ties, constants, one customer, negative values, and a name that SQL would take apart."""
    rng = np.random.default_rng(0)

    def draw(size: int, shift: float) -> pd.DataFrame:
        table = {"a.b c%": rng.normal(shift, 1, size), "ties": rng.integers(0, 4, size) - shift, "one": 1.0}
        return pd.DataFrame(table, index=pd.Index(map(str, range(size)), name="customer_id"))

    def keep(table: pd.DataFrame) -> Crowd:
        frame = spark.to_frame(ibis.memtable(table.reset_index()))
        return Crowd(frame, len(table), CrowdFolder(tmp_path))

    for sizes in ((1_000, 777), (1, 2), (10, 1)):
        before, after = (draw(size, shift) for size, shift in zip(sizes, (0.0, 0.5), strict=True))
        names = list(before)
        counted = _count_columns(keep(before), keep(after), names)
        expected = compute_feature_drift(before, after).set_index("feature")
        for name in names:
            found = counted[name]
            assert found is not None
            assert found.gap == expected.loc[name, "gap"]
            assert found.medians == tuple(expected.loc[name, ["median_before", "median_after"]])
            edges = find_quantile_edges(before[name].to_numpy())
            assert found.bins[0].sum() == len(before)
            assert len(found.bins[0]) == len(edges) + 1
            for bins, values in zip(found.bins, (before[name], after[name]), strict=True):
                upto = [int((values <= edge).sum()) for edge in edges]
                assert np.cumsum(bins)[:-1].tolist() == upto


def test_edges_and_chances_are_those_of_numpy_and_scipy() -> None:
    rng = np.random.default_rng(1)
    for size in (1, 2, 9, 10, 11, 100, 1_003):
        values, others = rng.normal(size=size), rng.normal(0.3, 1, 2 * size)
        usual = np.quantile(values, np.arange(1, 10) / 10, method="inverted_cdf")
        assert find_quantile_edges(values).tolist() == np.unique(usual[usual < values.max()]).tolist()
        drift = compute_feature_drift(pd.DataFrame({"x": values}), pd.DataFrame({"x": others}))
        test = ks_2samp(values, others, method="asymp")
        assert drift["p"].iloc[0] == pytest.approx(test.pvalue, rel=1e-12)
