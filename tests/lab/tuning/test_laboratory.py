"""Trials: the metrics of the plain call, in the one declared space, without repeating anything."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.errors import ConfigError
from segmentlab.evaluation.separation import measure_separation
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.tuning.laboratory import Laboratory, number_by_first
from segmentlab.lab.tuning.scores import TRIAL_METRICS
from segmentlab.lab.tuning.space import Proposal
from segmentlab.modelling.apart_rules import BeyondFences, OneTimeBuyers
from segmentlab.modelling.density import Dbscan, Hdbscan
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.modelling.preparation import SignedLog
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers as customers
from tests.configs import composed, options

FEATURES, MONEY, TRUTH = customers(per_segment=100)
LOGS = make_pipeline(SignedLog(), StandardScaler())
PREPARATIONS = {None: LOGS, "standard": StandardScaler()}
MODELS = {
    "kmeans": KMeans(3, n_init=5, random_state=0),
    "hierarchical": Hierarchical(3),
    "dbscan": Dbscan(),
    "hdbscan": Hdbscan(),
}
SIZES = {
    "n_clusters": [2, 3, 4],
    "n_components": [2, 3],
    "min_cluster_size": [20, 35],
    "eps": [0.3, 0.6],
    "monetary": [2, 4],
}


def laboratory(features: pd.DataFrame = FEATURES, **changes: object) -> Laboratory:
    choices = {
        "apart": (),
        "scored_in": LOGS,
        "preparations": PREPARATIONS,
        "projection": FunctionTransformer(),
        "models": MODELS,
        "sample": 10_000,
        "memory_gib": 1.0,
        "seed": 0,
        "objectives": ["separation/silhouette"],
    }
    return Laboratory(features, ["rfm_monetary"], **(choices | changes))


@pytest.mark.parametrize("name", sorted({*options("model")} - {"given_labels"}))  # has nothing to try
def test_every_model_is_scored_as_its_run_would_be(name: str) -> None:
    plan = build_plan(composed(f"model={name}"))
    tried = laboratory(
        scored_in=plan.preparation, preparations={None: plan.preparation}, models={name: plan.model}
    )
    parameters = [each for each in SIZES if each in plan.model.get_params()]
    proposals = [{each: value} for each in parameters for value in SIZES[each]]
    assert proposals
    for proposal in proposals:
        model = clone(plan.model).set_params(**proposal)
        run = Segmenter(plan.preparation, plan.projection, model).fit(FEATURES, value=MONEY)
        prepared = run.scorer_.prepare(FEATURES)
        plain = measure_separation(prepared, run.labels_, 10_000, 0).metrics
        expected = {metric: value for metric, value in plain.items() if metric in TRIAL_METRICS}
        expected.pop("separation/silhouette_standard_error", None)
        assert tried.score(Proposal(name, proposal)).metrics == pytest.approx(expected, abs=1e-9)


def test_a_trial_clusters_in_its_own_space_and_is_scored_in_the_declared_one() -> None:
    proposal = Proposal("kmeans", {"n_clusters": 3}, {"n_components": 1}, "standard")
    outcome = laboratory(projection=PCA(svd_solver="full")).score(proposal)
    run = Segmenter(StandardScaler(), PCA(1, svd_solver="full"), MODELS["kmeans"]).fit(FEATURES, value=MONEY)
    space = pd.DataFrame(LOGS.fit_transform(FEATURES), index=FEATURES.index)
    expected = measure_separation(space, run.labels_, 10_000, 0).metrics
    assert outcome.metrics["separation/silhouette"] == pytest.approx(expected["separation/silhouette"])


def test_what_came_before_is_answered_from_memory() -> None:
    tried = laboratory()
    first = tried.score(Proposal("hierarchical", {"n_clusters": 3, "linkage": "ward"}))
    assert tried.score(Proposal("hierarchical", {"linkage": "ward", "n_clusters": 3})) is first
    assert tried.score(Proposal("kmeans", {"n_clusters": 3})) is first, "another way to the same segments"


def test_above_the_sample_a_trial_is_sampled_as_its_run() -> None:
    outcome = laboratory(sample=120).score(Proposal("kmeans", {"n_clusters": 2}))
    run = Segmenter(LOGS, FunctionTransformer(), KMeans(2, n_init=5, random_state=0)).fit(FEATURES)
    labels = number_by_first(run.labels_)
    expected = measure_separation(run.scorer_.prepare(FEATURES), labels, 120, 0).metrics
    assert outcome.metrics["separation/silhouette_standard_error"] > 0
    assert {name: expected[name] for name in outcome.metrics} == pytest.approx(dict(outcome.metrics))


def test_shares_are_counted_among_all_customers() -> None:
    features = FEATURES.copy()
    features.iloc[:30, 1] = 1
    features.iloc[-3:, 2] = 1e12
    once, far = OneTimeBuyers("One-time"), BeyondFences(None, factor=1.5, columns=["rfm_monetary"])
    outcome = laboratory(features, apart=(once, far)).score(Proposal("kmeans", {"n_clusters": 2}))
    assert outcome.metrics["separation/coverage"] == pytest.approx(1 - 3 / 300)
    run = Segmenter(LOGS, FunctionTransformer(), KMeans(2, n_init=5, random_state=0), (once, far)).fit(
        features
    )
    smallest = np.bincount(run.labels_[run.clustered_]).astype(float)
    assert outcome.metrics["segments/smallest_share"] == smallest[smallest > 0].min() / 300
    assert outcome.metrics["segments/count"] == 2


@pytest.mark.parametrize(
    ("proposal", "count", "trouble"),
    [
        (Proposal("dbscan", {"eps": 50.0}), 1, "two segments or more"),
        (Proposal("dbscan", {"eps": 1e-9}), 0, "two segments or more"),
        (Proposal("hdbscan", {"min_cluster_size": 1}), None, "min_cluster_size=1 of Hdbscan does not work"),
        (Proposal("hierarchical", {"n_clusters": 301}), None, "does not work with 300 customers"),
        (Proposal("kmeans", {"n_clusters": 0}), None, "'n_clusters' parameter"),
    ],
)
def test_what_can_not_be_scored_is_missing_and_said(
    proposal: Proposal, count: int | None, trouble: str
) -> None:
    outcome = laboratory().score(proposal)
    assert "separation/silhouette" not in outcome.metrics
    assert outcome.metrics.get("segments/count") == count
    assert outcome.trouble is not None
    assert trouble in outcome.trouble


def test_little_memory_makes_trials_slower_and_nothing_else() -> None:
    proposals = [
        Proposal(model, parameters, prepare=prepare)
        for model, parameters in [("hierarchical", {"n_clusters": 4}), ("hdbscan", {"min_cluster_size": 20})]
        for prepare in (None, "standard")
    ]
    roomy, narrow = laboratory(), laboratory(memory_gib=1e-6)
    assert [roomy.score(each) for each in proposals] == [narrow.score(each) for each in proposals]


def test_an_objective_that_no_trial_can_be_scored_by_is_refused() -> None:
    with pytest.raises(ConfigError, match="separation/silhuette is not scored in trials"):
        laboratory(objectives=["separation/silhuette"])
