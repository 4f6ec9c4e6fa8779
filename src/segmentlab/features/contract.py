"""What every feature set promises."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Literal, Protocol

import ibis.expr.types as ir

MONEY = "money"  # the unit of amounts in the currency of the data, whichever that is


@dataclass(frozen=True)
class Column:
    """One feature: its name, what it means, its unit, and the transform that suits its shape."""

    name: str
    description: str
    unit: str
    transform: Literal["log", "none"] = "none"


class FeatureSet(Protocol):
    """A named group of columns, computed from transactions by one expression.

    Laws, held by the contract tests for every file in `conf/features`: one row per customer, whatever
    the order of the lines; nothing at or after `as_of` counts; values are finite or declared missing.
    """

    columns: ClassVar[tuple[Column, ...]]
    requires: ClassVar[frozenset[str]]

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """One row per customer: `customer_id`, then the columns of the set.

        `transactions` are clean and end before `as_of`.
        """
        ...
