"""DBCV: high where sparse places part dense ones, and missing where it has no meaning."""

import numpy as np
import pytest
from hdbscan.validity import validity_index

from segmentlab.evaluation.diagnostics import compute_dbcv
from segmentlab.evaluation.draws import Effort
from segmentlab.modelling.density import Hdbscan
from tests.evaluation.test_gather import evidence, kmeans
from tests.planted import blobs, moons


def test_bent_groups_are_valid_and_a_straight_cut_through_them_is_not() -> None:
    points, truth = moons()
    cut = (points[:, 0] > 0.5).astype(int)
    bent, straight = (compute_dbcv(points, labels, 10_000, 0)[0] for labels in (truth, cut))
    assert bent is not None and straight is not None  # noqa: PT018
    assert bent > straight + 0.5
    assert bent == pytest.approx(validity_index(points, truth))


def test_customers_called_noise_count_for_nobody() -> None:
    points, truth = blobs()
    thinned = np.where(np.arange(len(truth)) % 2 == 0, -1, truth)
    whole, half = (compute_dbcv(points, labels, 10_000, 0)[0] for labels in (truth, thinned))
    assert whole is not None and half is not None  # noqa: PT018
    assert half < 0.6 * whole


@pytest.mark.parametrize("labels", [np.full(600, -1), np.zeros(600, dtype=int)])
def test_one_segment_or_none_has_no_value(labels: np.ndarray) -> None:
    assert compute_dbcv(blobs()[0], labels, 10_000, 0) == (None, ())


def test_where_the_library_gives_up_the_value_is_missing_and_a_note_says_so() -> None:
    points, truth = blobs()
    alone = np.where(truth == 0, 0, -1)
    alone[-1] = 1
    value, notes = compute_dbcv(points, alone, 10_000, 0)
    assert value is None
    assert "not available" in notes[0]


def test_single_precision_is_computed_in_double() -> None:
    points, truth = blobs()
    single = points.astype(np.float32)
    assert compute_dbcv(single, truth, 10_000, 0) == compute_dbcv(single.astype(np.float64), truth, 10_000, 0)


def test_a_sample_is_stated_and_near_the_whole() -> None:
    points, truth = blobs()
    whole, (part, notes) = compute_dbcv(points, truth, 10_000, 0)[0], compute_dbcv(points, truth, 300, 0)
    assert part == pytest.approx(whole, abs=0.2)
    assert notes == ("DBCV comes from a stratified sample of 300 of 600 customers.",)


def test_only_models_that_look_for_dense_places_have_it() -> None:
    points, _ = blobs()
    assert evidence(Effort(), points, Hdbscan(25)).metrics["separation/dbcv"] > 0
    assert "separation/dbcv" not in evidence(Effort(), points, kmeans()).metrics
