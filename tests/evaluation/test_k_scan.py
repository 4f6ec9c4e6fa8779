"""The views over k."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import silhouette_score
from sklearn.mixture import GaussianMixture
from sklearn.preprocessing import FunctionTransformer

from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.judgement import draw_refit_sample, gather_evidence
from segmentlab.evaluation.k_scan import (
    describe_k_agreement,
    describe_k_distance,
    list_k_choices,
    put_own_evidence,
    scan_k,
)
from segmentlab.evaluation.metrics import MEASURES
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.stability import compute_bootstrap_jaccard, compute_prediction_strength
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.modelling.segmenter import Segmenter
from tests.evaluation.test_separation import prepared

NOTHING = FunctionTransformer()


def test_each_row_is_the_model_fitted_at_that_k() -> None:
    points, _ = prepared()
    values = points.to_numpy()
    model = KMeans(4, n_init=5, random_state=0)
    scan = scan_k(Flow(NOTHING, model), values, values, range(2, 6), Effort(), seed=0).set_index("k")
    assert scan.index.tolist() == [2, 3, 4, 5]
    for k, row in scan.iterrows():
        alone = KMeans(k, n_init=5, random_state=0).fit(values)
        assert row["inertia"] == pytest.approx(alone.inertia_)
        assert row["silhouette"] == pytest.approx(silhouette_score(values, alone.labels_), abs=1e-9)
    assert scan["silhouette"].idxmax() == 3
    assert scan["inertia"].is_monotonic_decreasing
    assert model.n_clusters == 4


def test_scores_are_taken_in_the_prepared_space_not_the_projected() -> None:
    points, _ = prepared()
    values = points.to_numpy()
    squeezed = np.column_stack([values[:, 0], np.zeros(len(values))])
    scan = scan_k(Flow(NOTHING, KMeans(n_init=5, random_state=0)), squeezed, values, [3], Effort(), seed=0)
    labels = KMeans(3, n_init=5, random_state=0).fit_predict(squeezed)
    assert scan["silhouette"].item() == pytest.approx(silhouette_score(values, labels), abs=1e-9)


def test_repeated_fits_are_views_of_their_own() -> None:
    """Each view is what its function says of the model at that k; all that choose find three."""
    values = prepared()[0].to_numpy()
    flow = Flow(NOTHING, KMeans(n_init=3, random_state=0))
    scan = scan_k(flow, values, values, range(2, 6), Effort(views=3), seed=0).set_index("k")
    four = Flow(NOTHING, KMeans(4, n_init=3, random_state=0))
    labels = four.model.fit(values).labels_
    stable = compute_bootstrap_jaccard(four, values, labels, 3, 0)["jaccard"].mean()
    assert scan.loc[4, "stability"] == pytest.approx(stable)
    assert scan.loc[4, "prediction_strength"] == pytest.approx(
        compute_prediction_strength(four, values, 3, 0).value
    )
    assert (scan["null"] < scan["silhouette"]).loc[3]
    assert set(list_k_choices(scan.reset_index()).values()) == {3}


def test_without_draws_there_are_no_such_views() -> None:
    values = prepared()[0].to_numpy()
    scan = scan_k(Flow(NOTHING, KMeans(n_init=3, random_state=0)), values, values, [2, 3], Effort(), seed=0)
    views = [measure for measure in MEASURES if measure.view]
    assert {"k", "customers"} | {one.view.column for one in views if one.draws is None} == set(scan)
    assert {one.view.column for one in views if one.draws} > {"stability", "gap"}


def test_above_the_sample_every_k_is_tried_on_a_part_of_the_customers() -> None:
    values = prepared()[0].to_numpy()
    flow = Flow(NOTHING, KMeans(n_init=3, random_state=0))
    scan = scan_k(flow, values, values, [2, 3, 4], Effort(sample=60), seed=0).set_index("k")
    assert scan["customers"].eq(60).all()
    assert scan["silhouette"].idxmax() == 3


def test_a_tree_is_cut_where_other_models_are_fitted_again() -> None:
    values = prepared()[0].to_numpy()
    scan = scan_k(Flow(NOTHING, Hierarchical()), values, values, [2, 3, 4], Effort(), seed=0).set_index("k")
    labels = AgglomerativeClustering(4).fit_predict(values)
    assert scan.loc[4, "silhouette"] == pytest.approx(silhouette_score(values, labels))


def test_views_that_disagree_are_said_to() -> None:
    assert "disagree (silhouette 2, gap 5)" in describe_k_agreement({"silhouette": 2, "gap": 5})
    assert describe_k_agreement({"silhouette": 2, "gap": 2}) == "The views that choose agree."
    assert "No view" in describe_k_agreement({})


def test_a_run_and_its_table_say_the_same_at_its_own_k() -> None:
    """The table's draws are the run's first ones: with as many, they are the run's."""
    values = prepared()[0].to_numpy()
    model, effort = KMeans(4, n_init=3, random_state=0), Effort(bootstraps=3, splits=3, views=3, gaps=60)
    drawn = draw_refit_sample(Flow(NOTHING, model), values, clone(model).fit(values).labels_, effort, seed=0)
    own = compute_bootstrap_jaccard(drawn.flow, drawn.points, drawn.labels, 3, 0)["jaccard"].mean()
    strength = compute_prediction_strength(drawn.flow, drawn.points, 3, 0)
    row = scan_k(Flow(NOTHING, model), values, values, [3, 4], effort, seed=0).set_index("k").loc[4]
    assert row["stability"] == pytest.approx(own)
    assert row["prediction_strength"] == pytest.approx(strength.value)
    assert row["prediction_strength_low"] <= strength.value <= row["prediction_strength_high"]


def test_own_evidence_takes_the_place_of_fewer_draws_and_nothing_else() -> None:
    features, values = prepared()[0], prepared()[0].to_numpy()
    few, many = Effort(views=2, gaps=400), Effort(bootstraps=8, splits=6, gaps=400)
    segmenter = Segmenter(NOTHING, NOTHING, KMeans(4, n_init=3, random_state=0)).fit(features)
    found = gather_evidence(segmenter, features, features, many, seed=0)
    scan = scan_k(Flow(NOTHING, KMeans(n_init=3, random_state=0)), values, values, range(1, 6), few, seed=0)
    table = put_own_evidence(scan, 4, found).set_index("k")
    for column, metric in {
        "stability": "stability/jaccard_mean",
        "prediction_strength": "stability/prediction_strength",
        "prediction_strength_low": "stability/prediction_strength_low",
        "silhouette": "separation/silhouette",
        "gaps": "gaps/share",
    }.items():
        assert table.loc[4, column] == pytest.approx(found.metrics[metric]), column
    others = scan.set_index("k").drop(index=4)
    pd.testing.assert_frame_equal(table.drop(index=4), others)
    kept = put_own_evidence(scan.drop(columns="stability"), 4, found)
    assert "stability" not in kept


def test_borders_are_gaps_as_long_as_no_group_is_cut() -> None:
    values = prepared()[0].to_numpy()
    flow = Flow(NOTHING, KMeans(n_init=3, random_state=0))
    scan = scan_k(flow, values, values, range(1, 6), Effort(gaps=400), seed=0).set_index("k")
    assert scan.loc[[1, 3], "gaps"].tolist() == [1.0, 1.0]
    assert scan.loc[5, "gaps"] < 1
    assert (scan["gaps_low"] <= scan["gaps_high"]).all()
    assert list_k_choices(scan.reset_index())["gaps"] == 3


def test_a_mixture_has_a_likelihood_of_one_segment_too() -> None:
    values = prepared()[0].to_numpy()
    scan = scan_k(Flow(NOTHING, GaussianMixture(random_state=0)), values, values, [1, 3], Effort(), seed=0)
    alone = GaussianMixture(1, random_state=0).fit(values)
    assert scan["bic"].iloc[0] == pytest.approx(alone.bic(values))


def test_views_that_choose_another_k_than_the_run_say_so() -> None:
    chosen = {"silhouette": 2, "stability": 2, "null": 2, "gap": 8, "gaps": 1}
    assert describe_k_distance(chosen, 5) == (
        "Of 5 views over the number of segments 3 choose 2, and none chooses 5, as this run has it: see the "
        "figure 'How many segments?'."
    )
    assert "3 choose 2, and 1 chooses 8" in describe_k_distance(chosen, 8)
    assert describe_k_distance(chosen, 2) == ""
    assert describe_k_distance({"silhouette": 2, "gap": 5}, 4) == ""
    assert describe_k_distance({"a": 2, "b": 2, "c": 5, "d": 5}, 5) == ""
    assert describe_k_distance({}, 4) == ""
