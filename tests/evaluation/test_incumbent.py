"""Champion and newcomer on the same customers, in the space where the champion is at home."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.evaluation.gates import compare_with_champion, judge_gates
from segmentlab.evaluation.separation import measure_separation
from segmentlab.modelling.scorer import Scorer
from segmentlab.modelling.segmenter import Segmenter


def people(shift: float = 0.0, names: str = "a") -> pd.DataFrame:
    centres = np.repeat([[0.0, 0.0], [8.0, 0.0], [0.0, 8.0]], 40, axis=0)
    values = centres + shift + np.random.default_rng(0).normal(size=centres.shape)
    return pd.DataFrame(values, columns=["x", "y"], index=[f"{names}{place}" for place in range(len(values))])


@pytest.fixture(scope="module")
def champion() -> Scorer:
    model = KMeans(n_clusters=3, n_init=1, random_state=0)
    return Segmenter(StandardScaler(), FunctionTransformer(), model).fit(people()).scorer_


def test_a_newcomer_with_the_same_segments_is_as_good(champion) -> None:
    features = people(shift=1.0, names="b")
    own, theirs = compare_with_champion(champion, features, champion.predict(features))
    assert own == theirs
    expected = measure_separation(champion.prepare(features), champion.predict(features), 10_000, 0).metrics
    assert own["separation/silhouette"] == expected["separation/silhouette"]
    assert own["separation/silhouette_low"] < own["separation/silhouette"] < own["separation/silhouette_high"]


def test_a_newcomer_that_cuts_across_does_not_pass_its_gate(champion) -> None:
    features = people()
    across = (features["x"] > features["x"].median()).to_numpy().astype(int)
    own, theirs = compare_with_champion(champion, features.assign(unread=0.0), across)
    [gate] = [gate for gate in judge_gates(own, {"checks": "none"}, theirs) if gate.name == "champion"]
    assert not gate.passed


def test_without_the_features_of_the_champion_nothing_compares(champion) -> None:
    features = people()[["x"]]
    assert compare_with_champion(champion, features, np.zeros(len(features), dtype=np.int64)) == ({}, {})
