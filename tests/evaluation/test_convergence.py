"""K-Means as it is configured has come to an end, so that seeds agree."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.evaluation.refit import Flow
from segmentlab.flow import StepTimer, describe
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.modelling.fitting import limit_threads
from segmentlab.modelling.segmenter import Segmenter
from tests.configs import composed
from tests.evaluation.test_rules import frame

NOTHING = FunctionTransformer()


def count_unsettled(points: np.ndarray, labels: np.ndarray) -> int:
    """Customers who are nearer to the middle of another segment: one more round would move them."""
    middles = np.array([points[labels == segment].mean(axis=0) for segment in np.unique(labels)])
    nearest = ((points[:, None] - middles) ** 2).sum(axis=-1).argmin(axis=1)
    return int((nearest != labels).sum())


def test_segments_and_every_refit_have_converged() -> None:
    """Rule 28. With scikit-learn's own tolerance customers are left who would move in the next round."""
    generator = np.random.default_rng(0)
    points = StandardScaler().fit_transform(generator.normal(size=(3_000, 3)) @ generator.normal(size=(3, 3)))
    stops = KMeans(6, n_init=20, random_state=0)
    model = build_plan(composed("model.n_clusters=6")).model
    assert isinstance(model, KMeans)
    with limit_threads(len(points)):
        assert count_unsettled(points, stops.fit_predict(points)) > 0
        for seed in (0, 1):
            assert count_unsettled(points, Flow(NOTHING, model)(points, seed).labels) == 0
    by_default = Segmenter(NOTHING, NOTHING).fit(frame(points)).stages.model
    assert isinstance(by_default, KMeans)
    assert (by_default.tol, by_default.n_init) == (model.tol, model.n_init)


@pytest.mark.slow
@pytest.mark.realdata
def test_seeds_agree_up_to_eight_segments_of_a_real_shop(real_data: Path) -> None:
    """Rule 28. Mean adjusted Rand of .9 or more, over six seeds; bench/seeds.py measures the cost."""
    config = composed("data=online_retail_ii", f"data.local={real_data}", "evaluate=quick")
    dataset = build_source(config).read(build_engine(config).connect())
    plan = build_plan(config)
    features = describe(plan, dataset, StepTimer()).features.frame
    points = StandardScaler().fit_transform(np.log1p(features))
    for k in range(2, 9):
        model = plan.model.set_params(n_clusters=k)
        with limit_threads(len(points)):
            labels = [Flow(NOTHING, model)(points, seed).labels for seed in range(6)]
        assert np.mean([adjusted_rand_score(*pair) for pair in combinations(labels, 2)]) >= 0.9, k
