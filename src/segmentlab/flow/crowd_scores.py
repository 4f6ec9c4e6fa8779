"""Very many customers described, placed and kept in their segments in Spark: counts and files come back."""

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.flow.batches import SCORED, SETTLED, Score, Settle
from segmentlab.flow.movement import STATE_COLUMNS, Steadiness
from segmentlab.flow.place import LEAVE_OUT_SHORT_HISTORY, LeastHistory, Recipe
from segmentlab.flow.seen import keep_crowd
from segmentlab.flow.steps import StepTimer
from segmentlab.modelling import Scorer
from segmentlab.segments import find_customer_value
from segmentlab.transactions import SHAPED, Dataset, Shop, ShopComparison, clean_until, compare_shops

if TYPE_CHECKING:
    from segmentlab.transactions import Crowd, CrowdRules


@dataclass(frozen=True)
class ScoredCrowd:
    """Who is where on a day: `rows` has the columns of `ScoredCustomers.customers`, in Spark."""

    rows: "Crowd"
    as_of: date
    little_history: int
    left_out: int

    @property
    def placed(self) -> int:
        """How many have a segment."""
        return self.rows.customers


def place_crowd(
    recipe: Recipe,
    scorer: Scorer,
    dataset: Dataset,
    as_of: date | None,
    least: LeastHistory,
    rules: "CrowdRules",
    steps: StepTimer,
) -> ScoredCrowd:
    """Clean, describe and place, with nothing learnt on the way and no customer here."""
    with steps("clean"):
        cleaned, day = clean_until(dataset, recipe.cleaning, as_of)
    lines, people = cleaned.transactions, int(cleaned.ledger["customers"].iloc[-1])
    names = [column.name for column in recipe.features.columns]
    with steps("features"):
        rows = recipe.features.describe_rows(lines, day, dataset.customers, cleaned.orders)
        rows = _join(rows, find_customer_value(cleaned.orders))
        little = None if least.asks_for_nothing else least.find_lacking(lines, day)
        described = keep_crowd(_mark_short_histories(rows, little), names, people, rules)
    with steps("place"):
        placed = described.add(Score(scorer), SCORED, ["customer_id", *scorer.features])
        short = 0 if little is None else placed.select("little_history").customers
        if short and least.otherwise == LEAVE_OUT_SHORT_HISTORY:
            placed = placed.select("not little_history")
    return ScoredCrowd(placed, day, short, described.customers - placed.customers)


def _join(rows: ir.Table, more: ir.Table) -> ir.Table:
    return rows.left_join(more, "customer_id").drop("customer_id_right")


def _mark_short_histories(rows: ir.Table, little: ir.Table | None) -> ir.Table:
    if little is None:
        return rows.mutate(little_history=ibis.literal(False))
    marked = _join(rows, little.mutate(little_history=ibis.literal(True)))
    return marked.mutate(little_history=marked["little_history"].fill_null(False))


def settle_crowd(scored: "Crowd", before: "Crowd | None", as_of: date, rule: Steadiness) -> "Crowd":
    """The state after a snapshot, as `settle_segments` has it, beside `little_history`."""
    given = frozenset(scored.count_by("segment").index.tolist())
    needed = ["customer_id", "segment", "name", "confidence", "revenue"]
    if before is not None:
        names = {f"before_{name}": name for name in STATE_COLUMNS}
        scored, needed = scored.join(before, names), [*needed, *names]
    settled = scored.add(Settle(as_of, rule, given), SETTLED, needed)
    moved = {"segment": "settled", "name": "settled_name", "scored": "segment"}
    return settled.rename({name: moved.get(name, name) for name in ("little_history", *STATE_COLUMNS)})


# Whose customers these are, by counts and by samples of ids.


def compare_crowd_shops(learnt: Shop, theirs: "Crowd | None", now: Shop, own: "Crowd") -> ShopComparison:
    """Hold data of now against a model's: the facts of both shops, and their customers, as far as kept."""
    if theirs is None:
        return compare_shops(learnt, _name_some(now, own))
    known = 1 - own.count_missing(theirs) / own.customers if own.customers else None
    return compare_shops(_name_some(learnt, theirs), _name_some(now, own), known=known)


def _name_some(shop: Shop, crowd: "Crowd") -> Shop:
    """With ids of some customers, whose shapes are those of all."""
    drawn = crowd.draw_by_hash(SHAPED, seed=0)
    return replace(shop, customers=pd.Index(drawn["customer_id"]))
