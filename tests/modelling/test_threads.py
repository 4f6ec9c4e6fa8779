"""Small data is fitted on one thread."""

import numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer
from threadpoolctl import threadpool_info

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
