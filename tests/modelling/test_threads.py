"""Small data is fitted on one thread."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_info

from segmentlab.modelling import fitting
from segmentlab.modelling.fitting import ONE_THREAD_BELOW, limit_threads
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers as customers


class Watched(KMeans):
    """A K-Means that remembers how many threads it was given."""

    def fit(self, X, y=None, sample_weight=None):  # noqa: N803
        self.threads_ = threads("openmp") | threads("blas")
        return super().fit(X, y, sample_weight)


def test_a_small_fit_has_one_thread() -> None:
    fitted = Segmenter(FunctionTransformer(), FunctionTransformer(), Watched(3, n_init=1)).fit(customers()[0])
    assert fitted.model_.threads_ == {1}


def test_a_large_fit_keeps_the_library_s_choice_but_for_linear_algebra() -> None:
    KMeans(2, n_init=1).fit(np.eye(3))  # loads the thread pools
    before = threads("openmp")
    with limit_threads(ONE_THREAD_BELOW):
        assert threads("openmp") == before
        assert threads("blas") == {1}


def threads(user_api: str) -> set[int]:
    return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == user_api}


def test_of_very_many_customers_a_sample_shows_where_the_best_start_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitting, "ONE_THREAD_BELOW", 1_000)
    monkeypatch.setattr(fitting, "STARTS_SAMPLE", 300)
    points = np.log1p(customers(per_segment=400)[0].to_numpy())
    model = KMeans(3, n_init=10, random_state=0)
    found, plain = fitting.fit_model(clone(model), points), clone(model).fit(points)
    assert adjusted_rand_score(found.labels_, plain.labels_) == 1
    assert found.inertia_ == pytest.approx(plain.inertia_)
    assert found.get_params() == model.get_params()
    assert "among 300 of" in found.notes_[0]
