"""Joins feature sets to one table, and holds them to their contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.contract import Column, FeatureSet, Learner
from segmentlab.features.finite import first_broken


@dataclass(frozen=True)
class FeatureTable:
    """One row per customer, in the order of their ids, and what each column means.

    `sets` are the feature sets with what they learnt here: they describe tomorrow's customers alike.
    """

    frame: pd.DataFrame
    columns: tuple[Column, ...]
    as_of: date
    sets: Mapping[str, FeatureSet]

    def describe(self, transactions: ir.Table, as_of: date) -> pd.DataFrame:
        """The same columns for other transactions: nothing is learnt from them."""
        _check_parts(self.sets, transactions)
        return _frame(self.sets, self.columns, transactions, as_of)


def feature_table(
    sets: Mapping[str, FeatureSet | Learner],
    transactions: ir.Table,
    as_of: date,
    leave_out: Sequence[str] = (),
) -> FeatureTable:
    """Let the sets learn what they need, and describe these customers."""
    columns = _chosen(sets, leave_out)
    _check_parts(sets, transactions)
    fitted = {
        name: chosen.fitted(transactions, as_of) if isinstance(chosen, Learner) else chosen
        for name, chosen in sets.items()
    }
    return FeatureTable(_frame(fitted, columns, transactions, as_of), columns, as_of, fitted)


def _frame(
    sets: Mapping[str, FeatureSet], columns: Sequence[Column], transactions: ir.Table, as_of: date
) -> pd.DataFrame:
    """Compute every set where the data lives and bring the customers over, not their lines."""
    tables = [feature_set.build(transactions, as_of) for feature_set in sets.values()]
    joined = reduce(lambda left, right: left.inner_join(right, "customer_id"), tables)
    wanted = joined.select("customer_id", *[column.name for column in columns])
    frame: pd.DataFrame = wanted.to_pandas()
    frame = frame.set_index("customer_id").sort_index().astype("float64")
    _check_finite(frame)
    return frame


def _chosen(sets: Mapping[str, FeatureSet | Learner], leave_out: Sequence[str]) -> tuple[Column, ...]:
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


def _check_parts(sets: Mapping[str, FeatureSet | Learner], transactions: ir.Table) -> None:
    for name, feature_set in sets.items():
        missing = feature_set.requires - set(transactions.columns)
        if missing:
            raise DataError(
                f"features={name} needs the column {', '.join(sorted(missing))}, which this data does not "
                "have. Choose another feature set, or map the column."
            )


def _check_finite(frame: pd.DataFrame) -> None:
    broken = first_broken(frame)
    if broken:
        raise DataError(
            f"Feature '{broken.feature}' is {broken.value} for customer '{broken.customer}' "
            f"({broken.customers:,} customers have such values). Models need finite numbers: clean the lines "
            f"of these customers, or leave the feature out with leave_out=[{broken.feature}]."
        )
