"""Joins feature sets to one table, and holds them to their contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.contract import AnySet, Column, CustomerSet, FittedSet, Learner
from segmentlab.features.finite import first_broken
from segmentlab.features.needs import check_known, check_parts


@dataclass(frozen=True)
class FeatureRecipe:
    """Feature sets with what they learnt: they describe tomorrow's customers as they did today's."""

    columns: tuple[Column, ...]  # those that the model sees, and what they mean
    sets: Mapping[str, FittedSet]

    def describe(
        self, transactions: ir.Table, as_of: date, customers: ir.Table | None = None
    ) -> pd.DataFrame:
        """One row per customer of these transactions: nothing is learnt from them."""
        check_parts(self.sets, _tables(transactions, customers))
        return _frame(self.sets, self.columns, _of_lines(self.sets, transactions, as_of), customers)

    def describe_customers(self, customers: ir.Table) -> pd.DataFrame:
        """One row per customer, for customers who have no transactions."""
        check_parts(self.sets, {"customers": customers})
        return _frame(self.sets, self.columns, customers.select("customer_id"), customers)


@dataclass(frozen=True)
class FeatureTable:
    """One row per customer, in the order of their ids, and what each column means."""

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    as_of: date | None  # none where customers have no transactions
    sets: Mapping[str, FittedSet]

    @property
    def recipe(self) -> FeatureRecipe:
        """What describes other customers alike; it holds nobody of this table."""
        return FeatureRecipe(self.columns, self.sets)


def feature_table(
    sets: Mapping[str, AnySet],
    transactions: ir.Table,
    as_of: date,
    leave_out: Sequence[str] = (),
    customers: ir.Table | None = None,
) -> FeatureTable:
    """Let the sets learn what they need, and describe the customers of these transactions."""
    check_parts(sets, _tables(transactions, customers))
    fitted = {
        name: chosen.fitted(transactions, as_of) if isinstance(chosen, Learner) else chosen
        for name, chosen in sets.items()
    }
    columns = _chosen(fitted, leave_out)
    frame = _frame(fitted, columns, _of_lines(fitted, transactions, as_of), customers)
    return FeatureTable(frame, columns, as_of, fitted)


def customer_table(
    sets: Mapping[str, AnySet], customers: ir.Table, leave_out: Sequence[str] = ()
) -> FeatureTable:
    """Describe customers who have no transactions."""
    check_parts(sets, {"customers": customers})
    fitted = {name: chosen for name, chosen in sets.items() if isinstance(chosen, CustomerSet)}
    columns = _chosen(fitted, leave_out)
    frame = _frame(fitted, columns, customers.select("customer_id"), customers)
    return FeatureTable(frame, columns, None, fitted)


def _tables(transactions: ir.Table, customers: ir.Table | None) -> dict[str, ir.Table]:
    return {"transactions": transactions} | ({} if customers is None else {"customers": customers})


def _of_lines(sets: Mapping[str, FittedSet], transactions: ir.Table, as_of: date) -> ir.Table:
    """Everybody who bought, with the columns of the sets that are made of transactions."""
    of_lines = [chosen for chosen in sets.values() if not isinstance(chosen, CustomerSet)]
    if not of_lines:
        return transactions.select("customer_id").distinct()
    tables = [feature_set.build(transactions, as_of) for feature_set in of_lines]
    return reduce(lambda left, right: left.inner_join(right, "customer_id"), tables)


def _frame(
    sets: Mapping[str, FittedSet], columns: Sequence[Column], people: ir.Table, customers: ir.Table | None
) -> pd.DataFrame:
    """Compute every set where the data lives and bring the customers over, not their lines."""
    of_customers = [chosen for chosen in sets.values() if isinstance(chosen, CustomerSet)]
    if customers is not None:
        for chosen in of_customers:  # a left join: nobody is lost
            people = people.left_join(chosen.of_customers(customers), "customer_id").drop("customer_id_right")
    wanted = people.select("customer_id", *[column.name for column in columns])
    frame: pd.DataFrame = wanted.to_pandas()
    frame = frame.set_index("customer_id").sort_index().astype("float64")
    if customers is not None and of_customers:
        check_known(frame.index, customers)
    _check_finite(frame)
    return frame


def _chosen(sets: Mapping[str, FittedSet], leave_out: Sequence[str]) -> tuple[Column, ...]:
    every = [column for feature_set in sets.values() for column in feature_set.columns]
    unknown = set(leave_out) - {column.name for column in every}
    if unknown:
        raise ConfigError(
            f"leave_out names {', '.join(sorted(unknown))}, which none of the feature sets has. "
            f"Columns: {', '.join(column.name for column in every)}."
        )
    chosen = tuple(column for column in every if column.name not in leave_out)
    if not chosen:
        raise ConfigError("No feature is left: choose a set with features=, or leave fewer out.")
    return chosen


def _check_finite(frame: pd.DataFrame) -> None:
    broken = first_broken(frame)
    if broken:
        raise DataError(
            f"Feature '{broken.feature}' is {broken.value} for customer '{broken.customer}' "
            f"({broken.customers:,} customers have such values). Models need finite numbers: clean the "
            "lines of these customers or complete what is known of them, or leave the feature out with "
            f"leave_out=[{broken.feature}]."
        )
