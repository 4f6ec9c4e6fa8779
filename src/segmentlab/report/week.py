"""What to do this week: who is due, late or lapsing, in which segment, and who of them is worth most."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.flow import ValueAhead
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import MISSING_TEXT, Money, format_count

WEEK: Final = 7  # days
LEAST_LIKELY: Final = 0.2  # to be there still: whoever is likelier gone is on no list
HALF: Final = 0.5
MOST_WORTH: Final = 20  # customers who are named; value.csv has them all
LIST_MEANINGS: Final = {
    "Due": "of those like them, half order again by a day of this week",
    "Late": "nine in ten of those like them would have ordered by now; more likely still there than gone",
    "Lapsing": "as silent, and by now more likely gone than there; one in five is there still, or more",
}
NOBODY: Final = "Nobody is due, late or lapsing this week."


class CallList(NamedTuple):
    """Customers to write to: how many, who they are, and what is expected of them."""

    name: str
    customers: str
    meaning: str
    money: str


class Week(NamedTuple):
    """The section: its first sentence, the lists, what to do in each segment, and who comes first."""

    lead: str
    lists: list[CallList]
    plan: ReportTable
    worth: ReportTable | None
    note: str


def plan_week(
    ahead: ValueAhead | None,
    labels: pd.Series,
    names: pd.Series,
    actions: Mapping[int, str],
    money: Money,
    *,
    with_customers: bool,
) -> Week | None:
    """Say what to do, as far as orders tell it; None where there is neither an action nor a list.

    `actions` are those of each segment, in words.
    """
    if ahead is None:
        rows = [[str(names[segment]), actions[segment]] for segment in names.index if segment in actions]
        plan = ReportTable("What to do in each segment", ["Segment", "What to do"], rows)
        lead = "Without orders nobody can say who is due: this is what to do in each segment."
        return Week(lead, [], plan, None, "") if rows else None
    horizon = choose_horizon(ahead)
    listed = _list_customers(ahead, labels, horizon)
    return Week(
        _write_lead(listed, money, horizon),
        [
            CallList(name, format_count(len(own)), meaning, money.write(own["spend"].sum()))
            for name, meaning in LIST_MEANINGS.items()
            for own in [listed[listed["list"] == name]]
        ],
        _make_plan_table(listed, names, actions, money, horizon),
        _make_worth_table(listed, names, money, horizon) if with_customers and len(listed) else None,
        f"Money is what the customers on these lists are expected to spend within {horizon} days"
        + (", net of refunds." if horizon in ahead.trusted else ": good for ranking, not for a budget."),
    )


def choose_horizon(ahead: ValueAhead) -> int:
    """The middle one of those whose level was foreseen in earlier periods, or else of all."""
    known = sorted(ahead.trusted or ahead.horizons)
    return known[len(known) // 2]


def sort_into_lists(told: pd.DataFrame) -> pd.Series:
    """The list of each customer: `Due`, `Late`, `Lapsing`, or nothing. Nobody is on two."""
    wait = told["gap"] - told["silent"]
    late = (told["silent"] > told["late_gap"]) & (told["alive"] >= LEAST_LIKELY)
    lists = pd.Series("", index=told.index, dtype="str")
    lists = lists.mask((wait > 0) & (wait <= WEEK), "Due")
    return lists.mask(late, "Late").mask(late & (told["alive"] < HALF), "Lapsing")


def _list_customers(ahead: ValueAhead, labels: pd.Series, horizon: int) -> pd.DataFrame:
    """Everybody on a list, who is expected to spend most first."""
    told = ahead.customers
    table = told[["silent", "gap"]].assign(
        list=sort_into_lists(told), spend=told[f"spend_{horizon}"], segment=labels.reindex(told.index)
    )
    return table[table["list"] != ""].sort_values("spend", ascending=False, kind="stable")


def _write_lead(listed: pd.DataFrame, money: Money, horizon: int) -> str:
    whole = listed["spend"].sum()
    if listed.empty or whole <= 0:
        return (
            NOBODY if listed.empty else f"{format_count(len(listed))} customers are worth a word this week."
        )
    first = int((listed["spend"].cumsum() < HALF * whole).sum()) + 1
    many = format_count(len(listed))
    return (
        f"{many} customers are worth a word this week. {format_count(first)} of them, most worth contacting, "
        f"bring half of the {money.write(whole)} that is expected of all {many} within {horizon} days."
    )


def _make_plan_table(
    listed: pd.DataFrame, names: pd.Series, actions: Mapping[int, str], money: Money, horizon: int
) -> ReportTable:
    counts = pd.crosstab(listed["segment"], listed["list"]).reindex(
        index=names.index, columns=list(LIST_MEANINGS), fill_value=0
    )
    sums = listed.groupby("segment")["spend"].sum().reindex(names.index, fill_value=0.0)
    rows = [
        [
            str(names[segment]),
            actions.get(segment, MISSING_TEXT),
            *map(format_count, counts.loc[segment]),
            money.write(sums[segment]),
        ]
        for segment in names.index
    ]
    headings = ["Segment", "What to do", *LIST_MEANINGS, f"Expected of these, {horizon} days"]
    return ReportTable("What to do in each segment, and with how many", headings, rows)


def _make_worth_table(listed: pd.DataFrame, names: pd.Series, money: Money, horizon: int) -> ReportTable:
    first = listed.head(MOST_WORTH)
    rows = [
        [
            str(row["customer_id"]),
            str(names[row["segment"]]),
            row["list"],
            f"{format_count(row['silent'])} days ago",
            f"within {format_count(row['gap'])} days",
            money.write(row["spend"]),
        ]
        for row in list_records(first.rename_axis("customer_id").reset_index())
    ]
    headings = ["Customer", "Segment", "List", "Last order", "Half of their like return"]
    return ReportTable(
        f"The {len(rows)} most worth contacting", [*headings, f"Expected, {horizon} days"], rows
    )
