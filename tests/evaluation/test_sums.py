"""What sums over all customers tell of segments is what their rows tell."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from segmentlab.evaluation.separation import measure_separation
from segmentlab.evaluation.sums import SegmentSums, compute_simplified_silhouettes, put_sums


def sum_up(points: np.ndarray, labels: np.ndarray) -> SegmentSums:
    """As an engine would: one row after the other."""
    own = range(labels.max() + 1)
    middles = np.array([points[labels == each].mean(axis=0) for each in own])
    distances, silhouettes = compute_simplified_silhouettes(points, labels, middles)
    return SegmentSums(
        *(np.array([values[labels == each].sum() for each in own]) for values in (np.ones(len(labels)),)),
        middles,
        *(
            np.array([values[labels == each].sum() for each in own])
            for values in (distances**2, distances, silhouettes)
        ),
        int((labels == -1).sum()),
    )


@pytest.mark.parametrize("noise", [0, 30])
def test_sums_give_the_scores_of_all_rows(noise: int) -> None:
    generator = np.random.default_rng(3)
    points = generator.normal(size=(400, 3)) + np.repeat([[0, 0, 0], [6, 0, 1]], 200, axis=0)
    labels = np.repeat([0, 1, 2, 3], 100)
    labels[:noise] = -1
    rows = measure_separation(pd.DataFrame(points), labels, sample=1_000, seed=0)
    sample = measure_separation(pd.DataFrame(points[::4]), labels[::4], sample=1_000, seed=0)
    told = put_sums(sample, sum_up(points, labels), "Of all.")
    exact = {
        name: value for name, value in rows.metrics.items() if not name.startswith("separation/silhouette")
    }
    assert {name: told.metrics[name] for name in exact} == pytest.approx(exact)
    real = labels >= 0
    assert told.metrics["separation/calinski_harabasz"] == pytest.approx(
        calinski_harabasz_score(points[real], labels[real])
    )
    assert told.metrics["separation/davies_bouldin"] == pytest.approx(
        davies_bouldin_score(points[real], labels[real])
    )
    assert told.metrics["separation/silhouette"] == sample.metrics["separation/silhouette"]
    assert told.notes[-1] == "Of all."


def test_simplified_silhouettes_by_hand() -> None:
    points, middles = np.array([[1.0], [4.0], [10.0]]), np.array([[0.0], [10.0]])
    distances, values = compute_simplified_silhouettes(points, np.array([0, 0, -1]), middles)
    np.testing.assert_allclose(distances, [1, 4, np.nan])
    np.testing.assert_allclose(values, [8 / 9, 2 / 6, np.nan])


def test_one_segment_has_no_other_to_be_compared_with() -> None:
    _, values = compute_simplified_silhouettes(np.array([[1.0]]), np.array([0]), np.array([[0.0]]))
    assert values.tolist() == [0.0]
