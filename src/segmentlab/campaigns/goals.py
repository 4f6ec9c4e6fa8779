"""Goals: whom a campaign is for, what is done with them, and how much that may plausibly bring."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.segments import Bound, NameRules
from segmentlab.value import ShopLaws


@dataclass(frozen=True)
class Goal:
    """One file of `conf/goal`: it speaks of customers and not of segments, so it outlives every model.

    Attributes:
        name: What it is called.
        title: The same in words.
        when: What has to be true of a customer, by the quantities that names are made of.
        action: What is done with who is contacted.
        plausible: By which share such an action may raise spend, as far as anybody knows beforehand.

    Example:
        >>> from segmentlab.campaigns import Goal
        >>> Goal("second_order", "A second order", {"orders": (1, 1)}, "offer", 0.1).plausible
        0.1
    """

    name: str
    title: str
    when: Mapping[str, Bound]
    action: str
    plausible: float

    def __post_init__(self) -> None:
        if not 0 < self.plausible <= 1:
            raise ConfigError(
                f"goal.plausible={self.plausible}: write the share by which spend may rise, above 0 and at "
                "most 1, as in 0.1."
            )
        _ = self._rules

    def find_people(self, laws: ShopLaws, standing: pd.DataFrame) -> pd.Series:
        """Say of each customer whether the goal is about them."""
        fits: pd.Series = self._rules.find_true(laws, standing)[self.name]
        return fits

    @cached_property
    def _rules(self) -> NameRules:
        return NameRules({self.name: self.when})


def refuse_nobody(goal: Goal, fitting: int, customers: int) -> None:
    """Stop where the goal is about nobody."""
    if not fitting:
        raise DataError(
            f"goal={goal.name}: none of the {customers:,} customers is one of whom it is true "
            f"({goal.title.lower()}). Choose another goal, or change goal.when."
        )
