"""Customers placed from what is kept of their lines: the same as `place_customers` says of the lines."""

from datetime import date

import pandas as pd

from segmentlab.features import read_histories
from segmentlab.flow.kept_log import KeptLog
from segmentlab.flow.place import LeastHistory, Recipe, ScoredCustomers, complete_places, place_features
from segmentlab.flow.standing import place_histories
from segmentlab.flow.steps import StepTimer
from segmentlab.modelling import Scorer
from segmentlab.transactions import fetch


def place_kept_customers(
    recipe: Recipe,
    scorer: Scorer,
    kept: KeptLog,
    as_of: date | None,
    least: LeastHistory,
    steps: StepTimer,
) -> ScoredCustomers:
    """Describe and place from sums, with no line read and nothing learnt on the way."""
    day = kept.find_day(as_of)
    with steps("features"):
        people = kept.find_people(day)
        totals = people.select("customer_id", "line_total", "timestamp", orders=people["invoices"])
        features = recipe.features.describe_sums(totals, kept.find_days(day), day)
        known = fetch(people.order_by("customer_id")).set_index("customer_id")
    with steps("place"):
        placed = place_features(scorer, features, _find_short_histories(known, least, day))
        placed = placed.assign(revenue=known["line_total"].round(6))

    def stand() -> pd.DataFrame:
        assert recipe.laws is not None
        histories = read_histories(known[known["orders"].notna()].drop(columns=BESIDE_HISTORIES), day)
        return place_histories(recipe.laws, histories, known["net"])

    return complete_places(recipe, placed, stand, day, least, steps)


BESIDE_HISTORIES = ["invoices", "line_total", "timestamp", "first_day", "net"]


def _find_short_histories(known: pd.DataFrame, least: LeastHistory, as_of: date) -> pd.Index:
    if least.asks_for_nothing:
        return pd.Index([])
    days = (pd.Timestamp(as_of) - pd.to_datetime(known["first_day"])).dt.days
    return known.index[(known["invoices"] < least.orders) | (days < least.days)]
