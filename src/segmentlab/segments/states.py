"""States: which names are true of a customer, by conditions on where they stand in their own rhythm."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.value import ShopLaws

# What a condition may be about, of one customer: as `ShopLaws.place` tells it, or made of that.
QUANTITIES: Final = {
    "orders": "days on which they bought",
    "age": "days since the first order",
    "age_in_gaps": "the same in the gaps that half of those who came back left before the second order",
    "silent": "days since the last order",
    "gap": "days within which half of such customers order again",
    "late_gap": "days within which nine in ten do",
    "late": "how late they are, in gaps of their own",
    "waits": "how likely as long a silence is of who has not left: from 0 to 1",
    "alive": "how likely it is that they have not left",
    "buys": "how likely they are to order within the horizon",
    "next_in": "days from today on within which half of those who have not left order",
    "spent": "what they have spent in all",
    "spent_in_best": "the same, of what a tenth of the customers have spent",
    "expected": "what they are expected to spend within the horizon",
    "score": "the number that customers are best ranked by",
    "score_in_best": "the same, of what a tenth of the customers reach",
    "season": "months of the year, in a row, that hold all their orders",
    "to_season": "months until these begin again; 0 within them",
    "seasons": "years in which that season brought them, from the first order to the last",
}
ONLY_GROWING: Final = ("orders", "age", "age_in_gaps")
# What is known whether or not anybody came back; all else rests on a law of when customers do.
COUNTED: Final = frozenset(
    {"orders", "age", "silent", "spent", "spent_in_best", "season", "to_season", "seasons"}
)
NO_STATE: Final = ""  # of whom no name is true
YEAR: Final = 365.25  # days

Bound = tuple[float | None, float | None]


@dataclass(frozen=True)
class NameRules:
    """The conditions of each name: bounds on quantities of a customer. The most special name comes first.

    A bound holds both its ends, and None is no end. What is not known of a customer is within no bound, so
    nobody has a name by default.

    Example:
        >>> from segmentlab.segments import NameRules
        >>> NameRules({"Loyal": {"orders": (4, None), "waits": (0.1, None)}}).names
        ['Loyal']
    """

    bounds: Mapping[str, Mapping[str, Bound]]

    def __post_init__(self) -> None:
        for name, rule in self.bounds.items():
            if not rule:
                raise ConfigError(
                    f"names.rules.{name}.when is empty: a name needs a bound on one of {_list_known()}."
                )
            for quantity, bound in rule.items():
                _check_bound(f"names.rules.{name}.when.{quantity}", quantity, bound)

    @property
    def names(self) -> list[str]:
        """Every name, the most special one first."""
        return list(self.bounds)

    @property
    def outgrown(self) -> list[str]:
        """The names that nobody comes back to: of customers with so few orders, or known for so long."""
        return [
            name
            for name, rule in self.bounds.items()
            if any(high is not None for quantity, (_, high) in rule.items() if quantity in ONLY_GROWING)
        ]

    def find_true(self, laws: ShopLaws, customers: pd.DataFrame) -> pd.DataFrame:
        """A row for each customer and a column for each name: whether it is true of them.

        Args:
            laws: Of their shop.
            customers: Where each stands, as `ShopLaws.place` tells it, with the seasons of their orders.

        Returns:
            A table of True and False. Names do not shut each other out: several may be true of a customer.
        """
        known: dict[str, npt.NDArray[np.float64]] = {}
        table = {}
        for name, rule in self.bounds.items():
            holds = np.ones(len(customers), dtype=bool)
            for quantity, (low, high) in rule.items():
                if quantity not in known:
                    known[quantity] = _measure(laws, customers, quantity)
                values = known[quantity]
                holds &= ~np.isnan(values)
                if low is not None:
                    holds &= values >= low
                if high is not None:
                    holds &= values <= high
            table[name] = holds
        return pd.DataFrame(table, index=customers.index, columns=self.names, dtype=bool)


def choose_states(true: pd.DataFrame) -> pd.Series:
    """The state of each customer: the first name that is true of them, or nothing."""
    names = pd.array([*true.columns, NO_STATE], dtype="str")
    hits = true.to_numpy()
    first = np.where(hits.any(axis=1), hits.argmax(axis=1), len(names) - 1) if len(names) > 1 else 0
    return pd.Series(names.take(np.broadcast_to(first, len(true))), index=true.index, name="state")


def share_true(true: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """A row for each segment and a column for each name: the share of its customers of whom it is true.

    `labels` are of the customers that are counted. Of those who are not in the table nothing is true.
    """
    seen = true.reindex(labels.index, fill_value=False)
    return seen.groupby(labels.to_numpy()).mean().rename_axis("segment")


def _measure(laws: ShopLaws, customers: pd.DataFrame, quantity: str) -> npt.NDArray[np.float64]:
    """A quantity of each customer; missing where the shop does not tell it.

    Where nobody came back, a law can be fitted all the same, and says of everybody that they won't.
    """
    if laws.second_gap is None and quantity not in COUNTED:
        return np.full(len(customers), np.nan)
    units = {
        "age_in_gaps": ("age", laws.second_gap),
        "spent_in_best": ("spent", laws.best_spent),
        "score_in_best": ("score", laws.best_score),
    }
    if quantity == "seasons":
        between = customers["age"] - customers["silent"]
        return np.asarray(1 + np.round(between / YEAR), dtype=np.float64)
    name, unit = units.get(quantity, (quantity, 1.0))
    values = customers[name].to_numpy(dtype=np.float64)
    return values / unit if unit else np.full(len(values), np.nan)


def _check_bound(key: str, quantity: str, bound: object) -> None:
    if quantity not in QUANTITIES:
        raise ConfigError(f"{key}: no such quantity of a customer. There are {_list_known()}.")
    match bound:
        case (int() | float() | None as low, int() | float() | None as high):
            ordered = low is None or high is None or low <= high
            if ordered and (low, high) != (None, None):
                return
    raise ConfigError(
        f"{key}={bound}: expected a lower and an upper bound, as in [1, 3], with null for an open end."
    )


def _list_known() -> str:
    return ", ".join(QUANTITIES)
