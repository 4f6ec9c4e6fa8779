"""The segmenter beside scikit-learn's own estimators: in pipelines and searches, with tables and matrices."""

import numpy as np
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.impute import SimpleImputer
from sklearn.metrics import silhouette_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import segmentlab.modelling.segmenter
from segmentlab.errors import ConfigError, DataError, SegmentLabError
from segmentlab.modelling.apart_rules import BeyondFences, OneTimeBuyers
from segmentlab.modelling.density import Dbscan
from segmentlab.modelling.preparation import SignedLog
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers as customers

FEATURES, MONEY, TRUTH = customers()
THREE = KMeans(3, n_init=3, random_state=0)


def test_without_arguments_it_standardises_and_finds_five_segments() -> None:
    usual = Segmenter().fit(FEATURES)
    said = Segmenter(StandardScaler(), FunctionTransformer(), KMeans(5, n_init=25, tol=1e-6, random_state=0))
    np.testing.assert_array_equal(usual.labels_, said.fit(FEATURES).labels_)
    assert usual.get_params(deep=False) == {
        "preparation": None,
        "projection": None,
        "model": None,
        "apart": (),
    }


def test_a_matrix_a_table_and_polars_have_the_same_segments() -> None:
    from_table = Segmenter(SignedLog(), model=THREE).fit(FEATURES, value=MONEY)
    from_matrix = Segmenter(SignedLog(), model=THREE).fit(FEATURES.to_numpy(), value=MONEY.to_numpy())
    from_polars = Segmenter(SignedLog(), model=THREE).fit(pl.from_pandas(FEATURES), value=MONEY.tolist())
    for fitted, own in ((from_matrix, FEATURES.to_numpy()), (from_polars, pl.from_pandas(FEATURES))):
        np.testing.assert_array_equal(fitted.labels_, from_table.labels_)
        np.testing.assert_array_equal(fitted.predict(own), fitted.labels_)
    assert from_matrix.scorer_.features == ("x0", "x1", "x2")
    assert from_polars.feature_names_in_.tolist() == FEATURES.columns.tolist()


def test_value_is_taken_by_customer_and_numbers_without_customers_in_their_order() -> None:
    segmenter = Segmenter(SignedLog(), model=THREE)
    labels = segmenter.fit(FEATURES, value=MONEY[::-1]).labels_
    np.testing.assert_array_equal(labels, TRUTH)
    reversed_worth = segmenter.fit(FEATURES, value=-MONEY.to_numpy()).labels_
    np.testing.assert_array_equal(reversed_worth, 2 - TRUTH)
    with pytest.raises(DataError, match="expected a number for each of 120"):
        segmenter.fit(FEATURES, value=[1.0, 2.0])
    with pytest.raises(DataError, match="a Series whose index has none of the customers"):
        segmenter.fit(FEATURES.to_numpy(), value=MONEY)


def test_a_pipeline_ends_in_it() -> None:
    holes = FEATURES.mask(np.random.default_rng(0).random(FEATURES.shape) < 0.02)
    pipeline = make_pipeline(SimpleImputer(), SignedLog(), Segmenter(model=THREE))
    np.testing.assert_array_equal(pipeline.fit_predict(holes), pipeline[-1].labels_)
    np.testing.assert_array_equal(pipeline.predict(holes), pipeline[-1].labels_)
    assert pipeline.score(holes) > 0.5


def test_a_pipeline_goes_on_from_it_with_names() -> None:
    pipeline = make_pipeline(Segmenter(SignedLog(), PCA(2), THREE), StandardScaler())
    table = pipeline.set_output(transform="pandas").fit_transform(FEATURES)
    assert table.columns.tolist() == ["pca0", "pca1"]
    assert table.index.equals(FEATURES.index)


@pytest.mark.parametrize(
    ("projection", "names"),
    [
        (None, FEATURES.columns.tolist()),
        (FunctionTransformer(), FEATURES.columns.tolist()),
        (PCA(2), ["pca0", "pca1"]),
        (
            FunctionTransformer(lambda table: np.asarray(table)[:, :2]),
            [f"functiontransformer{n}" for n in (0, 1)],
        ),
    ],
)
def test_columns_of_the_space_are_named(projection: object, names: list[str]) -> None:
    fitted = Segmenter(SignedLog(), projection, THREE).fit(FEATURES)
    assert fitted.get_feature_names_out().tolist() == names
    np.testing.assert_allclose(fitted.transform(FEATURES), fitted.points_)


def test_a_search_finds_the_planted_number_of_segments() -> None:
    segmenter = Segmenter(SignedLog(), model=KMeans(n_init=3, random_state=0))
    grid = {"model__n_clusters": [2, 3, 5], "projection": [None, PCA(1)]}
    search = GridSearchCV(segmenter, grid, cv=3).fit(FEATURES.sample(frac=1, random_state=0))
    assert search.best_params_["model__n_clusters"] == 3
    assert set(search.predict(FEATURES)) == {0, 1, 2}


def test_the_score_is_the_silhouette_in_prepared_features_without_noise() -> None:
    fitted = Segmenter(StandardScaler(), PCA(1), DBSCAN(eps=0.05, min_samples=8)).fit(FEATURES)
    real = fitted.labels_ >= 0
    assert 0 < (~real).sum() < 120
    prepared = StandardScaler().fit_transform(FEATURES)
    expected = silhouette_score(prepared[real], fitted.labels_[real])
    assert fitted.score(FEATURES) == pytest.approx(expected)


def test_a_large_table_is_scored_by_a_sample_near_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.concatenate([np.random.default_rng(0).normal(place, 1, (1_000, 2)) for place in (0, 6, 12)])
    fitted = Segmenter(model=KMeans(3, n_init=1, random_state=0)).fit(drawn)
    whole = fitted.score(drawn)
    monkeypatch.setattr(segmentlab.modelling.segmenter, "MOST_SCORED", 1_000)  # the real one takes seconds
    sampled = fitted.score(drawn)
    assert sampled != whole
    assert sampled == pytest.approx(whole, abs=0.01)


def test_one_segment_has_no_score() -> None:
    fitted = Segmenter(model=THREE).fit(FEATURES)
    assert np.isnan(fitted.score(FEATURES.iloc[:1]))


def test_parameters_of_stages_and_rules_have_names() -> None:
    rules = (OneTimeBuyers("Once"), BeyondFences("Far", factor=3.0))
    segmenter = Segmenter(make_pipeline(SignedLog(), StandardScaler()), PCA(2), THREE, rules)
    copy = clone(segmenter)
    copy.set_params(
        preparation__signedlog__columns=["rfm_monetary"],
        projection__n_components=1,
        model__n_clusters=4,
        apart__1__factor=1.5,
    )
    known = copy.get_params()
    assert (known["model__n_clusters"], known["apart__0__name"], known["apart__1__factor"]) == (
        4,
        "Once",
        1.5,
    )
    assert (segmenter.model.n_clusters, rules[1].factor) == (3, 3.0)  # the copy has its own
    assert copy.fit(FEATURES).points_.shape[1] == 1
    with pytest.raises(ConfigError, match=r"no parameter apart__2__name. There are: apart, apart__0__name"):
        copy.set_params(apart__2__name="Nobody")
    with pytest.raises(ValueError, match="Invalid parameter 'n_clusters'"):
        copy.set_params(n_clusters=3)


def test_rules_work_on_a_matrix_too() -> None:
    giant = np.append(FEATURES.to_numpy(), [[1e15, 1e15, 1e15]], axis=0)
    fitted = Segmenter(SignedLog(), model=THREE, apart=[BeyondFences(None, factor=3.0)]).fit(giant)
    assert np.flatnonzero(fitted.predict(giant) == -1).tolist() == [120]
    assert fitted.clustered_.sum() == 120


def test_nothing_is_placed_before_it_is_fitted_nor_after_a_fit_that_failed() -> None:
    segmenter = Segmenter(model=Dbscan(eps=np.nan))
    with pytest.raises(
        ConfigError, match="model: eps=nan of Dbscan does not work: expected a number above 0"
    ):
        segmenter.fit(FEATURES)
    for ask in (segmenter.predict, segmenter.transform, segmenter.score):
        with pytest.raises(NotFittedError):
            ask(FEATURES)
    with pytest.raises(NotFittedError):
        segmenter.get_feature_names_out()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (FEATURES.assign(rfm_monetary=np.nan), "'rfm_monetary' of customer 'c0000' is nan"),
        (FEATURES.drop(columns="rfm_monetary"), "Feature names seen at fit time, yet now missing"),
        (FEATURES[FEATURES.columns[::-1]], "Feature names must be in the same order"),
        (FEATURES.to_numpy()[:, :2], "X has 2 features, but Segmenter is expecting 3"),
    ],
)
@pytest.mark.filterwarnings("ignore:X does not have valid feature names:UserWarning")
def test_a_table_that_does_not_fit_is_a_wrong_value_that_says_why(table: object, message: str) -> None:
    fitted = Segmenter(model=THREE).fit(FEATURES)
    with pytest.raises(ValueError, match=message) as refusal:
        fitted.predict(table)
    assert isinstance(refusal.value, SegmentLabError)
