"""From data to scores: every customer described by the model's own recipe, and placed."""

from dataclasses import dataclass
from datetime import date

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.modelling.scorer import Scorer
from segmentlab.scoring.least import LEAVE_OUT, LeastHistory
from segmentlab.scoring.recipe import Recipe
from segmentlab.segments.value import customer_value
from segmentlab.steps import Steps
from segmentlab.transactions.dataset import CustomersOnly, Dataset
from segmentlab.transactions.schema import check_values
from segmentlab.transactions.until import clean_until

DECIMALS = 9  # of the confidence: sums that are taken in another order differ far beyond


@dataclass(frozen=True)
class Scored:
    """Who is where on a day.

    `customers` has a row per customer, in the order of their ids: `customer_id`, `segment`, `name`,
    `confidence`, `little_history` and, where there are transactions, `revenue`.
    """

    customers: pd.DataFrame
    as_of: date | None  # none where customers have no transactions
    little_history: int  # how many have less than the least, whether they are marked or left out
    left_out: int


def place(
    recipe: Recipe,
    scorer: Scorer,
    dataset: Dataset | CustomersOnly,
    as_of: date | None,
    least: LeastHistory,
    steps: Steps,
) -> Scored:
    """Clean, describe and place, with nothing learnt on the way."""
    if isinstance(dataset, CustomersOnly):
        return _place_customers(recipe, scorer, dataset, as_of, steps)
    with steps("clean"):
        check_values(dataset.transactions, dataset.source)
        cleaned, day = clean_until(dataset, recipe.cleaning, as_of)
    with steps("features"):
        lines = cleaned.transactions
        features = recipe.features.describe(lines, day, dataset.customers)
        little = _little(least, lines, day)
    with steps("place"):
        placed = _placed(scorer, features, little).assign(revenue=customer_value(lines))
    if least.otherwise == LEAVE_OUT:
        placed = placed[~placed["little_history"]]
    return Scored(placed.reset_index(), day, len(little), len(features) - len(placed))


def _place_customers(
    recipe: Recipe, scorer: Scorer, dataset: CustomersOnly, as_of: date | None, steps: Steps
) -> Scored:
    """Without transactions there is nothing to clean, no date and no history."""
    if as_of is not None:
        raise ConfigError(f"as_of={as_of}: {dataset.name} has no transactions, so no date to end at.")
    with steps("features"):
        features = recipe.features.describe_customers(dataset.customers)
    with steps("place"):
        placed = _placed(scorer, features, pd.Index([]))
    return Scored(placed.reset_index(), None, 0, 0)


def _little(least: LeastHistory, lines: ir.Table, as_of: date) -> pd.Index:
    return pd.Index([]) if least.asks_for_nothing else least.lacking(lines, as_of)


def _placed(scorer: Scorer, features: pd.DataFrame, little: pd.Index) -> pd.DataFrame:
    """Scorers place block by block, so the features of everybody are the most that memory holds."""
    placed = scorer.assign(features)
    return placed.assign(
        confidence=placed["confidence"].round(DECIMALS), little_history=placed.index.isin(little)
    )
