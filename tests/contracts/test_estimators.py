"""The laws of every estimator that the modelling room hands on; a new one is found and held to them."""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.datasets import make_blobs
from sklearn.utils.estimator_checks import parametrize_with_checks

import segmentlab.modelling
from segmentlab.errors import ConfigError
from segmentlab.modelling import (
    BalancedKMeans,
    BeyondFences,
    BlockScaler,
    Dbscan,
    FenceCaps,
    GivenLabels,
    Hdbscan,
    Hierarchical,
    NormalScores,
    OneTimeBuyers,
    QuantileCaps,
    RfmGrid,
    Segmenter,
    SignedLog,
    UmapMap,
)

# scikit-learn checks with some twenty random rows: defaults that are too large for them are set smaller.
SMALL = {
    BalancedKMeans: {"n_clusters": 3, "size_min": None, "size_max": None, "random_state": 0},
    Dbscan: {"eps": 0.5},
    GivenLabels: {"labels": range(120)},
    Hdbscan: {"min_cluster_size": 2},
    Hierarchical: {"n_clusters": 2},
    UmapMap: {"n_neighbors": 3},
}

# The checks of scikit-learn that begin with a fit of a matrix of some size of theirs.
FIT_A_MATRIX = (
    "check_dict_unchanged",
    "check_dont_overwrite_parameters",
    "check_dtype_object",
    "check_estimators_dtypes",
    "check_estimators_fit_returns_self",
    "check_estimators_nan_inf",
    "check_estimators_overwrite_params",
    "check_estimators_pickle",
    "check_f_contiguous_array_estimator",
    "check_fit2d_1feature",
    "check_fit2d_1sample",
    "check_fit2d_predict1d",
    "check_fit_check_is_fitted",
    "check_fit_idempotent",
    "check_fit_score_takes_y",
    "check_methods_sample_order_invariance",
    "check_methods_subset_invariance",
    "check_n_features_in",
    "check_n_features_in_after_fitting",
    "check_pipeline_consistency",
    "check_positive_only_tag_during_fit",
    "check_readonly_memmap_input",
)
# Which of them may fail with us, and why. One that no longer fails is an error.
EXEMPT = {
    GivenLabels: dict.fromkeys((*FIT_A_MATRIX, "check_clustering"), "it needs a label for each row"),
    OneTimeBuyers: dict.fromkeys(FIT_A_MATRIX, "it knows features by their names, and a matrix has none"),
}

COUNT, SIZE, SEED = "a whole number of 2 or more", "a whole number of 1 or more", "a whole number from 0 to"
ABOVE_ZERO, SHARE = "a number above 0", "a number from 0 to 1"
BINS = "a whole number from 1 to 10 or a list of numbers that rise"
COLUMNS = "a list of names of columns"
# What each parameter refuses, and how it ends.
REFUSED: dict[type, dict[str, tuple[tuple[object, ...], str]]] = {
    Segmenter: {
        "preparation": (("standard", SignedLog, 5), "an object with fit, transform and get_params or None"),
        "projection": (("none", UmapMap), "an object with fit, transform and get_params or None"),
        "model": (("kmeans", Dbscan, 5), "an object with fit and get_params or None"),
        "apart": ((None, "one_time", OneTimeBuyers(), [SignedLog()]), "a list, each member an object with"),
    },
    Dbscan: {
        "eps": ((0, -1.0, np.nan, np.inf, "wide", True), f"{ABOVE_ZERO} or None"),
        "min_samples": ((1, 2.5, 5.0, True, None, "few", np.float64(5)), COUNT),
    },
    Hdbscan: {
        "min_cluster_size": ((1, 2.5, 25.0, True, None), COUNT),
        "min_samples": ((0, -3, 2.5, True, "few"), f"{SIZE} or None"),
        "cluster_selection_method": (("best", None, 3, ["eom"]), "'eom' or 'leaf'"),
    },
    Hierarchical: {
        "n_clusters": ((0, 2.0, True, None, "five"), SIZE),
        "linkage": (("wardd", None, 3), "'ward' or 'average' or 'complete' or 'single'"),
        "memory_gib": ((0, -1, np.nan, np.inf, None, True), ABOVE_ZERO),
        "random_state": ((-1, 2**32, 0.5, True, "fixed"), f"{SEED} 4294967295 or None"),
    },
    UmapMap: {
        "n_components": ((0, 2.0, True, None), SIZE),
        "n_neighbors": ((1, 15.0, True), COUNT),
        "min_dist": ((-0.1, 1.1, np.nan, "small", True), SHARE),
        "fit_at_most": ((99, 5e4, np.inf), "a whole number of 100 or more"),
        "random_state": ((None, -1, 0.5, True), SEED),
    },
    QuantileCaps: {
        "lower": ((-0.1, 1.1, np.nan, None, "low", False), SHARE),
        "upper": ((-0.1, 99, np.inf, None, True), SHARE),
    },
    SignedLog: {"columns": (("suggested", 3, [0, 1], True), f"{COLUMNS} .* or None")},
    NormalScores: {},
    BlockScaler: {},
    FenceCaps: {
        "factor": ((0, -1.5, np.nan, np.inf, None, True), ABOVE_ZERO),
        "scale": (("lin", None, 1), "'log' or 'raw'"),
        "columns": (("suggested", 3, [0]), f"{COLUMNS} .* or None"),
    },
    BeyondFences: {
        "name": (("", 3, True), "a text or None"),
        "factor": ((0, np.nan), ABOVE_ZERO),
        "scale": (("lin",), "'log' or 'raw'"),
        "columns": (("suggested", [0]), f"{COLUMNS} .* or None"),
    },
    GivenLabels: {
        "labels": (("gold", None, 5), "a list, an array or a Series"),
        "path": (("nowhere.csv", 5, ""), "the path of a file that is there or None"),
        "column": (("", 3), "a text or None"),
        "missing": (("drop", None, True), "'refuse' or 'no_segment'"),
    },
    BalancedKMeans: {
        "n_clusters": ((0, 2.0, True, None, "five"), SIZE),
        "size_min": (
            (0, 0.0, -0.1, 1.0, 1.5, True, "few", np.nan),
            f"{SIZE} or a share between 0 and 1 or None",
        ),
        "size_max": ((0, 1.0, 2.5, False, "many"), f"{SIZE} or a share between 0 and 1 or None"),
        "n_init": ((0, 1.0, None, True), SIZE),
        "random_state": ((-1, 2**32, 0.5, True, "fixed"), f"{SEED} 4294967295 or None"),
    },
    RfmGrid: {
        "recency": ((0, 11, 2.5, True, None, [], [90, 30], [30, np.nan], "30"), BINS),
        "frequency": ((0, [1, 1], ["a"]), BINS),
        "monetary": ((-1, [np.inf]), BINS),
        "smallest": ((-0.1, 1.1, np.nan, None), SHARE),
        "columns": ((3, ["rfm_recency"], [-1]), "a list, each member a whole number of 0 or more or None"),
    },
    OneTimeBuyers: {"name": ((None, " ", 3), "a text")},
}
POINTS = pd.DataFrame(
    make_blobs(120, n_features=3, centers=4, random_state=0)[0],
    columns=["rfm_recency", "rfm_frequency", "rfm_monetary"],
    index=[f"c{number}" for number in range(120)],
)


def find_estimators() -> list[type]:
    """The public classes of the room that scikit-learn can work with."""
    handed_on = [getattr(segmentlab.modelling, name) for name in segmentlab.modelling.__all__]
    found = [each for each in handed_on if inspect.isclass(each) and issubclass(each, BaseEstimator)]
    assert found, "the room hands on no estimator"
    return found


ESTIMATORS = find_estimators()
every = pytest.mark.parametrize("kind", ESTIMATORS)


def make(kind: type) -> Any:
    return kind(**SMALL.get(kind, {}))


@parametrize_with_checks(
    list(map(make, ESTIMATORS)), expected_failed_checks=lambda estimator: EXEMPT.get(type(estimator), {})
)
def test_it_keeps_the_rules_of_scikit_learn(estimator: Any, check: Callable[[Any], None]) -> None:
    check(estimator)


def list_refused() -> list[Any]:
    return [
        pytest.param(kind, name, value, expected, id=f"{kind.__name__}-{name}-{value!r:.20}")
        for kind in ESTIMATORS
        for name, (values, expected) in REFUSED.get(kind, {}).items()
        for value in values
    ]


@pytest.mark.parametrize(("kind", "name", "value", "expected"), list_refused())
def test_a_wrong_parameter_is_named_with_its_value_and_what_was_expected(
    kind: type, name: str, value: object, expected: str
) -> None:
    estimator = make(kind).set_params(**{name: value})  # only stored
    with pytest.raises(
        ConfigError, match=rf"{name}=.* of {kind.__name__} does not work: expected {expected}"
    ):
        estimator.fit(POINTS)


@every
def test_every_parameter_says_what_it_may_be_and_is_refused_above(kind: type) -> None:
    own = set(make(kind).get_params(deep=False))
    assert set(REFUSED.get(kind, {})) == own
    assert set(getattr(kind, "PARAMETERS", {})) == own


@every
def test_numbers_of_numpy_are_numbers(kind: type) -> None:
    estimator, given = make(kind), make(kind).get_params(deep=False)
    counts = {name: np.int64(value) for name, value in given.items() if type(value) is int}
    shares = {name: np.float32(value) for name, value in given.items() if type(value) is float}
    exact = clone(estimator).set_params(**{name: float(value) for name, value in shares.items()}).fit(POINTS)
    estimator.set_params(**counts, **shares).fit(POINTS)
    for attribute in ("labels_", "places_", "low_"):
        if hasattr(exact, attribute):
            np.testing.assert_array_equal(getattr(estimator, attribute), getattr(exact, attribute))


@every
def test_a_copy_has_equal_parameters_and_nothing_learnt(kind: type) -> None:
    fitted = make(kind).fit(POINTS)
    copy = clone(fitted)
    assert repr(copy) == repr(fitted)
    assert not [name for name in vars(copy) if name.endswith("_")]


@pytest.mark.parametrize("kind", [kind for kind in ESTIMATORS if hasattr(kind, "transform")])
def test_a_table_stays_a_table_with_names(kind: type) -> None:
    estimator = make(kind).set_output(transform="pandas").fit(POINTS)
    table = estimator.transform(POINTS)
    assert table.index.equals(POINTS.index)
    assert table.columns.tolist() == estimator.get_feature_names_out().tolist()
    np.testing.assert_array_equal(table, clone(estimator).fit(POINTS).set_output().transform(POINTS))


@pytest.mark.parametrize("kind", [kind for kind in ESTIMATORS if hasattr(kind, "applies")])
def test_a_rule_answers_the_same_however_often_it_is_fitted(kind: type) -> None:
    rule = make(kind)
    with pytest.raises(ValueError, match="not fitted yet"):
        rule.applies(POINTS)
    first = rule.fit(POINTS).applies(POINTS)
    np.testing.assert_array_equal(rule.fit(POINTS).applies(POINTS), first)
    np.testing.assert_array_equal(clone(rule).fit(POINTS[::-1]).applies(POINTS), first)
    assert rule.feature_names_in_.tolist() == POINTS.columns.tolist()
