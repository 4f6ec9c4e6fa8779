"""Very many customers: a model learns from all of them in Spark, and Spark places and sums them.

A sample of them has come here and was segmented as usual. What it gave (who is set apart, the preparation,
the projection) goes to the customers; sums, centres and a folder of Parquet come back.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, cast

import numpy as np
import pandas as pd
from sklearn.cluster import BisectingKMeans, KMeans
from sklearn.mixture import GaussianMixture

from segmentlab.evaluation import SegmentSums, compute_simplified_silhouettes, put_sums
from segmentlab.flow.result import FittedSegments, Plan
from segmentlab.modelling import (
    NOISE,
    NOT_APART,
    Clusterer,
    OwnPrediction,
    Points,
    Scorer,
    Segmenter,
    find_apart_rules,
    make_centre_model,
    make_mixture_model,
    rank_sums,
)
from segmentlab.segments import list_totals, portray_everybody
from segmentlab.transactions import has_kept_nothing

if TYPE_CHECKING:
    from segmentlab.transactions import Crowd

STARTS: Final = 3  # of MLlib, each as many passes over all customers as it takes to settle
AS_GOOD: Final = 1e-9  # relative; sums that are taken in another order differ by less
MONEY: Final = ("gross", "returned", "net")


# What Spark does with some thousand customers at a time. Each is sent to every machine.


@dataclass(frozen=True)
class _Project:
    """Where those stand whom no rule sets apart."""

    scorer: Scorer

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        features = _read_features(self.scorer, rows)
        stayed = features[find_apart_rules(self.scorer.apart, features) == NOT_APART]
        if stayed.empty:
            return pd.DataFrame()
        points = self.scorer.project(self.scorer.prepare(stayed))
        return pd.DataFrame(points, index=stayed.index).add_prefix("x")


@dataclass(frozen=True)
class _Rate:
    """How well each model fits: minus the squared distances, or the logarithm of the likelihood."""

    models: Sequence[KMeans | GaussianMixture]

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        points = rows.to_numpy()
        scores = [
            model.score(points) * (len(points) if isinstance(model, GaussianMixture) else 1)
            for model in self.models
        ]
        return pd.DataFrame({"score": scores})


@dataclass(frozen=True)
class _AddUp:
    """Sums by the model's own label: customers, money, and where they stand when prepared."""

    scorer: Scorer

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        features = _read_features(self.scorer, rows)
        prepared = self.scorer.prepare(features).to_numpy()
        sums = pd.DataFrame(prepared).add_prefix("x")
        sums["customers"], sums["revenue"] = 1.0, rows["revenue"].to_numpy(dtype=np.float64)
        return sums.groupby(self.scorer.unnumbered.predict(features)).sum()


@dataclass(frozen=True)
class _Place:
    """Segment, name and confidence, and how far from the middle of the segment."""

    scorer: Scorer
    middles: Points

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        features = _read_features(self.scorer, rows)
        placed = self.scorer.assign(features)
        labels = placed["segment"].to_numpy()
        prepared = self.scorer.prepare(features).to_numpy()
        distance, silhouette = compute_simplified_silhouettes(prepared, labels, self.middles)
        nothing = has_kept_nothing(rows[list(MONEY)]).to_numpy(dtype=np.int64)
        return placed.assign(distance=distance, silhouette=silhouette, kept_nothing=nothing)


PLACED: Final = {
    "segment": "bigint",
    "name": "string",
    "confidence": "double",
    "distance": "double",
    "silhouette": "double",
    "kept_nothing": "bigint",
}


def _read_features(scorer: Scorer, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.set_index("customer_id")[list(scorer.features)]


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
        _AddUp(scorer),
        "segment",
        ["customers", "revenue", *places],
        ["customer_id", "revenue", *scorer.features],
    )
    order = rank_sums(sums.index.tolist(), sums["customers"].to_numpy(), sums["revenue"].to_numpy())
    segmenter.renumber(features, order)
    ordered = sums.loc[order]
    customers = ordered["customers"].to_numpy()
    middles = ordered[places].to_numpy() / customers[:, None]
    noise = int(sums["customers"].get(NOISE, 0))
    return CrowdSums(customers, middles, noise)


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
    points = crowd.make_points(_Project(scorer), scorer.features, segmenter.points_.shape[1])
    try:
        candidates = [_make_plain(model), *_fit_in_spark(model, points, plan.seed)]
        places = [f"x{place}" for place in range(segmenter.points_.shape[1])]
        scores = points.sum_up(_Rate(candidates), "candidate", ["score"], places)["score"].to_numpy()
    finally:
        points.rows.unpersist()
    # The first that is as good as the best, MLlib's before the sample's.
    best = next(
        place
        for place in (*range(1, len(scores)), 0)
        if scores[place] >= max(scores) - AS_GOOD * abs(max(scores))
    )
    segmenter.follow(OwnPrediction.of(candidates[best]), segmenter.scorer_.first_free)
    fits = f"the best of {len(candidates) - 1} fits" if len(candidates) > 2 else "one fit"
    learnt = f"{kind} was learnt by Spark's MLlib from all {crowd.customers:,} customers ({fits}), for {why}."
    if best == 0:
        learnt += " The fit of the sample is closer to all of them than MLlib's, and was taken."
    return f"{learnt} Preparation, names, evidence and figures rest on {rest}."


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
    placed = crowd.add(_Place(scorer, sums.middles), PLACED, needed)
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
