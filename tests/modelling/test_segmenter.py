"""What holds for a fitted segmenter with K-Means; the contract suite repeats the laws for every model."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import DBSCAN, HDBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.preparation import SignedLog
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers as customers


def segmenter(model: object = None, projection: object = None) -> Segmenter:
    return Segmenter(
        make_pipeline(SignedLog(), StandardScaler()),
        projection or FunctionTransformer(),
        model or KMeans(3, n_init=5, random_state=0),
    )


def test_planted_groups_are_found_and_numbered_by_value() -> None:
    features, money, truth = customers()
    np.testing.assert_array_equal(segmenter().fit(features, value=money).labels_, truth)


def test_numbers_do_not_depend_on_the_seed() -> None:
    features, money, _ = customers()
    fitted = [
        segmenter(KMeans(3, n_init=5, random_state=seed)).fit(features, value=money).labels_
        for seed in range(6)
    ]
    assert all((labels == fitted[0]).all() for labels in fitted)


def test_without_money_the_largest_segment_comes_first() -> None:
    features, _, truth = customers()
    kept = np.concatenate([np.flatnonzero(truth == 2), np.flatnonzero(truth == 0)[:5]])
    labels = segmenter(KMeans(2, n_init=5, random_state=0)).fit(features.iloc[kept]).labels_
    assert (labels == 0).sum() == 40


def test_one_row_scores_as_in_a_batch() -> None:
    features, money, _ = customers()
    fitted = segmenter().fit(features, value=money)
    batch = fitted.scorer_.assign(features)
    single = pd.concat([fitted.scorer_.assign(features.iloc[[row]]) for row in range(len(features))])
    assert (batch["segment"] == single["segment"]).all()
    np.testing.assert_allclose(batch["confidence"], single["confidence"])


def test_columns_are_taken_by_name_not_by_place() -> None:
    features, money, _ = customers()
    fitted = segmenter().fit(features, value=money)
    shuffled = features[features.columns[::-1]].assign(more=0.0)
    np.testing.assert_array_equal(fitted.scorer_.predict(shuffled), fitted.labels_)


def test_confidence_is_one_at_a_centre_and_zero_between_two() -> None:
    line = pd.DataFrame({"rfm_recency": [0.0, 0.0, 10.0, 10.0], "rfm_monetary": [0.0, 1.0, 0.0, 1.0]})
    fitted = Segmenter(FunctionTransformer(), FunctionTransformer(), KMeans(2, n_init=2, random_state=0)).fit(
        line
    )
    probes = pd.DataFrame({"rfm_recency": [0.0, 5.0], "rfm_monetary": [0.5, 0.5]})
    np.testing.assert_allclose(fitted.scorer_.assign(probes)["confidence"], [1.0, 0.0], atol=1e-9)


def test_a_mixture_needs_nothing_but_its_configuration() -> None:
    features, money, truth = customers()
    fitted = segmenter(GaussianMixture(3, random_state=0)).fit(features, value=money)
    np.testing.assert_array_equal(fitted.labels_, truth)
    assert fitted.scorer_.assign(features)["confidence"].between(0.5, 1).all()


class Unread(StandardScaler):
    """A stage that nobody may read whole, as hashing it would."""

    def __getstate__(self) -> dict[str, object]:
        raise KeyboardInterrupt  # an error would be overlooked


def test_a_stage_is_not_hashed_where_nothing_is_kept() -> None:
    features, _, _ = customers()
    Segmenter(Unread(), FunctionTransformer(), KMeans(3, n_init=1, random_state=0)).fit(features)


def test_the_model_clusters_in_the_projected_space() -> None:
    features, money, truth = customers()
    fitted = segmenter(projection=PCA(1)).fit(features, value=money)
    assert fitted.points_.shape == (120, 1)
    np.testing.assert_array_equal(fitted.labels_, truth)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (
            lambda f: f.assign(rfm_frequency=7.0),
            DataError,
            "'rfm_frequency' is 7 for all 120 .* leave_out=.rfm_f",
        ),
        (lambda f: f.head(2), DataError, "3 segments need at least 3 customers .* there are 2 among 2"),
        (lambda f: f.mask(f > 8000), DataError, r"'rfm_monetary' of customer 'c\d+' is nan"),
        (lambda f: f.replace(f.iloc[0, 0], np.inf), DataError, r"'rfm_recency' of customer 'c\d+' is inf"),
        (lambda f: f.head(0), DataError, "no customers"),
    ],
)
def test_features_that_can_not_be_segmented_say_why(change: object, error: type, message: str) -> None:
    features, _, _ = customers()
    with pytest.raises(error, match=message):
        segmenter().fit(change(features))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (DBSCAN(eps=1e-6), "DBSCAN found no segment: all 120 .* Raise model.eps or lower model.min_samples;"),
        (
            HDBSCAN(min_cluster_size=100, copy=True),
            "Lower model.min_samples or lower model.min_cluster_size;",
        ),
    ],
)
def test_nothing_but_noise_is_refused_with_what_to_change(model: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        segmenter(model).fit(customers()[0])


def test_one_segment_and_noise_is_a_segmentation() -> None:
    features, money, _ = customers()
    fitted = segmenter(DBSCAN(eps=0.5, min_samples=41)).fit(far_pair_merged(features), value=money)
    assert set(fitted.labels_) == {0, -1}
    assert fitted.scorer_.names == {-1: "Noise", 0: "Segment 0"}


def far_pair_merged(features: pd.DataFrame) -> pd.DataFrame:
    """The two rarer groups moved together, so that one region is dense enough and one is not."""
    return features.assign(
        rfm_recency=features["rfm_recency"].clip(lower=40, upper=60),
        rfm_frequency=features["rfm_frequency"].clip(lower=20, upper=22),
        rfm_monetary=features["rfm_monetary"].clip(lower=500),
    )


class Findless(BaseEstimator):
    """It fits, and that is all it does."""

    def fit(self, X, y=None):  # noqa: ARG002, N803
        return self


def test_a_model_that_finds_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"model: Findless finds no segments: .* neither labels_ nor"):
        segmenter(Findless()).fit(customers()[0])


@pytest.mark.parametrize(
    ("model", "projection", "message"),
    [
        (KMeans("three"), None, "model: .*'n_clusters' parameter of KMeans"),
        (KMeans(3), PCA(9), "projection: n_components=9"),
    ],
)
def test_a_choice_that_does_not_work_is_named(model: object, projection: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        segmenter(model, projection).fit(customers()[0])


def test_scoring_refuses_what_it_was_not_trained_on() -> None:
    features, money, _ = customers()
    fitted = segmenter().fit(features, value=money)
    with pytest.raises(DataError, match="missing: rfm_monetary"):
        fitted.scorer_.predict(features.drop(columns="rfm_monetary"))
    with pytest.raises(DataError, match="is nan"):
        fitted.scorer_.predict(features.mask(features > 8000))
