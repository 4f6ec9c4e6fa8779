"""Joins feature sets to one table, and holds them to their contract."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Final, NoReturn

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.feature_set import (
    AnySet,
    Column,
    CustomerLearner,
    CustomerSet,
    DaysSet,
    FeatureSet,
    FittedSet,
    Learner,
    TotalsSet,
)
from segmentlab.features.finite import find_broken_value
from segmentlab.transactions import LINE_TOTAL, fetch, find_implied_columns

# What sets need of the data, asked before anything is computed: it costs nothing.


TABLE_REMEDIES: Final = {
    "transactions": "Choose another feature set, or map the column with data.columns.",
    "customers": "Name the column so in the file, or take it out with ~features.{name}.numbers.<column> or "
    "~features.{name}.categories.<column>.",
}

LEARNER_REMEDY: Final = "Write it as the table does, or take it out of features.{name}."


def check_parts(sets: Mapping[str, AnySet], tables: Mapping[str, ir.Table]) -> None:
    """Refuse sets that need a table or a column that the data lacks."""
    for name, chosen in sets.items():
        made_of = "customers" if isinstance(chosen, (CustomerSet, CustomerLearner)) else "transactions"
        if made_of not in tables:
            _refuse_table(name, made_of)
        missing = sorted(chosen.requires - find_implied_columns(tables[made_of]))
        if missing:
            told = ", ".join(missing).replace(LINE_TOTAL.name, "line_total (or quantity and unit_price)")
            which = "this data" if made_of == "transactions" else "the customers table"
            learns = isinstance(chosen, CustomerLearner)
            remedy = LEARNER_REMEDY if learns else TABLE_REMEDIES[made_of]
            remedy = remedy.format(name=name)
            raise DataError(f"features={name} needs the column {told}, which {which} does not have. {remedy}")


def check_known_customers(people: pd.Index, customers: ir.Table) -> None:
    """Refuse customers of whom the customers table says nothing, before their values are missed."""
    known = customers.select("customer_id").to_pandas()["customer_id"]
    strangers = people.difference(pd.Index(known))
    if len(strangers):
        raise DataError(
            f"{len(strangers):,} of {len(people):,} customers have no row in the customers table, first "
            f"'{strangers[0]}'. Add them, or choose features=mixed, which takes what is unknown as such, or "
            "sets that need transactions only."
        )


def _refuse_table(name: str, made_of: str) -> NoReturn:
    if made_of == "transactions":
        raise DataError(
            f"features={name} needs transactions, and this data has customers only: choose "
            "features=mixed, features=numbers or features=demographics, or data that has transactions."
        )
    raise DataError(
        f"features={name} needs a customers table, and this data has transactions only: name its file with "
        "data.customers=, or choose data=mall."
    )


@dataclass(frozen=True)
class FeatureRecipe:
    """Feature sets with what they learnt: they describe tomorrow's customers as they did today's."""

    columns: tuple[Column, ...]  # those that the model sees, and what they mean
    sets: Mapping[str, FittedSet]

    @property
    def long_tailed(self) -> list[str]:
        """The features for which their set suggests a logarithm."""
        return [column.name for column in self.columns if column.transform == "log"]

    def describe(
        self,
        transactions: ir.Table,
        as_of: date,
        customers: ir.Table | None = None,
        orders: ir.Table | None = None,
    ) -> pd.DataFrame:
        """One row per customer of these transactions: nothing is learnt from them."""
        check_parts(self.sets, _name_tables(transactions, customers))
        people = _describe_buyers(self.sets, transactions, as_of, orders)
        return _compute_frame(self.sets, self.columns, people, customers)

    def describe_rows(
        self,
        transactions: ir.Table,
        as_of: date,
        customers: ir.Table | None = None,
        orders: ir.Table | None = None,
    ) -> ir.Table:
        """The same where the data lies, in no order and not looked at: of more customers than come here."""
        check_parts(self.sets, _name_tables(transactions, customers))
        people = _describe_buyers(self.sets, transactions, as_of, orders)
        return _join_sets(self.sets, self.columns, people, customers)

    def check_kept(self) -> None:
        """Refuse sets that need lines where nothing but sums is kept of them."""
        others = [name for name, one in self.sets.items() if not isinstance(one, TotalsSet | DaysSet)]
        if others:
            raise ConfigError(
                f"The model has features={','.join(others)}, which nobody can tell from sums by customer and "
                "day: they need the lines themselves. Score with score.py, which reads all of them, or make "
                "a model of rfm, rhythm and value."
            )

    def describe_sums(self, totals: ir.Table, days: ir.Table, as_of: date) -> pd.DataFrame:
        """The same of what is kept of lines: `totals` by customer as a `TotalsSet` takes them, and `days`."""
        self.check_kept()
        tables = [
            one.build_from_totals(totals, as_of)
            if isinstance(one, TotalsSet)
            else one.build_from_days(days, as_of)
            for one in self.sets.values()
            if isinstance(one, TotalsSet | DaysSet)
        ]
        people = reduce(lambda left, right: left.inner_join(right, "customer_id"), tables)
        return _compute_frame(self.sets, self.columns, people, None)

    def describe_customers(self, customers: ir.Table) -> pd.DataFrame:
        """One row per customer, for customers who have no transactions."""
        check_parts(self.sets, {"customers": customers})
        return _compute_frame(self.sets, self.columns, customers.select("customer_id"), customers)


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

    @property
    def long_tailed(self) -> list[str]:
        """The features for which their set suggests a logarithm."""
        return self.recipe.long_tailed


def build_feature_table(
    sets: Mapping[str, AnySet],
    transactions: ir.Table,
    as_of: date,
    leave_out: Sequence[str] = (),
    customers: ir.Table | None = None,
    orders: ir.Table | None = None,
    totals: ir.Table | None = None,
) -> FeatureTable:
    """Let the sets learn what they need, and describe the customers of these transactions.

    `orders` are the transactions summed by order, and `totals` by customer, where they are known: sets that
    need no more read these.
    """
    recipe = learn_features(sets, transactions, as_of, leave_out, customers)
    people = _describe_buyers(recipe.sets, transactions, as_of, orders, totals)
    frame = _compute_frame(recipe.sets, recipe.columns, people, customers)
    return FeatureTable(frame, recipe.columns, as_of, recipe.sets)


def learn_features(
    sets: Mapping[str, AnySet],
    transactions: ir.Table,
    as_of: date,
    leave_out: Sequence[str] = (),
    customers: ir.Table | None = None,
) -> FeatureRecipe:
    """Let the sets learn what they need of these transactions."""
    check_parts(sets, _name_tables(transactions, customers))
    known = None if customers is None else _add_strangers(customers, transactions)
    fitted = {name: _fit_set(chosen, transactions, as_of, known) for name, chosen in sets.items()}
    return FeatureRecipe(_choose_columns(fitted, leave_out), fitted)


def build_customer_table(
    sets: Mapping[str, AnySet], customers: ir.Table, leave_out: Sequence[str] = ()
) -> FeatureTable:
    """Describe customers who have no transactions."""
    check_parts(sets, {"customers": customers})
    fitted = {
        name: chosen.learn_from(customers) if isinstance(chosen, CustomerLearner) else chosen
        for name, chosen in sets.items()
        if isinstance(chosen, (CustomerSet, CustomerLearner))
    }
    columns = _choose_columns(fitted, leave_out)
    frame = _compute_frame(fitted, columns, customers.select("customer_id"), customers)
    return FeatureTable(frame, columns, None, fitted)


def _fit_set(chosen: AnySet, transactions: ir.Table, as_of: date, customers: ir.Table | None) -> FittedSet:
    """The set with what it learnt, where it learns."""
    if isinstance(chosen, Learner):
        return chosen.learn(transactions, as_of)
    if isinstance(chosen, CustomerLearner):
        assert customers is not None  # asked for before
        return chosen.learn_from(customers)
    return chosen


def _add_strangers(customers: ir.Table, people: ir.Table) -> ir.Table:
    """The customers table with a row for everybody: of whom it has none, everything is unknown.

    A set that knows the value `unknown` then has it of them; any other misses what it needs.
    """
    strangers = people.select("customer_id").distinct().anti_join(customers, "customer_id")
    nothing = {name: ibis.null(kind) for name, kind in customers.schema().items() if name != "customer_id"}
    return customers.union(strangers.mutate(**nothing).select(*customers.columns))


def _name_tables(transactions: ir.Table, customers: ir.Table | None) -> dict[str, ir.Table]:
    return {"transactions": transactions} | ({} if customers is None else {"customers": customers})


def _describe_buyers(
    sets: Mapping[str, FittedSet],
    transactions: ir.Table,
    as_of: date,
    orders: ir.Table | None,
    totals: ir.Table | None = None,
) -> ir.Table:
    """Everybody who bought, with the columns of the sets that are made of transactions."""
    of_lines = [chosen for chosen in sets.values() if not isinstance(chosen, CustomerSet)]
    orders = transactions if orders is None else orders
    if not of_lines:
        return orders.select("customer_id").distinct()
    tables = [
        chosen.build_from_totals(totals, as_of)
        if totals is not None and isinstance(chosen, TotalsSet)
        else chosen.build(orders if _is_of_orders(chosen) else transactions, as_of)
        for chosen in of_lines
    ]
    return reduce(lambda left, right: left.inner_join(right, "customer_id"), tables)


def _is_of_orders(chosen: FeatureSet) -> bool:
    """Whether the set says that it needs nothing smaller than an order."""
    return bool(getattr(chosen, "of_orders", False))


def _compute_frame(
    sets: Mapping[str, FittedSet], columns: Sequence[Column], people: ir.Table, customers: ir.Table | None
) -> pd.DataFrame:
    """Compute every set where the data lives and bring the customers over, not their lines."""
    wanted = _join_sets(sets, columns, people, customers)
    # An engine orders text in half the time that pandas takes, and in less memory.
    frame = fetch(wanted.order_by("customer_id")).set_index("customer_id").astype("float64")
    if customers is not None and _find_customer_sets(sets) and find_broken_value(frame):
        check_known_customers(frame.index, customers)
    check_frame_finite(frame)
    return frame


def _join_sets(
    sets: Mapping[str, FittedSet], columns: Sequence[Column], people: ir.Table, customers: ir.Table | None
) -> ir.Table:
    """A row for each of these people, with every column that was chosen."""
    of_customers = _find_customer_sets(sets)
    if customers is not None and of_customers:
        known = _add_strangers(customers, people)
        for chosen in of_customers:  # a left join: nobody is lost
            people = people.left_join(chosen.of_customers(known), "customer_id").drop("customer_id_right")
    return people.select("customer_id", *[column.name for column in columns])


def _find_customer_sets(sets: Mapping[str, FittedSet]) -> list[CustomerSet]:
    return [chosen for chosen in sets.values() if isinstance(chosen, CustomerSet)]


def _choose_columns(sets: Mapping[str, FittedSet], leave_out: Sequence[str]) -> tuple[Column, ...]:
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


def check_frame_finite(frame: pd.DataFrame) -> None:
    """Refuse a value that no model can take, naming the feature and the customer."""
    broken = find_broken_value(frame)
    if broken:
        raise DataError(
            f"Feature '{broken.feature}' is {broken.value} for {broken.row} "
            f"({broken.rows:,} customers have such values). Models need finite numbers: clean the "
            "lines of these customers or complete what is known of them, or leave the feature out with "
            f"leave_out=[{broken.feature}]."
        )
