"""The evidence of a run: as much as was asked for, from as many customers as is said."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.judgement import gather_evidence, judge_segments
from segmentlab.modelling.density import Hdbscan
from segmentlab.modelling.segmenter import Segmenter
from tests.planted import blobs

DRAWS = Effort(bootstraps=3, splits=2, seeds=2, nulls=19, random=5)
DRAWN = {
    "stability/jaccard_min", "stability/jaccard_mean", "stability/seed_agreement",
    "stability/prediction_strength", "reference/p_gaussian", "reference/p_permuted", "reference/p_copula",
    "calibrated/silhouette_z", "calibrated/davies_bouldin_z",
}  # fmt: skip


def frame(points: np.ndarray) -> pd.DataFrame:
    index = pd.Index([f"c{number:04d}" for number in range(len(points))], name="customer_id")
    return pd.DataFrame(points, index=index, columns=["a_x", "a_y"])


def evidence(effort: Effort, points: np.ndarray, model: BaseEstimator) -> Evidence:
    features = frame(points)
    segmenter = Segmenter(StandardScaler(), FunctionTransformer(), model).fit(features)
    return gather_evidence(segmenter, segmenter.scorer_.prepare(features), features, effort, seed=0)


def kmeans(k: int = 4) -> KMeans:
    return KMeans(k, n_init=3, random_state=0)


def test_every_kind_is_there_when_asked_for_and_none_when_not() -> None:
    points, _ = blobs()
    assert set(evidence(DRAWS, points, kmeans()).metrics) >= DRAWN
    assert not set(evidence(Effort(), points, kmeans()).metrics) & DRAWN


@pytest.mark.slow
def test_usual_stages_are_drawn_like_those_that_are_said() -> None:
    features = frame(blobs()[0])
    usual = Segmenter().fit(features)
    found = gather_evidence(usual, usual.scorer_.prepare(features), features, DRAWS, seed=0)
    said = evidence(DRAWS, blobs()[0], KMeans(5, n_init=25, tol=1e-6, random_state=0))
    assert found.metrics == said.metrics


@pytest.mark.parametrize("field", ["bootstraps", "splits", "seeds", "nulls", "random"])
def test_each_count_is_for_one_kind(field: str) -> None:
    points, _ = blobs()
    without = evidence(replace(DRAWS, **{field: 0}), points, kmeans())
    missing = DRAWN - set(without.metrics)
    assert len({name.replace("jaccard_min", "jaccard_mean") for name in missing}) == {
        "nulls": 3, "random": 2,
    }.get(field, 1)  # fmt: skip


def test_one_fit_agrees_with_nothing() -> None:
    """A mean over no pair would be no number, with a warning."""
    assert evidence(Effort(seeds=1), blobs()[0], kmeans()).seed_agreement is None


def test_a_sample_is_stated_with_its_size_and_keeps_the_numbers_of_segments() -> None:
    points, _ = blobs()
    found = evidence(replace(DRAWS, refit_sample=200), points, kmeans())
    assert found.stability is not None
    assert found.stability.index.tolist() == [0, 1, 2, 3]
    assert "a stratified sample of 200 of 600 customers." in " ".join(found.notes)
    assert (found.stability["jaccard"] > 0.9).all()


def test_a_density_model_is_compared_with_itself_on_the_sample() -> None:
    points, _ = blobs()
    found = evidence(replace(DRAWS, sample=200), points, Hdbscan(25))
    assert found.stability is None
    assert set(found.references) == {"gaussian", "permuted", "copula"}
    assert "whether single segments are stable is not known" in " ".join(found.notes)


def test_too_few_customers_are_said() -> None:
    points = np.random.default_rng(0).normal(size=(30, 2))
    found = evidence(DRAWS, points, kmeans())
    assert not set(found.metrics) & (DRAWN - {"diagnostic/hopkins"})
    assert "10 different customers a segment" in " ".join(found.notes)


def test_the_same_seed_gives_the_same_evidence() -> None:
    points, _ = blobs()
    assert evidence(DRAWS, points, kmeans()).metrics == evidence(DRAWS, points, kmeans()).metrics


def test_a_judgement_becomes_tables() -> None:
    points, _ = blobs()
    found = evidence(DRAWS, points, kmeans())
    labels = kmeans().fit_predict(points)
    tables = judge_segments(found, frame(points), labels, found.metrics).tables
    assert set(tables) == {"checks", "atoms", "stability", "reference"}
    assert len(tables["reference"]) == 3 * 19
    assert list(tables["checks"]) == ["code", "title", "severity", "evidence", "advice"]
