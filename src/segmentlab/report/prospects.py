"""What to expect, in words and tables: what each segment will spend, who is late, and who is expected most."""

from collections.abc import Iterator
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.flow import ValueAhead
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import MISSING_TEXT, format_amount, format_count, format_percent

SHOWN_PROSPECTS: Final = 20  # customers; value.csv has them all


class Prospects(NamedTuple):
    """The chapter: what it begins with, whether it may be believed, and its tables."""

    lead: str
    trust: str
    notes: tuple[str, ...]
    tables: list[ReportTable]


def tell_prospects(ahead: ValueAhead, labels: pd.Series, names: pd.Series, *, with_customers: bool) -> Prospects:
    """Say what to expect of these customers and segments; who is named where customers are."""
    tables = [make_prospect_table(ahead, labels, names)]
    if with_customers:
        tables.append(make_customer_table(ahead, labels, names))
    return Prospects(_write_lead(ahead), describe_levels(ahead), ahead.notes, tables)


def make_prospect_table(ahead: ValueAhead, labels: pd.Series, names: pd.Series) -> ReportTable:
    """For each segment how many are there still, come soon or are late, and what they will spend."""
    soon, told = min(ahead.horizons), ahead.customers
    own = labels.reindex(told.index)
    late = told["silent"] > told["late_gap"]
    sums = told[["alive", f"buys_{soon}"]].assign(late=late, customers=1).groupby(own).sum()
    spend = [ahead.sum_spend(labels, horizon) for horizon in ahead.horizons]
    rows = [
        [str(names[segment]), *map(format_count, sums.loc[segment, ["customers", "alive", f"buys_{soon}", "late"]]),
         *(_format_sum(one.loc[segment]) for one in spend)]
        for segment in sums.index
    ]  # fmt: skip
    rows.append(
        ["All", *map(format_count, sums[["customers", "alive", f"buys_{soon}", "late"]].sum()),
         *(_format_sum(ahead.sum_spend(own * 0, horizon).loc[0]) for horizon in ahead.horizons)]
    )  # fmt: skip
    headings = ["Segment", "Customers", "Expected to be there still", f"To order within {soon} days", "Late"]
    return ReportTable(
        "Expected of each segment, with 90 % intervals",
        [*headings, *(f"Spend in {horizon} days" for horizon in ahead.horizons)],
        rows,
    )


def make_customer_table(ahead: ValueAhead, labels: pd.Series, names: pd.Series) -> ReportTable:
    """Who is expected to spend most, when they come next, and how late they are."""
    soon, far = min(ahead.horizons), max(ahead.horizons)
    rows = [
        [str(row["customer_id"]), str(names[labels[row["customer_id"]]]), format_percent(row["alive"]),
         format_percent(row[f"buys_{soon}"]), _format_day(row["next_order"]), _format_late(row["late"]),
         f"{format_amount(row[f'spend_{far}'])} ({format_amount(row[f'spend_{far}_low'])} to "
         f"{format_amount(row[f'spend_{far}_high'])})"]
        for row in list_records(ahead.customers.head(SHOWN_PROSPECTS).rename_axis("customer_id").reset_index())
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
        yield f"Numbers for {_join_days(ahead.trusted)} may be taken at their word: earlier periods kept to them."
    unsure = tuple(horizon for horizon in ahead.horizons if horizon not in ahead.trusted)
    if unsure:
        yield (
            f"Numbers for {_join_days(unsure)} tell who comes before whom, and not how many will come: in "
            "earlier periods more or fewer came than were expected, or there are too few of them to tell."
        )


def _write_lead(ahead: ValueAhead) -> str:
    middle = sorted(ahead.horizons)[len(ahead.horizons) // 2]
    buyers, whole = ahead.customers[f"buys_{middle}"].sum(), pd.Series(0, index=ahead.customers.index)
    spend = ahead.sum_spend(whole, middle).loc[0]
    return (
        f"In the next {middle} days {format_count(buyers)} of {format_count(len(ahead.customers))} customers are "
        f"expected to order, for {_format_sum(spend)}."
    )


def _join_days(horizons: tuple[int, ...]) -> str:
    *others, last = (str(days) for days in horizons)
    return f"{', '.join(others)} and {last} days" if others else f"{last} days"


def _format_sum(row: pd.Series) -> str:
    """An amount with its interval, where an end can be given."""
    if row["high"] == float("inf"):
        return f"{format_count(row['expected'])} (no end can be told)"
    return f"{format_count(row['expected'])} ({format_count(row['low'])} to {format_count(row['high'])})"


def _format_day(day: object) -> str:
    return MISSING_TEXT if day is None or day is pd.NaT else str(day)


def _format_late(gaps: float) -> str:
    return "-" if gaps <= 0 else f"{gaps:.1f} gaps"
