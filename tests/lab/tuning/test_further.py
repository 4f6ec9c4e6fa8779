"""Objectives that take more than one look: the numbers of a run that draws as often, or a refusal."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer

from segmentlab.errors import ConfigError
from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.foresight import judge_foresight
from segmentlab.evaluation.judgement import gather_evidence
from segmentlab.evaluation.metrics import MEASURES
from segmentlab.evaluation.refit import Flow
from segmentlab.flow.past import PastCustomers
from segmentlab.lab.tuning.further import (
    DBCV_METRIC,
    MEAN_JACCARD,
    SPEND_METRIC,
    STRENGTH_METRIC,
    WORST_JACCARD,
    FurtherObjectives,
    check_stability,
    find_study_past,
)
from segmentlab.lab.tuning.space import Proposal
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers as customers
from tests.lab.tuning.test_laboratory import FEATURES, LOGS, MODELS, MONEY, laboratory

EFFORT = Effort(bootstraps=4, splits=2)
PROPOSALS = [
    Proposal("kmeans", {"n_clusters": 4}),
    Proposal("hierarchical", {"n_clusters": 3}),
    Proposal("hdbscan", {"min_cluster_size": 20}),
    Proposal("dbscan", {"eps": 0.6, "min_samples": 5}),
]


def past(spend: np.ndarray | None = None) -> PastCustomers:
    """Fewer customers, and what they spent later."""
    features, money, _ = customers(per_segment=60, seed=5)
    later = np.random.default_rng(0).gamma(1, money.to_numpy()) if spend is None else spend
    told = pd.Series(later, index=features.index)
    return PastCustomers(date(2026, 1, 1), 90, features, features, money, told, baskets=None)


def further(*objectives: str, then: PastCustomers | None = None) -> FurtherObjectives:
    return FurtherObjectives(
        objectives=objectives, effort=EFFORT, past=then, long_tailed=["rfm_monetary"], seed=0
    )


def test_every_objective_that_takes_more_than_a_look_is_computed_here() -> None:
    further_ones = {measure.name for measure in MEASURES if measure.objective and not measure.in_trials}
    assert further_ones == {WORST_JACCARD, MEAN_JACCARD, STRENGTH_METRIC, DBCV_METRIC, SPEND_METRIC}


@pytest.mark.parametrize("proposal", PROPOSALS, ids=lambda one: one.model)
def test_a_trial_is_as_stable_and_as_dense_as_its_run(proposal: Proposal) -> None:
    asked = (WORST_JACCARD, MEAN_JACCARD, STRENGTH_METRIC, DBCV_METRIC)
    outcome = laboratory(objectives=asked, further=further(*asked)).score(proposal)
    model = MODELS[proposal.model].__class__(**{**MODELS[proposal.model].get_params(), **proposal.parameters})
    run = Segmenter(LOGS, FunctionTransformer(), model).fit(FEATURES, value=MONEY)
    expected = gather_evidence(run, run.scorer_.prepare(FEATURES), FEATURES, EFFORT, 0).metrics
    if "n_clusters" in model.get_params():
        expected.pop(DBCV_METRIC, None)  # a run asks density of density models alone
    assert outcome.trouble is None
    assert {name: outcome.metrics[name] for name in asked if name in expected} == pytest.approx(
        {name: expected[name] for name in asked if name in expected}
    )
    assert set(asked) < set(outcome.metrics)


def test_a_trial_foresees_what_its_run_would_have() -> None:
    then = past()
    trial = laboratory(objectives=[SPEND_METRIC], further=further(SPEND_METRIC, then=then)).score(
        PROPOSALS[0]
    )
    run = Segmenter(LOGS, FunctionTransformer(), KMeans(4, n_init=5, random_state=0))
    labels = run.fit(then.features, value=then.revenue).labels_
    told = judge_foresight(
        labels, then.rfm, then.features, then.spend.to_numpy(), told={}, effort=Effort(resamples=0), seed=0
    )
    assert trial.metrics[SPEND_METRIC] == pytest.approx(told.table.loc["segments", "spend_r2"])
    assert WORST_JACCARD not in trial.metrics, "what nobody asked for costs nothing"


def test_what_can_not_be_had_is_missing_and_said() -> None:
    nothing = past(np.zeros(180))
    asked = (SPEND_METRIC, DBCV_METRIC)
    outcome = laboratory(objectives=asked, further=further(*asked, then=nothing)).score(PROPOSALS[0])
    assert SPEND_METRIC not in outcome.metrics
    assert outcome.trouble == "usefulness/spend_r2: All customers spent the same afterwards."
    assert {"separation/silhouette", DBCV_METRIC} < set(outcome.metrics), "the rest is there"
    many = laboratory(objectives=[WORST_JACCARD], further=further(WORST_JACCARD)).score(
        Proposal("kmeans", {"n_clusters": 60})
    )
    assert WORST_JACCARD not in many.metrics
    assert "different customers a segment" in str(many.trouble)


@pytest.mark.parametrize(
    ("known", "message"),
    [(None, "evaluate.holdout_days=90"), ("the data begins on 2026-01-01", "data begins on 2026-01-01")],
)
def test_usefulness_without_an_earlier_day_is_refused(known: str | None, message: str) -> None:
    assert find_study_past(["separation/silhouette"], known) is None
    with pytest.raises(ConfigError, match=message):
        find_study_past([SPEND_METRIC], known)


def test_the_stability_of_what_a_sample_does_not_have_is_refused() -> None:
    flows = {name: Flow(FunctionTransformer(), model) for name, model in MODELS.items()}
    few = replace(EFFORT, sample=100)
    check_stability([WORST_JACCARD], flows, 100, few)
    check_stability([STRENGTH_METRIC], flows, 101, few)
    check_stability([WORST_JACCARD], {"kmeans": flows["kmeans"]}, 101, few)
    with pytest.raises(
        ConfigError, match=r"stability/jaccard_min of model=dbscan is known up to 100 customers"
    ):
        check_stability([WORST_JACCARD], flows, 101, few)
