"""The customers of now beside those that a model was made of: here, or in Spark where they are very many.

Both ways give the same tables, for all that is compared are counts: of values in order, of segments, of ids.
"""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from segmentlab.flow.alarms import (
    ColumnCounts,
    describe_column_drift,
    find_edge_ranks,
)
from segmentlab.flow.batches import FITTED, CountShapes, MeasureFit, SumPrepared
from segmentlab.flow.delivery import IdComparison, compare_ids, find_latest
from segmentlab.flow.place import Recipe
from segmentlab.flow.population import (
    Population,
    PopulationDrift,
    compute_population_drift,
    describe_population_drift,
)
from segmentlab.flow.seen import keep_crowd, keep_ids
from segmentlab.flow.steps import StepTimer
from segmentlab.modelling import NOISE, Scorer
from segmentlab.transactions import CleanedLines, Dataset

if TYPE_CHECKING:
    from segmentlab.transactions import Crowd, CrowdFiles, RankedColumn


class NewLines(NamedTuple):
    """What is compared with the model's own: clean lines until a day; those from `cut` on are the latest."""

    dataset: Dataset
    cleaned: CleanedLines
    as_of: date
    cut: date

    @property
    def people(self) -> int:
        """How many customers have such lines."""
        return int(self.cleaned.ledger["customers"].iloc[-1])


class Comparison(NamedTuple):
    """What came of it, and those whom a refit learns from, in words too."""

    customers: int
    drift: PopulationDrift
    ids: IdComparison
    refitted: Population
    told: str


def compare_customers(
    recipe: Recipe, scorer: Scorer, features: pd.DataFrame, new: NewLines, steps: StepTimer
) -> Comparison:
    """Compare all customers here, a row for each."""
    lines = new.cleaned.transactions
    with steps("features"):
        now = recipe.features.describe(lines, new.as_of, new.dataset.customers, new.cleaned.orders)
    with steps("evaluate"):
        before, after = (Population(each, scorer.assign(each)) for each in (features, now))
        drift = compute_population_drift(scorer, before, after)
        ids = compare_ids(lines, new.cut, features.index)
    return Comparison(len(now), drift, ids, after, "the data of now")


# The same where the customers are.


CONFIDENCE, DISTANCE = "confidence", "distance"
OWN_FIT: Final = (CONFIDENCE, DISTANCE)


def compare_crowds(
    recipe: Recipe, scorer: Scorer, files: "CrowdFiles", new: NewLines, steps: StepTimer, seed: int
) -> Comparison:
    """Compare all customers in Spark, from where counts come back, and a sample for a refit."""
    lines, names = new.cleaned.transactions, list(scorer.features)
    known = [column.name for column in recipe.features.columns]
    with steps("features"):
        rows = recipe.features.describe_rows(lines, new.as_of, new.dataset.customers, new.cleaned.orders)
        now = keep_crowd(rows, known, new.people, files.rules)
    with steps("evaluate"):
        then = files.open(lines.get_backend(), names)
        centres = _find_centres(then, scorer)
        before, after = (
            each.add(MeasureFit(scorer, centres), FITTED, ["customer_id", *names]) for each in (then, now)
        )
        drift = _compute_drift(before, after, names)
        ids = _compare_ids(then, new, files)
        drawn = after.draw_by_hash(files.rules.sample, seed).set_index("customer_id")
    told = (
        f"a sample of {len(drawn):,} of the {now.customers:,} customers of now, drawn by a hash of their ids"
    )
    return Comparison(now.customers, drift, ids, Population(drawn[names], drawn[[*FITTED]]), told)


def _find_centres(crowd: "Crowd", scorer: Scorer) -> pd.DataFrame:
    """The mean of each segment of the model's own customers, in the scoring space."""
    places = [f"x{place}" for place in range(len(scorer.features))]
    needed = ["customer_id", *scorer.features]
    sums = crowd.sum_up(SumPrepared(scorer), "segment", ["customers", *places], needed)
    return sums[places].div(sums["customers"], axis=0)


def _compute_drift(before: "Crowd", after: "Crowd", names: Sequence[str]) -> PopulationDrift:
    sizes = before.count_by("segment"), after.count_by("segment")
    inside = f"segment <> {NOISE} and not isnan({DISTANCE})"
    return describe_population_drift(
        features=describe_column_drift(_count_columns(before, after, names)),
        own=describe_column_drift(_count_columns(before.select(inside), after.select(inside), OWN_FIT)),
        sizes=sizes,
    )


def _count_columns(
    before: "Crowd", after: "Crowd", names: Sequence[str]
) -> dict[str, ColumnCounts] | dict[str, None]:
    from segmentlab.transactions import RankedSide, rank_columns

    if not (before.customers and after.customers):
        return dict.fromkeys(names)
    edges = find_edge_ranks(before.customers)
    ranks = rank_columns(
        RankedSide(before.rows, before.customers, [*edges, *_find_middles(before.customers)]),
        RankedSide(after.rows, after.customers, _find_middles(after.customers)),
        names,
    )
    return {name: _count_column(ranks[name], before.customers, after.customers) for name in names}


def _find_middles(customers: int) -> list[int]:
    """The ranks of the one or two values whose mean is the median."""
    return [(customers - 1) // 2, customers // 2]


def _count_column(ranked: "RankedColumn", before: int, after: int) -> ColumnCounts:
    """Bins end at the values at the edges; the largest value is no edge, as the last bin is open."""
    edges = {edge for edge in ranked.before[:-2] if edge.before < before}
    upto = np.array([(0, 0), *sorted((edge.before, edge.after) for edge in edges), (before, after)])
    then, now = np.diff(upto, axis=0).astype(np.float64).T
    medians = [float(np.mean([one.value for one in side[-2:]])) for side in (ranked.before, ranked.after)]
    return ColumnCounts((before, after), (then, now), ranked.gap, (medians[0], medians[1]))


def _compare_ids(then: "Crowd", new: NewLines, files: "CrowdFiles") -> IdComparison:
    lines = new.cleaned.transactions
    latest = find_latest(lines, new.cut)
    now = keep_ids(lines.filter(latest), new.people, files.rules)
    if not now.customers:
        return IdComparison(np.nan, np.nan)
    earlier = keep_ids(lines.filter(~latest), new.people, files.rules)
    theirs, ours = (
        each.sum_up(CountShapes(), "shape", ["customers"], ["customer_id"], "string")["customers"]
        for each in (then, now)
    )
    alike = ours[ours.index.isin(theirs.index)].sum()
    return IdComparison(float(alike / now.customers), 1 - now.count_missing(then, earlier) / now.customers)
