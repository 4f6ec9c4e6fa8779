"""The views over k."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from segmentlab.evaluation.k_scan import scan_k
from tests.evaluation.test_separation import prepared


def test_each_row_is_the_model_fitted_at_that_k() -> None:
    points, _ = prepared()
    values = points.to_numpy()
    model = KMeans(4, n_init=5, random_state=0)
    scan = scan_k(model, values, values, range(2, 6), sample=10_000, seed=0).set_index("k")
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
    scan = scan_k(KMeans(n_init=5, random_state=0), squeezed, values, [3], sample=10_000, seed=0)
    labels = KMeans(3, n_init=5, random_state=0).fit_predict(squeezed)
    assert scan["silhouette"].item() == pytest.approx(silhouette_score(values, labels), abs=1e-9)
