"""What to expect, in words and tables: what each segment will spend, who is late, and who comes."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.flow import ValueAhead
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.week import choose_horizon
from segmentlab.report.wording import (
    MISSING_TEXT,
    NO_CURRENCY,
    Money,
    format_amount,
    format_count,
    format_percent,
)

SHOWN_PROSPECTS: Final = 20  # customers; value.csv has them all


class Prospects(NamedTuple):
    """The chapter: what it begins with, whether it may be believed, its tables, and those for who asks."""

    lead: str
    trust: str
    notes: tuple[str, ...]
    tables: list[ReportTable]
    people: list[ReportTable]


def tell_prospects(
    ahead: ValueAhead,
    labels: pd.Series,
    names: pd.Series,
    money: Money = NO_CURRENCY,
    *,
    with_customers: bool,
) -> Prospects:
    """Say what to expect of these customers and segments; who is named where customers are."""
    tables = [make_presence_table(ahead, labels, names), make_spend_table(ahead, labels, names, money)]
    people = [make_customer_table(ahead, labels, names)] if with_customers else []
    return Prospects(_write_lead(ahead, money), describe_levels(ahead), ahead.notes, tables, people)


def describe_prospects(ahead: ValueAhead) -> str:
    """What to expect in two sentences, as a terminal has room for."""
    return f"{_write_lead(ahead, NO_CURRENCY)} {describe_levels(ahead)}"


def make_presence_table(ahead: ValueAhead, labels: pd.Series, names: pd.Series) -> ReportTable:
    """For each segment how many are there still, and how many order soon."""
    soon, told = min(ahead.horizons), ahead.customers
    sums = told[["alive", f"buys_{soon}"]].groupby(labels.reindex(told.index)).sum()
    rows = [
        [str(names[segment]), *map(format_count, row)]
        for segment, row in zip(sums.index, sums.to_numpy(), strict=True)
    ]
    headings = ["Segment", "Expected to be there still", f"To order within {soon} days"]
    return ReportTable("Who is there still, and who comes", headings, [*rows, _add_up(sums)])


def _add_up(sums: pd.DataFrame) -> list[str]:
    return ["All", *map(format_count, sums.sum())]


def make_spend_table(
    ahead: ValueAhead, labels: pd.Series, names: pd.Series, money: Money = NO_CURRENCY
) -> ReportTable:
    """For each segment what it is expected to spend in each horizon."""
    sums = [ahead.sum_spend(labels, horizon) for horizon in ahead.horizons]
    whole = [ahead.sum_spend(_put_together(ahead), horizon) for horizon in ahead.horizons]
    named = [str(names[segment]) for segment in sums[0].index]
    rows = [list(row) for row in zip(named, *(_format_sums(one, money) for one in sums), strict=True)]
    headings = ["Segment", *(f"In {horizon} days" for horizon in ahead.horizons)]
    rows.append(["All", *(_format_sums(one, money)[0] for one in whole)])
    return ReportTable("Expected spend, net of refunds, with 90 % intervals", headings, rows)


def make_customer_table(ahead: ValueAhead, labels: pd.Series, names: pd.Series) -> ReportTable:
    """Who is expected to spend most, when they come next, and how late they are."""
    soon, far, first = min(ahead.horizons), max(ahead.horizons), ahead.customers.head(SHOWN_PROSPECTS)
    rows = [
        [str(row["customer_id"]), str(names[labels[row["customer_id"]]]), format_percent(row["alive"]),
         format_percent(row[f"buys_{soon}"]), _format_day(row["next_order"]), _format_late(row["late"]),
         f"{format_amount(row[f'spend_{far}'])} ({format_amount(row[f'spend_{far}_low'])} to "
         f"{format_amount(row[f'spend_{far}_high'])})"]
        for row in list_records(first.rename_axis("customer_id").reset_index())
    ]  # fmt: skip
    headings = ["Customer", "Segment", "There still", f"Orders within {soon} days", "Next order", "Late by"]
    return ReportTable(
        f"The {len(rows)} of whom most is expected in {far} days",
        [*headings, f"Spend in {far} days"],
        rows,
    )


def describe_levels(ahead: ValueAhead) -> str:
    """Whether numbers may be taken at their word, or tell no more than who comes before whom."""
    return " ".join(_list_level_sentences(ahead))


def _list_level_sentences(ahead: ValueAhead) -> Iterator[str]:
    if not any(ahead.levels.values()):
        yield "Whether as many come as is expected was not tried: read it as an order of customers."
        return
    if ahead.trusted:
        days = _join_days(ahead.trusted)
        yield f"Numbers for {days} may be taken at their word: earlier periods kept to them."
    unsure = tuple(horizon for horizon in ahead.horizons if horizon not in ahead.trusted)
    if unsure:
        yield (
            f"Numbers for {_join_days(unsure)} tell who comes before whom, and not how many will come: in "
            "earlier periods more or fewer came than were expected, or there are too few of them to tell."
        )


def _write_lead(ahead: ValueAhead, money: Money) -> str:
    middle = choose_horizon(ahead)
    buyers, people = format_count(ahead.customers[f"buys_{middle}"].sum()), format_count(len(ahead.customers))
    spend = _format_sums(ahead.sum_spend(_put_together(ahead), middle), money)[0]
    told = f"in the next {middle} days {buyers} of {people} customers are expected to order, for {spend}."
    if middle in ahead.trusted or not any(ahead.levels.values()):
        return told[0].upper() + told[1:]
    return f"As a rough guide, {told}"  # the sentence behind it says that such numbers were missed


def _put_together(ahead: ValueAhead) -> pd.Series:
    return pd.Series(0, index=ahead.customers.index)


def _join_days(horizons: tuple[int, ...]) -> str:
    *others, last = (str(days) for days in horizons)
    return f"{', '.join(others)} and {last} days" if others else f"{last} days"


def _format_sums(sums: pd.DataFrame, money: Money) -> list[str]:
    """Amounts with their intervals, where an end can be given."""
    return [
        f"{money.write(expected)} ({money.write(low)} to {money.write(high)})"
        if high < float("inf")
        else f"{money.write(expected)} (no end can be told)"
        for expected, low, high in sums.to_numpy().tolist()
    ]


def _format_day(day: object) -> str:
    return MISSING_TEXT if day is None or day is pd.NaT else str(day)


def _format_late(gaps: float) -> str:
    return "-" if gaps <= 0 else f"{gaps:.1f} gaps"
