"""SEG006: segments of several features that one of them tells."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.features import OneFeature
from segmentlab.modelling.preparation import NormalScores, SignedLog
from tests.evaluation.checks.segments import FEATURES, evidence, judged, look

BY_RECENCY = FEATURES["rfm_recency"].gt(FEATURES["rfm_recency"].median()).astype(int).to_numpy()


def test_a_cut_through_recency_is_named() -> None:
    assert look(OneFeature, judged(BY_RECENCY)) == [
        Finding(
            code="SEG006",
            title="One feature decides all",
            severity="warning",
            evidence="'rfm_recency' alone tells the segment of 100.0% of the customers.",
            advice="Prepare the features alike (prepare=log_standard), or segment by this feature and say "
            "so.",
        )
    ]


@pytest.mark.parametrize(
    ("used", "advised"),
    [
        (StandardScaler(), "Prepare the features alike (prepare=log_standard)"),
        (
            make_pipeline(SignedLog(), StandardScaler()),
            "Let only the order of customers count (prepare=quantile)",
        ),
        (make_pipeline(SignedLog(["rfm_monetary"])), "Prepare the features alike (prepare=log_standard)"),
        (SignedLog(list(FEATURES)), "Let only the order of customers count (prepare=quantile)"),
        (NormalScores(), "Leave it out to see what the others tell (leave_out=[rfm_recency])"),
    ],
    ids=["standard", "log_standard", "one logarithm", "every logarithm", "quantile"],
)
def test_what_is_advised_is_not_in_use_already(used: BaseEstimator, advised: str) -> None:
    (finding,) = look(OneFeature, replace(judged(BY_RECENCY), preparation=used.fit(FEATURES)))
    assert finding.advice == f"{advised}, or segment by this feature and say so."


def test_noise_does_not_count() -> None:
    labels = np.where(np.arange(len(BY_RECENCY)) % 3 == 0, -1, BY_RECENCY)
    assert evidence(OneFeature, judged(labels)) == [
        "'rfm_recency' alone tells the segment of 100.0% of the customers."
    ]


def test_segments_that_take_two_features_are_no_finding() -> None:
    """Who is above the middle of both, and who is not: neither tells it alone."""
    values = np.random.default_rng(0).uniform(size=(400, 2))
    labels = (values > 0.5).all(axis=1).astype(int)
    assert not look(OneFeature, judged(labels, pd.DataFrame(values, columns=["a_x", "a_y"])))


def test_of_one_feature_or_of_one_segment_there_is_nothing_to_say() -> None:
    assert not look(OneFeature, judged(BY_RECENCY, FEATURES[["rfm_recency"]]))
    assert not look(OneFeature, judged(np.zeros(len(FEATURES), dtype=int)))
    assert not look(OneFeature, judged(np.full(len(FEATURES), -1)))
