"""The views over k."""

import numpy as np
import pytest
from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import FunctionTransformer

from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.k_scan import describe_k_agreement, list_k_choices, scan_k
from segmentlab.evaluation.metrics import MEASURES
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.stability import compute_bootstrap_jaccard, compute_prediction_strength
from segmentlab.modelling.hierarchy import Hierarchical
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
