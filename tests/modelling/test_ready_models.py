"""A model made of the arrays that another learnt answers as that one does."""

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from segmentlab.modelling.placement import OwnPrediction
from segmentlab.modelling.ready_models import make_centre_model, make_mixture_model, rank_sums
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers

POINTS = np.random.default_rng(0).normal(size=(300, 3)) + np.repeat(
    [[0, 0, 0], [4, 1, 0], [0, 5, 2]], 100, axis=0
)


def test_centres_place_as_the_model_that_learnt_them() -> None:
    learnt = KMeans(3, random_state=0).fit(POINTS)
    made = make_centre_model(learnt.cluster_centers_)
    np.testing.assert_allclose(made.cluster_centers_, learnt.cluster_centers_, rtol=1e-12)
    assert (made.predict(POINTS) == learnt.labels_).all()


def test_components_place_as_the_mixture_that_learnt_them() -> None:
    learnt = GaussianMixture(3, random_state=0).fit(POINTS)
    made = make_mixture_model(learnt.weights_, learnt.means_, learnt.covariances_)
    np.testing.assert_allclose(made.predict_proba(POINTS), learnt.predict_proba(POINTS), atol=1e-9)


def test_sums_rank_labels_by_mean_money_then_size_and_never_noise() -> None:
    ranked = rank_sums([-1, 0, 1, 2], np.array([9.0, 10.0, 20.0, 5.0]), np.array([900.0, 20.0, 40.0, 50.0]))
    assert ranked.tolist() == [2, 1, 0]
    assert rank_sums([0, 1], np.array([1.0, 2.0]), None).tolist() == [1, 0]


def test_a_segmenter_follows_what_was_learnt_from_more_customers() -> None:
    features, revenue, _ = plant_customers(40)
    segmenter = Segmenter(model=KMeans(3, n_init=2, random_state=0)).fit(features, value=revenue)
    before = segmenter.labels_
    centres = segmenter.model_.cluster_centers_[::-1]
    segmenter.follow(OwnPrediction.of(make_centre_model(centres)), 3)
    segmenter.add_note("Learnt elsewhere.")
    segmenter.renumber(features, (2 - segmenter.scorer_.order).astype(np.int64))
    assert (segmenter.labels_ == before).all()
    assert (segmenter.predict(features) == before).all()
    assert segmenter.notes_ == ("Learnt elsewhere.",)
    pd.testing.assert_index_equal(segmenter.scorer_.assign(features).index, features.index)
