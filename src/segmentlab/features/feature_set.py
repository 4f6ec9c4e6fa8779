"""What every feature set promises, and the measures that several sets share."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir

from segmentlab.transactions import compute_line_value

# What every feature set promises.


MONEY_UNIT = "money"  # the unit of amounts in the currency of the data, whichever that is


@dataclass(frozen=True)
class Column:
    """One feature: its name, what it means, its unit, and the transform that suits its shape.

    Attributes:
        name: `<set>_<what>`, the heading in every table.
        description: What it means, as a report says it.
        unit: Such as `days`, `orders`, or `money` for amounts in the currency of the data.
        transform: `log` where a few customers are far larger than all others; preparations may ask for it.

    Example:
        >>> import segmentlab as sl
        >>> sl.Column("visits_days", "days on which the customer bought", "days", "log").name
        'visits_days'
    """

    name: str
    description: str
    unit: str
    transform: Literal["log", "none"] = "none"


def word_features(columns: Sequence[Column]) -> list[str]:
    """`recency` for `rfm_recency`, unless two sets have one; then both keep the name of their set."""
    short = [column.name.partition("_")[2] or column.name for column in columns]
    seen = Counter(short)
    names = (own if seen[own] == 1 else column.name for own, column in zip(short, columns, strict=True))
    return [name.replace("_", " ").strip() for name in names]


class FeatureSet(Protocol):
    """A named group of columns, computed from transactions by one expression.

    Laws, held by the contract tests for every file in `conf/features`: one row per customer, whatever
    the order of the lines; nothing at or after `as_of` counts; a customer's values depend on no other
    customer; values are finite or declared missing.

    Example:
        >>> from dataclasses import dataclass
        >>> import segmentlab as sl
        >>> @dataclass(frozen=True)
        ... class Visits:
        ...     columns = (sl.Column("visits_days", "days on which the customer bought", "days"),)
        ...     requires = frozenset({"customer_id", "timestamp"})
        ...
        ...     def build(self, transactions, as_of):
        ...         days = transactions["timestamp"].date().nunique()
        ...         return transactions.group_by("customer_id").aggregate(visits_days=days)
        >>> [column.unit for column in Visits().columns]
        ['days']
    """

    @property
    def columns(self) -> tuple[Column, ...]:
        """What `build` gives beside the customer, in this order."""
        ...

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the transactions that the set can't do without.

        A set that sums money names `line_total`: quantity and price of a piece imply it.
        """
        ...

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """One row per customer: `customer_id`, then the columns of the set.

        `transactions` are clean and end before `as_of`.
        """
        ...


@runtime_checkable
class TotalsSet(Protocol):
    """A feature set that needs no more of customers than what all their lines come to.

    Laws: it is a `FeatureSet`, and gives the same from totals as from the lines.
    """

    def build_from_totals(self, totals: ir.Table, as_of: date) -> ir.Table:
        """As `build`, of a row per customer with its `orders`, `line_total` and last `timestamp`."""
        ...


@runtime_checkable
class DaysSet(Protocol):
    """A feature set that needs no more of customers than what each of their days came to.

    Laws: it is a `FeatureSet`, and gives the same from days as from the lines.
    """

    def build_from_days(self, days: ir.Table, as_of: date) -> ir.Table:
        """As `build`, of a row per customer and day, as `list_days` has them."""
        ...


@runtime_checkable
class Learner(Protocol):
    """A feature set to be: it has to see the customers that a model is trained on first.

    What it learns travels in the set that `learn` returns, as plain values and arrays. Customers who
    come later are described by the same set, so their values mean what the model's values meant. Which
    columns it has may be a thing to learn.
    """

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the transactions that the set can't do without."""
        ...

    def learn(self, transactions: ir.Table, as_of: date) -> FeatureSet:
        """The set with what it learnt from these transactions, which end before `as_of`."""
        ...


@runtime_checkable
class CustomerSet(Protocol):
    """A feature set made of the customers table: the same laws, without dates.

    What the table does not tell is missing, and the flow refuses it by name.
    """

    @property
    def columns(self) -> tuple[Column, ...]:
        """What `of_customers` gives beside the customer, in this order."""
        ...

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the customers table that the set can't do without."""
        ...

    def of_customers(self, customers: ir.Table) -> ir.Table:
        """One row per customer: `customer_id`, then the columns of the set."""
        ...


@runtime_checkable
class CustomerLearner(Protocol):
    """A set that learns from the customers table which columns it has."""

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the customers table that the set can't do without."""
        ...

    def learn_from(self, customers: ir.Table) -> CustomerSet:
        """The set with what it learnt from this table."""
        ...


# What a configuration may choose, and what describes customers once it has learnt.
AnySet = FeatureSet | Learner | CustomerSet | CustomerLearner
FittedSet = FeatureSet | CustomerSet


# The measures that several sets share, so that they count alike everywhere.


def sum_spend(lines: ir.Table) -> ir.FloatingScalar:
    """The sum of quantity times price over lines."""
    return round_spend(compute_line_value(lines).sum())


def round_spend(money: ir.FloatingValue) -> ir.FloatingValue:
    """Rounding far below the cent makes a sum independent of the order of the lines."""
    return money.round(6)


def count_days_until(as_of: date, day: ir.DateValue) -> ir.IntegerValue:
    """Calendar days from a day to `as_of`: the hour does not matter, and every engine counts alike."""
    return ibis.date(as_of.isoformat()).delta(day, unit="day")


def divide_safely(part: ir.NumericValue, whole: ir.NumericValue) -> ir.FloatingValue:
    """A part over its whole; 0 where there is nothing to divide by."""
    return (part / whole.nullif(0)).fill_null(0.0)
