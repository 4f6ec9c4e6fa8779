"""A campaign in the story of a shop: who stands where when it begins, and what everybody did in its days."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from segmentlab.campaigns import (
    Goal,
    Rehearsal,
    refuse_nobody,
    rehearse,
)
from segmentlab.errors import DataError
from segmentlab.features import list_days
from segmentlab.flow.place import LeastHistory, Recipe, place_customers
from segmentlab.flow.standing import place_by_laws
from segmentlab.flow.steps import StepTimer
from segmentlab.modelling import Scorer
from segmentlab.segments import sum_net
from segmentlab.transactions import CustomersOnly, Dataset, clean_until, drop_copies, fetch, select_until
from segmentlab.value import ShopLaws

ANY_HISTORY: Final = LeastHistory(orders=1, days=0, otherwise="mark")
LEAST_LIKE_THESE: Final = 50  # people of an earlier day whom a goal was about; of fewer, everybody stands in
OUTCOMES: Final = ("orders", "spend")


@dataclass(frozen=True)
class GoalView:
    """Whom a goal is about on a day.

    Attributes:
        people: A row for each of them: `customer_id`, `segment`, `name`, `state`, and `expected`, their spend
            in the days of the campaign by the laws of the shop.
        customers: How many customers there are in all.
        rehearsal: What came of people like these in as many days that are over.
        start: The day.
        notes: What has to be known of it.
    """

    people: pd.DataFrame
    customers: int
    rehearsal: Rehearsal
    start: date
    notes: tuple[str, ...]


def check_campaigns_possible(recipe: Recipe, dataset: Dataset | CustomersOnly) -> tuple[ShopLaws, Dataset]:
    """Refuse models without laws, and data without transactions: nothing could be expected of anybody."""
    if isinstance(dataset, CustomersOnly) or recipe.trained_as_of is None:
        raise DataError(
            "A campaign needs transactions: what people spend before and after it. This model or this data "
            "has customers alone."
        )
    if recipe.laws is None:
        raise DataError(
            "This model knows no laws of its shop, as models of earlier versions don't, so it can't say what "
            "to expect of anybody. Run and promote it again."
        )
    return recipe.laws, dataset


def look_at_goal(
    recipe: Recipe,
    scorer: Scorer,
    dataset: Dataset | CustomersOnly,
    as_of: date | None,
    goal: Goal,
    days: int,
    steps: StepTimer,
) -> GoalView:
    """Place everybody, find whom the goal is about, and rehearse with people like them."""
    laws, lines = check_campaigns_possible(recipe, dataset)
    scored = place_customers(recipe, scorer, lines, as_of, ANY_HISTORY, steps)
    start = scored.as_of
    assert start is not None
    assert scored.standing is not None
    with steps("goal"):
        standing = scored.standing
        fits = goal.find_people(laws, standing)
        refuse_nobody(goal, int(fits.sum()), len(standing))
        people = scored.customers.set_index("customer_id").loc[standing.index[fits]]
        if "state" not in people:
            people["state"] = ""
        expected = expect_spend(laws, standing[fits], days)
        people = people[["segment", "name", "state"]].assign(expected=expected).reset_index()
    with steps("rehearsal"):
        rehearsal, notes = rehearse_goal(recipe, laws, lines, start, goal, days)
    return GoalView(people, len(standing), rehearsal, start, notes)


def expect_spend(laws: ShopLaws, standing: pd.DataFrame, days: int) -> pd.Series:
    """What customers are expected to spend in so many days, by where they stand."""
    histories = pd.DataFrame(
        {
            "repeats": standing["orders"] - 1,
            "recency": standing["age"] - standing["silent"],
            "age": standing["age"],
            "spend": standing["spent"] / standing["orders"],
        }
    )
    ahead = replace(laws, horizon=float(days)).place(histories)["expected"]
    # Below the cent no digit hangs on a machine, so equals stay equal.
    return ahead.clip(lower=0.0).round(6)


def sum_outcomes_between(lines: ir.Table, start: date, end: date) -> pd.DataFrame:
    """What each customer did from a day on and before another: `orders`, days with a purchase, and `spend`.

    Spend is net of the refunds that cleaning leaves. Who did nothing has no row.
    """
    days = list_days(select_until(lines, end).filter(lines["timestamp"] >= pd.Timestamp(start)))
    sums = days.group_by("customer_id").aggregate(
        orders=days["bought"].cast("int64").sum(), spend=days["money"].sum().round(6)
    )
    found = fetch(sums).set_index("customer_id")
    return found.astype({"orders": "float64", "spend": "float64"})


def gather_outcomes(
    recipe: Recipe, dataset: Dataset, people: pd.Index, start: date, end: date
) -> dict[str, pd.DataFrame]:
    """What these people did from the start to the end, and in as many days before: `during` and `before`."""
    cleaned, _ = clean_until(dataset, recipe.cleaning, end)
    lines = cleaned.transactions
    windows = {"during": (start, end), "before": (start - (end - start), start)}
    return {
        name: sum_outcomes_between(lines, *window).reindex(people).fillna(0.0)
        for name, window in windows.items()
    }


def stand_then(
    recipe: Recipe, laws: ShopLaws, dataset: Dataset, lines: ir.Table, then: date, days: int
) -> pd.DataFrame:
    """Where everybody stood on an earlier day, by the laws of now."""
    earlier = select_until(lines, then)
    if not earlier.count().execute():
        raise DataError(
            f"The log has nothing before {then}, {days} days before the campaign begins: how spend scatters "
            "in so many days is not known. Choose fewer days, or read a longer log."
        )
    as_read = drop_copies(dataset.transactions, recipe.cleaning)
    return place_by_laws(laws, earlier, then, sum_net(as_read, then))


def rehearse_goal(
    recipe: Recipe, laws: ShopLaws, dataset: Dataset, start: date, goal: Goal, days: int
) -> tuple[Rehearsal, tuple[str, ...]]:
    """What came of people of whom the goal was true as many days ago as the campaign will last."""
    then = start - timedelta(days=days)
    cleaned, _ = clean_until(dataset, recipe.cleaning, start)
    lines = cleaned.transactions
    standing = stand_then(recipe, laws, dataset, lines, then, days)
    fits = goal.find_people(laws, standing)
    notes: tuple[str, ...] = ()
    if fits.sum() < LEAST_LIKE_THESE:
        notes = (
            f"The goal was about {int(fits.sum())} customers on {then}: too few, so cap and smallest effect "
            f"are those of all {len(standing):,} customers of that day.",
        )
        fits[:] = True
    spend = sum_outcomes_between(lines, then, start)["spend"].reindex(standing.index[fits]).fillna(0.0)
    return rehearse(expect_spend(laws, standing[fits], days), spend), notes
