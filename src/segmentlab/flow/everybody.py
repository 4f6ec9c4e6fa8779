"""Very many customers: a model learns from all of them in Spark, and Spark places and sums them.

A sample of them has come here and was segmented as usual. What it gave (who is set apart, the preparation,
the projection) goes to the customers; sums, centres and a folder of Parquet come back.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import numpy as np
import pandas as pd
from sklearn.cluster import BisectingKMeans, KMeans
from sklearn.mixture import GaussianMixture

from segmentlab.errors import DataError
from segmentlab.evaluation import SegmentSums, put_sums
from segmentlab.flow.batches import MONEY, PLACED, AddUp, Place, Project, Rate
from segmentlab.flow.result import FittedSegments, Plan
from segmentlab.modelling import (
    NOISE,
    Clusterer,
    OwnPrediction,
    Points,
    Segmenter,
    make_centre_model,
    make_mixture_model,
    rank_sums,
)
from segmentlab.segments import list_totals, portray_everybody

if TYPE_CHECKING:
    from segmentlab.transactions import Crowd

STARTS: Final = 3  # of MLlib, each as many passes over all customers as it takes to settle
AS_GOOD: Final = 1e-9  # relative; sums that are taken in another order differ by less


# The model, learnt from everybody where Spark has it.


class CrowdSums(NamedTuple):
    """By segment: how many customers, and their mean when prepared. Noise is no segment."""

    customers: Points
    middles: Points
    noise: int


def learn_from_everybody(
    segmenter: Segmenter, plan: Plan, crowd: "Crowd", features: pd.DataFrame
) -> CrowdSums:
    """Give a segmenter of a sample what Spark learns from everybody; segments are numbered by everybody."""
    segmenter.add_note(_learn_model(segmenter, plan, crowd, len(features)))
    scorer = segmenter.scorer_
    width = len(scorer.features)
    places = [f"x{place}" for place in range(width)]
    sums = crowd.sum_up(
        AddUp(scorer),
        "segment",
        ["customers", "revenue", *places],
        ["customer_id", "revenue", *scorer.features],
    )
    order = rank_sums(sums.index.tolist(), sums["customers"].to_numpy(), sums["revenue"].to_numpy())
    segmenter.renumber(features, order)
    _check_all_seen(segmenter, sums["customers"])
    ordered = sums.loc[order]
    customers = ordered["customers"].to_numpy()
    middles = ordered[places].to_numpy() / customers[:, None]
    noise = int(sums["customers"].get(NOISE, 0))
    return CrowdSums(customers, middles, noise)


def _check_all_seen(segmenter: Segmenter, sizes: pd.Series) -> None:
    """Refuse a segment of which nobody was looked at: it could not be named, judged or drawn."""
    seen = set(segmenter.labels_.tolist())
    for number, label in enumerate(segmenter.scorer_.order):
        if number not in seen:
            raise DataError(
                f"A segment of {int(sizes[label]):,} customers has none in the sample of "
                f"{len(segmenter.labels_):,}, so nothing can be said of it. Raise engine.sample, or ask for "
                "fewer segments."
            )


def _learn_model(segmenter: Segmenter, plan: Plan, crowd: "Crowd", seen: int) -> str:
    """Which way was taken, and why."""
    assert plan.crowd is not None
    model, kind = segmenter.model_, type(segmenter.model_).__name__
    why = f"they are more than engine.most_here={plan.crowd.most_here:,}"
    rest = f"a sample of {seen:,} of them, drawn by what they paid and a hash of their ids"
    if not _is_known_to_spark(model):
        return (
            f"{kind} was learnt from {rest}, and Spark placed all {crowd.customers:,} customers: {why}, and "
            "Spark's MLlib has no such model."
        )
    scorer = segmenter.scorer_
    points = crowd.make_points(Project(scorer), scorer.features, segmenter.points_.shape[1])
    try:
        candidates = [_make_plain(model), *_fit_in_spark(model, points, plan.seed)]
        places = [f"x{place}" for place in range(segmenter.points_.shape[1])]
        scores = points.sum_up(Rate(candidates), "candidate", ["score"], places)["score"].to_numpy()
    finally:
        points.rows.unpersist()
    best = _choose_best(candidates, scores, segmenter.points_)
    segmenter.follow(OwnPrediction.of(candidates[best]), _count_groups(candidates[best]))
    fits = f"the best of {len(candidates) - 1} fits" if len(candidates) > 2 else "one fit"
    learnt = f"{kind} was learnt by Spark's MLlib from all {crowd.customers:,} customers ({fits}), for {why}."
    if best == 0:
        learnt += " The fit of the sample was taken: MLlib's were no better for all of them."
    return f"{learnt} Preparation, names, evidence and figures rest on {rest}."


def _choose_best(candidates: Sequence[KMeans | GaussianMixture], scores: Points, seen: Points) -> int:
    """The first that is as good as the best, MLlib's before the sample's.

    A fit of which a segment has nobody in the sample is left out: nothing could be said of that segment.
    """
    whole = [len(np.unique(one.predict(seen))) == _count_groups(one) for one in candidates[1:]]
    places = [*(place for place, fine in enumerate(whole, start=1) if fine), 0]
    best = max(scores[places])
    return next(place for place in places if scores[place] >= best - AS_GOOD * abs(best))


def _count_groups(model: KMeans | GaussianMixture) -> int:
    return len(model.weights_ if isinstance(model, GaussianMixture) else model.cluster_centers_)


def _is_known_to_spark(model: Clusterer) -> bool:
    if isinstance(model, GaussianMixture):
        return str(model.covariance_type) == "full"
    return type(model) in (KMeans, BisectingKMeans)


def _make_plain(model: Clusterer) -> KMeans | GaussianMixture:
    """The model of the sample as one of arrays: of bisecting K-Means the nearest centre decides then."""
    if isinstance(model, GaussianMixture):
        return make_mixture_model(model.weights_, model.means_, model.covariances_)
    return make_centre_model(cast("KMeans", model).cluster_centers_)


def _fit_in_spark(model: Clusterer, points: "Crowd", seed: int) -> list[KMeans | GaussianMixture]:
    from segmentlab.transactions import Search, fit_bisecting_kmeans, fit_kmeans, fit_mixture

    asked = model.get_params()
    if isinstance(model, GaussianMixture):
        search = Search(asked["n_components"], asked["max_iter"], asked["tol"], seed)
        return [make_mixture_model(*fit_mixture(points.rows, search))]
    # MLlib stops when no centre moves further; scikit-learn compares squares, in units of the variance.
    search = Search(asked["n_clusters"], asked["max_iter"], math.sqrt(asked["tol"]), seed)
    if isinstance(model, BisectingKMeans):
        return [make_centre_model(fit_bisecting_kmeans(points.rows, search))]
    starts = range(STARTS if asked["n_init"] == "auto" else min(STARTS, asked["n_init"]))
    return [
        make_centre_model(fit_kmeans(points.rows, search._replace(seed=seed + start))) for start in starts
    ]


# Everybody placed, written and summed.


SPREAD: Final = {
    "squares": "sum(distance * distance)",
    "distances": "sum(distance)",
    "silhouettes": "sum(silhouette)",
}


def place_everybody(fitted: FittedSegments, crowd: "Crowd", sums: CrowdSums) -> FittedSegments:
    """Place all customers where they are, and say of segments what all of them tell."""
    scorer, features = fitted.segmenter.scorer_, fitted.described.features
    needed = ["customer_id", *MONEY, *scorer.features]
    placed = crowd.add(Place(scorer, sums.middles), PLACED, needed)
    totals = {**list_totals(placed.rows.columns), **SPREAD}
    found = placed.describe_groups("segment", totals, list(scorer.features))
    own = found[found.index != NOISE]
    exact = SegmentSums(
        own["customers"].to_numpy(dtype=np.float64),
        sums.middles,
        own["squares"].to_numpy(),
        own["distances"].to_numpy(),
        own["silhouettes"].to_numpy(),
        sums.noise,
    )
    told = (
        f"Sizes, money, means and separation/simplified_silhouette are of all {crowd.customers:,} customers; "
        "their medians are approximate."
    )
    assert features.as_of is not None
    months = placed.sum_months("segment")
    return replace(
        fitted,
        portrait=portray_everybody(fitted.portrait, found, months, features.as_of, told),
        separation=put_sums(fitted.separation, exact, told),
        everybody=placed.write(
            "customers.parquet", ["customer_id", "segment", "name", "confidence", *MONEY, *scorer.features]
        ),
    )
