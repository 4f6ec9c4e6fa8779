"""Who is looked at one by one: all customers, or a sample of them where the rest stays in Spark."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.features import (
    FeatureTable,
    build_feature_table,
    check_frame_finite,
    learn_features,
)
from segmentlab.flow.result import Plan
from segmentlab.segments import sum_facts
from segmentlab.transactions import CleanedLines, Dataset, OrderSums, drop_copies

if TYPE_CHECKING:
    from segmentlab.transactions import Crowd, CrowdRules

MOST_BROKEN: Final = 100_000  # customers with a value that no model takes, of whom an error tells


class SeenCustomers(NamedTuple):
    """Customers as rows of features, and their lines: as they were read, and clean."""

    features: FeatureTable
    dataset: Dataset
    lines: ir.Table
    sums: OrderSums | None  # of the lines of all customers, by month
    crowd: "Crowd | None"  # all of them, where those seen are a sample


def see_customers(
    plan: Plan, dataset: Dataset, cleaned: CleanedLines, as_of: date, sums: OrderSums | None
) -> SeenCustomers:
    """Describe the customers: here, or in Spark where it has more of them than shall come here."""
    lines, people = cleaned.transactions, int(cleaned.ledger["customers"].iloc[-1])
    if plan.crowd is None or people <= plan.crowd.most_here:
        features = build_feature_table(
            plan.features,
            lines,
            as_of,
            plan.leave_out,
            dataset.customers,
            cleaned.orders,
            cleaned.totals,
        )
        return SeenCustomers(features, dataset, lines, sums, None)
    recipe = learn_features(plan.features, lines, as_of, plan.leave_out, dataset.customers)
    names = [column.name for column in recipe.columns]
    rows = recipe.describe_rows(lines, as_of, dataset.customers, cleaned.orders)
    facts, months = sum_facts(lines, drop_copies(dataset.transactions, plan.cleaning), as_of, sums)
    rows = rows.left_join(facts, "customer_id").drop("customer_id_right")
    crowd = keep_crowd(rows, names, people, plan.crowd, months)
    drawn = crowd.draw_sample(plan.crowd.sample, "revenue", plan.seed).set_index("customer_id")
    features = FeatureTable(drawn[names], recipe.columns, as_of, recipe.sets)
    return SeenCustomers(features, *_select_lines(dataset, lines, drawn.index), None, crowd)


def keep_crowd(
    rows: ir.Table,
    names: Sequence[str],
    people: int,
    rules: "CrowdRules",
    months: ir.Table | None = None,
) -> "Crowd":
    """Customers in Spark, with features of these names; refused where a feature is no number."""
    from segmentlab.transactions import Crowd

    rows = rows.mutate(**{name: rows[name].cast("float64") for name in names})
    crowd = Crowd.keep(rows, people, rules, months)
    broken = [f"`{name}` is null or isnan(`{name}`) or abs(`{name}`) = double('infinity')" for name in names]
    check_frame_finite(crowd.find_rows(" or ".join(broken), MOST_BROKEN).set_index("customer_id")[[*names]])
    return crowd


def keep_ids(lines: ir.Table, people: int, rules: "CrowdRules") -> "Crowd":
    """The customers of these lines in Spark, and nothing of them but their ids."""
    from segmentlab.transactions import Crowd

    named = lines.filter(lines["customer_id"].notnull())
    return Crowd.keep(named.select("customer_id").distinct(), people, rules)


def _select_lines(dataset: Dataset, lines: ir.Table, people: pd.Index) -> tuple[Dataset, ir.Table]:
    """The lines of these customers, as they were read and clean, and what is known of them."""
    name = ibis.util.gen_name("seen")
    chosen = lines.get_backend().create_table(name, pd.DataFrame({"customer_id": people}), temp=True)
    own = replace(
        dataset,
        transactions=dataset.transactions.semi_join(chosen, "customer_id").cache(),
        customers=None
        if dataset.customers is None
        else dataset.customers.semi_join(chosen, "customer_id").cache(),
    )
    return own, lines.semi_join(chosen, "customer_id").cache()
