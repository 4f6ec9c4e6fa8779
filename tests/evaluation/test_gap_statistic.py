"""The gap statistic beside a plain transcription of R's `cluster::clusGap`, and where its answer is known."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.gap_statistic import compute_gap, draw_uniform_box
from segmentlab.evaluation.k_rules import choose_k_by_gap
from segmentlab.evaluation.k_scan import find_one_segment, scan_k
from segmentlab.evaluation.refit import Flow
from segmentlab.flow import StepTimer, describe
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.modelling.fitting import limit_threads
from tests.configs import composed
from tests.evaluation.test_stability import blobs, flow

NOTHING = FunctionTransformer()


def gaps(points: np.ndarray, count: int = 10) -> pd.DataFrame:
    return compute_gap({k: flow(k) for k in range(1, 6)}, points, count=count, seed=0)


def log_dispersion(points: np.ndarray, labels: np.ndarray) -> float:
    """`0.5 * sum(dist(xs)^d.power / nrow(xs))` over segments, of clusGap with `d.power = 2`."""
    own = [points[labels == segment] for segment in np.unique(labels)]
    return float(np.log(0.5 * sum((pdist(rows) ** 2).sum() / len(rows) for rows in own)))


def clus_gap(points: np.ndarray, k: int, seeds: list[int], own: int) -> tuple[float, float]:
    """`gap` and `SE.sim` of clusGap with `spaceH0 = "scaledPCA"`, line by line."""
    middle = points.mean(axis=0)
    rotation = np.linalg.svd(points - middle)[2].T
    low, high = (((points - middle) @ rotation).min(axis=0), ((points - middle) @ rotation).max(axis=0))
    logs = []
    for seed in seeds:
        box = np.random.default_rng(seed).uniform(low, high, points.shape) @ rotation.T + middle
        logs.append(log_dispersion(box, KMeans(k, n_init=3, random_state=seed).fit_predict(box)))
    data = log_dispersion(points, KMeans(k, n_init=3, random_state=own).fit_predict(points))
    return float(np.mean(logs) - data), float(np.sqrt((1 + 1 / len(seeds)) * np.var(logs, ddof=1)))


def test_the_gap_finds_the_groups_that_are_there_and_one_where_there_are_none() -> None:
    assert choose_k_by_gap(gaps(blobs()[0])) == 3
    assert choose_k_by_gap(gaps(np.random.default_rng(0).uniform(size=(200, 2)))) == 1


def test_the_gap_and_its_error_are_those_of_clus_gap() -> None:
    points, _ = blobs(20, apart=3.0)
    table = gaps(points, count=4)
    seeds = [int(state) for state in np.random.SeedSequence(0).generate_state(4)]
    for k in range(1, 6):
        gap, error = clus_gap(points, k, seeds, own=0)
        assert table.loc[k].to_dict() == pytest.approx({"gap": gap, "error": error}, abs=1e-9)


def test_one_box_has_no_error() -> None:
    assert gaps(blobs(10)[0], count=1)["error"].isna().all()


def test_a_box_lies_where_the_data_lies() -> None:
    points, _ = blobs()
    drawn = draw_uniform_box(points, np.random.default_rng(0))
    assert drawn.shape == points.shape
    assert np.linalg.norm(drawn.mean(axis=0) - points.mean(axis=0)) < 3


def test_the_data_is_fitted_on_the_rows_that_its_references_have() -> None:
    """Rule 27. Fitted among all customers and looked at on few, data falls behind the more, the larger k."""
    points = np.random.default_rng(0).normal(size=(1_000, 3))
    model = KMeans(n_init=3, random_state=0)
    effort = Effort(views=2, small_sample=150, refit_sample=150)
    scan = scan_k(Flow(NOTHING, model), points, points, [1, 2, 12], effort, seed=0).set_index("k")
    few = points[np.sort(np.random.default_rng(0).choice(1_000, 150, replace=False))]
    refits = {k: Flow(NOTHING, KMeans(k, n_init=3)) for k in (2, 12)}
    same_rows = compute_gap({1: find_one_segment, **refits}, few, count=2, seed=0)
    assert scan["gap"].to_dict() == pytest.approx(same_rows["gap"].to_dict())
    with limit_threads(len(points)):
        among_all = KMeans(12, n_init=3, random_state=0).fit(points).predict(few)
        own = KMeans(12, n_init=3, random_state=0).fit_predict(few)
    assert log_dispersion(few, among_all) - log_dispersion(few, own) > 0.05


def test_one_segment_is_a_possible_answer() -> None:
    """Rule 27. On one even cloud the gap and the borders say one, and prediction strength may."""
    points = np.random.default_rng(1).uniform(size=(400, 2))
    plan = KMeans(n_init=3, random_state=0)
    scan = scan_k(Flow(NOTHING, plan), points, points, range(1, 6), Effort(views=5, gaps=400), seed=0)
    first = scan.set_index("k").loc[1]
    assert choose_k_by_gap(scan.set_index("k")) == 1
    assert first[["prediction_strength", "gaps"]].tolist() == [1.0, 1.0]
    assert first[["silhouette", "stability", "null"]].isna().all()


@pytest.mark.slow
@pytest.mark.realdata
def test_the_gaps_of_online_retail_are_those_of_r(real_data: Path) -> None:
    """What clusGap was reported to say of log RFM, 1,000 rows, K-Means; `d.power = 2` gives these."""
    config = composed("data=online_retail", f"data.local={real_data}", "evaluate=quick")
    dataset = build_source(config).read(build_engine(config).connect())
    features = describe(build_plan(config), dataset, StepTimer()).features.frame
    points = StandardScaler().fit_transform(np.log1p(features))
    model, effort = build_plan(config).model, Effort(views=20, refit_sample=100)
    scan = scan_k(Flow(NOTHING, model), points, points, [2, 8, 12], effort, seed=0).set_index("k")
    assert scan["gap"].to_dict() == pytest.approx({2: 1.510, 8: 1.682, 12: 1.618}, abs=0.01)
