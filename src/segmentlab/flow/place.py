"""From data to scores: every customer described by the model's own recipe, and placed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.features import FeatureRecipe, count_days_until
from segmentlab.flow.standing import find_next_days, place_by_laws
from segmentlab.flow.steps import StepTimer
from segmentlab.modelling import Scorer
from segmentlab.segments import NO_STATE, NameRules, choose_states, sum_customer_value, sum_net
from segmentlab.transactions import CleaningRule, CustomersOnly, Dataset, clean_until, drop_copies
from segmentlab.value import ShopLaws

# How transactions become the rows that a model takes.


@dataclass(frozen=True)
class Recipe:
    """Cleaning and features as the model's own customers had them, with all that the feature sets learnt.

    It travels with the model. Customers who are described by another recipe have columns of the same
    names that mean something else, and nothing would tell.
    """

    cleaning: Mapping[str, CleaningRule]
    features: FeatureRecipe
    trained_on: str  # the digest of the data
    trained_as_of: date | None  # none where the model's customers have no transactions
    laws: ShopLaws | None = None  # of the model's shop; none where nothing could be learnt of its orders
    names: NameRules | None = None  # by which a customer has a state

    def behind(self, rules: Mapping[str, CleaningRule]) -> "Recipe":
        """The recipe for data that brings rules of its own, such as an overlap of its files.

        They come first, as in a run. Where the model's cleaning has a rule of the same name, that one counts.
        """
        return replace(self, cleaning={**rules, **self.cleaning})


# The history that a customer should have before a segment says much about them.


MARK_SHORT_HISTORY, LEAVE_OUT_SHORT_HISTORY = "mark", "leave_out"
HISTORY_TREATMENTS: Final = (MARK_SHORT_HISTORY, LEAVE_OUT_SHORT_HISTORY)


@dataclass(frozen=True)
class LeastHistory:
    """Fewer orders or fewer days since the first one are little: such customers are marked or left out."""

    orders: int
    days: int
    otherwise: str

    def __post_init__(self) -> None:
        if self.orders < 1 or self.days < 0:
            raise ConfigError(
                f"least.orders={self.orders} least.days={self.days}: write 1 order or more, 0 days or more."
            )
        if self.otherwise not in HISTORY_TREATMENTS:
            raise ConfigError(f"least.otherwise={self.otherwise}: write {' or '.join(HISTORY_TREATMENTS)}.")

    @property
    def asks_for_nothing(self) -> bool:
        """Everybody who bought at all has enough."""
        return self.orders == 1 and self.days == 0

    def find_lacking(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """The customers of these clean lines whose history is little."""
        known = transactions.group_by("customer_id").aggregate(
            orders=transactions["invoice_id"].nunique(),
            days=count_days_until(as_of, transactions["timestamp"].min().date()),
        )
        little = known.filter((known["orders"] < self.orders) | (known["days"] < self.days))
        return little.select("customer_id")


AHEAD_COLUMNS: Final = ("state", "alive", "buys", "expected", "next_order", "late")
SCORE_DECIMALS = 9  # of the confidence: sums that are taken in another order differ far beyond


@dataclass(frozen=True)
class ScoredCustomers:
    """Who is where on a day.

    `customers` has a row per customer, in the order of their ids: `customer_id`, `segment`, `name`,
    `confidence`, `little_history` and, where there are transactions, `revenue`. Where the model knows the
    laws of its shop, `AHEAD_COLUMNS` say what to expect; they are missing for who has ordered nothing.
    """

    customers: pd.DataFrame
    as_of: date | None  # none where customers have no transactions
    little_history: int  # how many have less than the least, whether they are marked or left out
    left_out: int
    standing: pd.DataFrame | None = None  # as `place_by_laws` has it; none where no laws are known

    @property
    def placed(self) -> int:
        """How many have a segment."""
        return len(self.customers)


def place_customers(
    recipe: Recipe,
    scorer: Scorer,
    dataset: Dataset | CustomersOnly,
    as_of: date | None,
    least: LeastHistory,
    steps: StepTimer,
) -> ScoredCustomers:
    """Clean, describe and place, with nothing learnt on the way."""
    if isinstance(dataset, CustomersOnly):
        return _place_customers_only(recipe, scorer, dataset, as_of, steps)
    with steps("clean"):
        cleaned, day = clean_until(dataset, recipe.cleaning, as_of)
    with steps("features"):
        lines = cleaned.transactions
        features = recipe.features.describe(lines, day, dataset.customers, cleaned.orders)
        little = _find_short_histories(least, lines, day)
    with steps("place"):
        placed = place_features(scorer, features, little).assign(revenue=sum_customer_value(cleaned.orders))

    def stand() -> pd.DataFrame:
        assert recipe.laws is not None
        as_read = drop_copies(dataset.transactions, recipe.cleaning)
        return place_by_laws(recipe.laws, lines, day, sum_net(as_read, day))

    return complete_places(recipe, placed, stand, day, least, steps)


def complete_places(
    recipe: Recipe,
    placed: pd.DataFrame,
    stand: Callable[[], pd.DataFrame],
    day: date,
    least: LeastHistory,
    steps: StepTimer,
) -> ScoredCustomers:
    """Add what to expect of placed customers, where the laws of the shop are known.

    `stand` says where they stand, and is asked only then.
    """
    standing, customers = None, len(placed)
    if recipe.laws is not None:
        with steps("value"):
            standing = stand()
            placed = add_ahead(placed, recipe, standing, day)
    little = int(placed["little_history"].sum())
    if least.otherwise == LEAVE_OUT_SHORT_HISTORY:
        placed = placed[~placed["little_history"]]
    return ScoredCustomers(placed.reset_index(), day, little, customers - len(placed), standing)


def _place_customers_only(
    recipe: Recipe, scorer: Scorer, dataset: CustomersOnly, as_of: date | None, steps: StepTimer
) -> ScoredCustomers:
    """Without transactions there is nothing to clean, no date and no history."""
    dataset.refuse_day(as_of)
    with steps("features"):
        features = recipe.features.describe_customers(dataset.customers)
    with steps("place"):
        placed = place_features(scorer, features, pd.Index([]))
    return ScoredCustomers(placed.reset_index(), None, 0, 0)


def add_ahead(placed: pd.DataFrame, recipe: Recipe, standing: pd.DataFrame, day: date) -> pd.DataFrame:
    """The customers with what to expect of each, and their states, where the recipe knows laws."""
    told = placed.join(_tell_ahead(standing, day))
    if recipe.laws is not None and recipe.names is not None:
        states = choose_states(recipe.names.find_true(recipe.laws, standing))
        told["state"] = states.reindex(told.index, fill_value=NO_STATE)
    return told


def _tell_ahead(standing: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """What to expect of each customer, within the horizon of the shop."""
    told = standing.round(SCORE_DECIMALS).assign(next_order=find_next_days(standing["next_in"], as_of))
    return told[[name for name in AHEAD_COLUMNS if name in told]]


def _find_short_histories(least: LeastHistory, lines: ir.Table, as_of: date) -> pd.Index:
    if least.asks_for_nothing:
        return pd.Index([])
    customers: pd.DataFrame = least.find_lacking(lines, as_of).to_pandas()
    return customers.set_index("customer_id").index


def place_features(scorer: Scorer, features: pd.DataFrame, little: pd.Index) -> pd.DataFrame:
    """The segment of each of these customers, and how sure it is.

    Scorers place block by block, so the features of everybody are the most that memory holds.
    """
    placed = scorer.assign(features)
    return placed.assign(
        confidence=placed["confidence"].round(SCORE_DECIMALS), little_history=placed.index.isin(little)
    )
