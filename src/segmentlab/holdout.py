"""Back to an earlier day: what was known of customers then, and whether its segments tell what came after."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import ibis.expr.types as ir
import pandas as pd

from segmentlab.described import Described, Past
from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation.foresight import Foresight, foresight
from segmentlab.features.rfm import Rfm
from segmentlab.features.table import feature_table
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.result import Plan
from segmentlab.segments.hindsight import judged
from segmentlab.segments.purchases import before_and_after
from segmentlab.segments.value import customer_value
from segmentlab.transactions.cleaning import From
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.ledger import clean

LEAST: Final = 50  # customers; what fewer of them do later is chance


class Relearnt(NamedTuple):
    """What was known on the earlier day, and the segments that the flow finds in it."""

    known: Past
    labels: pd.Series


def past(plan: Plan, dataset: Dataset, cleaned: ir.Table, as_of: date) -> Past | str:
    """The customers as known `plan.holdout_days` before the end; or why that can't be told.

    Lines are cleaned again without what came later: a purchase that is cancelled afterwards stood then.
    """
    cut = as_of - timedelta(days=plan.holdout_days)
    first = cleaned["timestamp"].min().to_pyarrow().as_py().date()
    if (cut - first).days < plan.holdout_days:
        return (
            f"the data begins on {first}, and a holdout of {plan.holdout_days} days needs as many days "
            f"before {cut} (evaluate.holdout_days)"
        )
    try:
        rules = {"from_holdout": From(cut.isoformat()), **plan.cleaning}
        lines = clean(dataset.transactions, rules, dataset.source).transactions
        known = feature_table(plan.features, lines, cut, plan.leave_out, dataset.customers).frame
        rfm = feature_table({"rfm": Rfm()}, lines, cut).frame
    except DataError as error:
        return f"as of {cut}: {error}"
    if len(known) < LEAST:
        return f"{len(known)} customers were known on {cut}, and {LEAST} are needed"
    later = cleaned.filter(From(cut.isoformat()).drops(cleaned))
    return Past(
        cut=cut,
        days=plan.holdout_days,
        features=known,
        rfm=rfm,
        revenue=customer_value(lines),
        spend=_spend(later, known.index),
        baskets=before_and_after(lines, later, len(known)),
    )


def relearnt(plan: Plan, described: Described, long_tailed: Sequence[str]) -> Relearnt | str | None:
    """Learn the whole flow from what was known then; or why that can't be; nothing where nobody asked."""
    known = described.past
    if known is None or isinstance(known, str):
        return known
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
    try:
        segmenter.fit(known.features, known.revenue, long_tailed)
    except (ConfigError, DataError) as error:
        return f"as of {known.cut}: {error}"
    return Relearnt(known, pd.Series(segmenter.labels_, index=known.features.index))


def foreseen(plan: Plan, then: Relearnt) -> Foresight:
    """Judge the segments of that day by what their customers spent after it."""
    known = then.known
    return foresight(
        then.labels.to_numpy(),
        known.rfm,
        known.features,
        known.spend.to_numpy(),
        sample=plan.effort.sample,
        resamples=plan.effort.resamples,
        seed=plan.seed,
    )


def recommended(plan: Plan, then: Relearnt) -> pd.DataFrame | None:
    """Judge what would have been recommended that day by what was bought after it."""
    if then.known.baskets is None:
        return None
    return judged(then.known.baskets, then.labels, plan.effort.resamples, plan.seed)


def _spend(later: ir.Table, customers: pd.Index) -> pd.Series:
    """What each spent from the day on; nothing where they did not come back."""
    return customer_value(later).reindex(customers).fillna(0.0).clip(lower=0.0).rename("spend")
