"""Back to an earlier day: what was known of customers then, and whether its segments tell what came after."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation import (
    CutoffDay,
    Foresight,
    LaterValue,
    PairedUsefulness,
    compare_tenths,
    judge_cutoffs,
    judge_foresight,
    list_told_forecasts,
)
from segmentlab.features import Rfm, build_feature_table, count_daily_orders, gather_histories
from segmentlab.flow.past import PastCustomers
from segmentlab.flow.result import DescribedCustomers, PastSegments, Plan
from segmentlab.goods import EarlierDay, JudgedWays, choose_by_hash, judge_ways, split_purchases
from segmentlab.modelling import Segmenter
from segmentlab.segments import sum_customer_value
from segmentlab.transactions import Dataset, clean_until, select_since
from segmentlab.value import track_orders

LEAST_PAST_CUSTOMERS: Final = 50  # customers; what fewer of them do later is chance
MOST_PAST_CUSTOMERS: Final = 300_000  # of more, a sample shows as well what the flow would have foreseen


def sample_history(
    dataset: Dataset, cleaned: ir.Table, customers: int
) -> tuple[Dataset, ir.Table, tuple[str, ...]]:
    """The lines of the customers who are looked at on earlier days, as they were read and clean, and a note.

    Every day has the flow learnt anew, and what it foresees is judged on far fewer customers than these.
    """
    if customers <= MOST_PAST_CUSTOMERS:
        return dataset, cleaned, ()
    read, clean = (
        choose_by_hash(lines, MOST_PAST_CUSTOMERS / customers, salt="holdout").cache()
        for lines in (dataset.transactions, cleaned)
    )
    note = (
        f"What the flow would have foreseen comes from about {MOST_PAST_CUSTOMERS:,} of {customers:,} "
        "customers, chosen by a hash of their id."
    )
    return replace(dataset, transactions=read), clean, (note,)


def describe_past(plan: Plan, dataset: Dataset, cleaned: ir.Table, as_of: date) -> PastCustomers | str:
    """The customers as known `plan.holdout_days` before the end; or why that can't be told.

    Lines are cleaned again without what came later: a purchase that is cancelled afterwards stood then.
    """
    cut = as_of - timedelta(days=plan.holdout_days)
    first = _find_first_day(cleaned)
    return _explain_short_history(plan, first, cut) or _describe_day(plan, dataset, cleaned, cut, as_of)


def describe_earlier(
    plan: Plan, dataset: Dataset, cleaned: ir.Table, as_of: date
) -> tuple[PastCustomers | str, ...]:
    """The same on the days before that one, each judged by the days until the next."""
    days = [as_of - timedelta(days=plan.holdout_days * number) for number in range(1, plan.cutoffs + 1)]
    if len(days) < 2:
        return ()
    first = _find_first_day(cleaned)
    return tuple(
        _explain_short_history(plan, first, cut)
        or _describe_day(plan, dataset, cleaned, cut, until, latest=False)
        for until, cut in pairwise(days)
    )


def _find_first_day(cleaned: ir.Table) -> date:
    day: date = cleaned["timestamp"].min().to_pyarrow().as_py().date()
    return day


def _explain_short_history(plan: Plan, first: date, cut: date) -> str | None:
    if (cut - first).days >= plan.holdout_days:
        return None
    return (
        f"the data begins on {first}, and a holdout of {plan.holdout_days} days needs as many days "
        f"before {cut} (evaluate.holdout_days)"
    )


def _describe_day(
    plan: Plan, dataset: Dataset, cleaned: ir.Table, cut: date, until: date, *, latest: bool = True
) -> PastCustomers | str:
    try:
        past = clean_until(dataset, plan.cleaning, cut)[0]
        lines, totals = past.transactions, past.totals
        known = build_feature_table(
            plan.features, lines, cut, plan.leave_out, dataset.customers, past.orders, totals
        ).frame
        rfm = _find_rfm(plan, known)
        if rfm is None:
            rfm = build_feature_table({"rfm": Rfm()}, lines, cut, orders=past.orders, totals=totals).frame
    except DataError as error:
        return f"as of {cut}: {error}"
    if len(known) < LEAST_PAST_CUSTOMERS:
        return f"{len(known)} customers were known on {cut}, and {LEAST_PAST_CUSTOMERS} are needed"
    later = select_since(cleaned, cut, until)
    return PastCustomers(
        cut=cut,
        days=plan.holdout_days,
        features=known,
        rfm=rfm,
        revenue=sum_customer_value(past.orders),
        spend=_sum_later_spend(later, known.index),
        baskets=split_purchases(lines, later, len(known)),
        histories=gather_histories(lines, cut),
        daily=count_daily_orders(cleaned, cut) if latest else None,
    )


def _find_rfm(plan: Plan, known: pd.DataFrame) -> pd.DataFrame | None:
    """The columns of the grid, where the features hold them already."""
    columns = [column.name for column in Rfm.columns]
    there = plan.features.get("rfm") == Rfm() and set(columns) <= set(known.columns)
    return known[columns] if there else None


def relearn(plan: Plan, described: DescribedCustomers) -> PastSegments | str | None:
    """Learn the whole flow from what was known then; or why that can't be; nothing where nobody asked."""
    return _relearn_day(plan, described, described.past)


def _relearn_day(
    plan: Plan, described: DescribedCustomers, known: PastCustomers | str | None
) -> PastSegments | str | None:
    if known is None or isinstance(known, str):
        return known
    if not getattr(plan.model, "can_refit", True):
        return f"as of {known.cut}: {type(plan.model).__name__} can't be learnt again"
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
    try:
        segmenter.fit(known.features, value=known.revenue, long_tailed=described.features.long_tailed)
    except (ConfigError, DataError) as error:
        return f"as of {known.cut}: {error}"
    return PastSegments(known, pd.Series(segmenter.labels_, index=known.features.index))


def foresee(plan: Plan, then: PastSegments) -> Foresight:
    """Judge the segments of that day by what their customers spent after it."""
    known = then.known
    return judge_foresight(
        then.labels.to_numpy(),
        known.rfm,
        known.features,
        known.spend.to_numpy(),
        told=_list_told(known),
        effort=plan.effort,
        seed=plan.seed,
    )


def judge_value(known: PastCustomers) -> LaterValue | None:
    """What the value model of that day foresaw of the days after it, beside what came."""
    if known.value is None:
        return None
    model, forecast = known.value
    until = known.cut + timedelta(days=known.days)
    weeks = None if known.daily is None else track_orders(model.orders, known.daily, known.cut, until)
    return LaterValue(known.cut, known.days, compare_tenths(forecast, known.spend), weeks)


def _list_told(known: PastCustomers) -> dict[str, pd.DataFrame]:
    return list_told_forecasts(known.revenue, None if known.value is None else known.value.forecast)


def relearn_earlier(plan: Plan, described: DescribedCustomers) -> tuple[PastSegments | str, ...]:
    """The same on the days before that one."""
    learnt = (_relearn_day(plan, described, known) for known in described.earlier)
    return tuple(day for day in learnt if day is not None)


def judge_days(
    plan: Plan, learnt: Sequence[PastSegments | str]
) -> tuple[PairedUsefulness | None, tuple[str, ...]]:
    """Judge the flow on all these days, beside fixed grids; and say which days are missing."""
    if not plan.cutoffs:
        return None, ()
    days = [
        CutoffDay(day.known.cut, day.labels, day.known.rfm, day.known.spend, _list_told(day.known))
        for day in learnt
        if isinstance(day, PastSegments)
    ]
    notes = tuple(
        f"Usefulness over several days is judged without one of {plan.cutoffs}: {day}."
        for day in learnt
        if isinstance(day, str)
    )
    return judge_cutoffs(days, sample=plan.effort.sample, resamples=plan.effort.resamples), notes


def judge_recommendations(learnt: Sequence[PastSegments | str | None]) -> JudgedWays | None:
    """Judge what would have been recommended on these days by what was bought after each."""
    days = [
        EarlierDay(day.known.baskets, day.labels)
        for day in learnt
        if isinstance(day, PastSegments) and day.known.baskets is not None
    ]
    return judge_ways(days)


def _sum_later_spend(later: ir.Table, customers: pd.Index) -> pd.Series:
    """What each spent from the day on; nothing where they did not come back."""
    return sum_customer_value(later).reindex(customers).fillna(0.0).clip(lower=0.0).rename("spend")
