"""Customers placed from what is kept of their lines: the same as `place_customers` says of the lines."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.features import read_histories
from segmentlab.flow.kept_log import KeptLog
from segmentlab.flow.place import LeastHistory, Recipe, ScoredCustomers, complete_places, place_features
from segmentlab.flow.standing import place_histories
from segmentlab.flow.steps import StepTimer
from segmentlab.modelling import (
    NOT_APART,
    Points,
    Scorer,
    find_apart_rules,
    follow_points,
    read_centres,
    replace_centres,
)
from segmentlab.transactions import fetch

HALF: Final = 0.5


BESIDE_HISTORIES: Final = ["invoices", "line_total", "timestamp", "first_day", "net"]


class KeptCustomers(NamedTuple):
    """What is known of customers as of a day: their features, and what their lines come to."""

    ids: pd.Index
    features: pd.DataFrame  # by the place of a customer among the ids: numbers are joined far faster
    sums: pd.DataFrame  # as `KeptLog.find_people` has them, likewise
    as_of: date


def describe_kept_customers(
    recipe: Recipe, kept: KeptLog, as_of: date | None, steps: StepTimer
) -> KeptCustomers:
    """Describe customers from sums, with no line read and nothing learnt on the way."""
    day = kept.find_day(as_of)
    with steps("features"):
        people = kept.find_people(day)
        totals = people.select("customer_id", "line_total", "timestamp", orders=people["invoices"])
        features = recipe.features.describe_sums(totals, kept.find_days(day), day)
        ids, places = features.index, pd.RangeIndex(len(features), name="customer_id")
        sums = fetch(people.order_by("customer_id").drop("customer_id"))
    return KeptCustomers(ids, features.set_axis(places), sums.set_axis(places), day)


def place_kept_customers(
    recipe: Recipe, scorer: Scorer, described: KeptCustomers, least: LeastHistory, steps: StepTimer
) -> ScoredCustomers:
    """Place them, and say what to expect of each."""
    sums, day = described.sums, described.as_of
    with steps("place"):
        placed = place_features(scorer, described.features, _find_short_histories(sums, least, day))
        placed = placed.assign(revenue=sums["line_total"].round(6))

    def stand() -> pd.DataFrame:
        assert recipe.laws is not None
        histories = read_histories(sums[sums["orders"].notna()].drop(columns=BESIDE_HISTORIES), day)
        return place_histories(recipe.laws, histories, sums["net"])

    return _name_customers(complete_places(recipe, placed, stand, day, least, steps), described.ids)


def _name_customers(scored: ScoredCustomers, ids: pd.Index) -> ScoredCustomers:
    """The same, each by the id."""
    customers, standing = scored.customers, scored.standing
    customers = customers.assign(customer_id=ids[customers["customer_id"]])
    standing = None if standing is None else standing.set_axis(ids[standing.index])
    return replace(scored, customers=customers, standing=standing)


def _find_short_histories(known: pd.DataFrame, least: LeastHistory, as_of: date) -> pd.Index:
    if least.asks_for_nothing:
        return pd.Index([])
    days = (pd.Timestamp(as_of) - pd.to_datetime(known["first_day"])).dt.days
    return known.index[(known["invoices"] < least.orders) | (days < least.days)]


# Centres that follow.


@dataclass(frozen=True)
class CentreRules:
    """How centres follow their customers: by which part of the way, and how far in all."""

    rate: float
    most: float

    def __post_init__(self) -> None:
        if not 0 <= self.rate <= 1 or not 0 <= self.most < HALF:
            raise ConfigError(
                f"centres.rate={self.rate} centres.most={self.most}: write a rate from 0 to 1, and at most "
                "less than one half of the way to the next centre, for there two could meet."
            )


def find_centres(scorer: Scorer) -> Points:
    """The centres that a model was learnt with; refused where a model has none."""
    centres = read_centres(scorer.assigner)
    if centres is None:
        raise ConfigError(
            "centres.rate= is of models that place by the nearest centre: kmeans, minibatch_kmeans and "
            "balanced_kmeans. This one does not: leave it at 0, and learn a new model now and then."
        )
    return centres


def move_scorer(scorer: Scorer, centres: Points) -> Scorer:
    """The scorer with its centres elsewhere; segments keep their numbers and names."""
    return replace(scorer, assigner=replace_centres(scorer.assigner, centres))


def follow_customers(scorer: Scorer, home: Points, features: pd.DataFrame, rules: CentreRules) -> Points:
    """Where the centres go after these customers were placed; who is set apart by a rule moves none."""
    stayed = features[find_apart_rules(scorer.apart, features) == NOT_APART]
    points = scorer.project(scorer.prepare(stayed))
    labels, _ = scorer.assigner.assign(points)
    centres = find_centres(scorer)
    return follow_points(home, centres, points, labels, rules.rate, rules.most)
