"""The story of a look, in order: clean, describe and place customers as the model does, then compare."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import nan
from typing import TYPE_CHECKING

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.evaluation import measure_agreement
from segmentlab.flow.alarms import Alarm, AlarmLimits
from segmentlab.flow.comparison import Comparison, NewLines, compare_crowds, compare_customers
from segmentlab.flow.delivery import (
    DeliveryDrift,
    check_delivery,
    check_feed,
    check_shop,
    compare_deliveries,
)
from segmentlab.flow.movement import Movement
from segmentlab.flow.place import Recipe
from segmentlab.flow.population import PopulationDrift, check_population
from segmentlab.flow.result import Plan
from segmentlab.flow.standing import place_by_laws
from segmentlab.flow.steps import StepTimer
from segmentlab.modelling import Scorer, Segmenter
from segmentlab.segments import share_true, sum_net
from segmentlab.transactions import (
    AS_OF_RULE,
    CleaningRule,
    CustomersOnly,
    Dataset,
    Delivered,
    Shop,
    clean_until,
    compare_shops,
    drop_copies,
    find_shop_facts,
    select_since,
    select_until,
)

if TYPE_CHECKING:
    from segmentlab.transactions import CrowdFiles

# One look at a segmentation in use: everything that its page and its tables are made of.


@dataclass(frozen=True)
class WatchResult:
    """What was compared, and what came of it."""

    model: str
    data: str
    as_of: date
    customers: int
    checks: tuple[Alarm, ...]
    drift: PopulationDrift
    delivery: DeliveryDrift
    names: Mapping[int, str]
    movement: Movement | None = None  # nothing before there are two scorings

    @property
    def fired(self) -> tuple[Alarm, ...]:
        """The checks that ask for a look."""
        return tuple(check for check in self.checks if check.fired)

    @property
    def answer(self) -> str:
        """What a person wants to know first."""
        if not self.fired:
            return f"{self.model} still fits {self.data} as of {self.as_of}: no check asks for a look."
        names = ", ".join(check.name for check in self.fired)
        told = f"{len(self.fired)} of {len(self.checks)} checks fired: {names}"
        return f"Look at {self.data} as of {self.as_of}: {told}."


@dataclass(frozen=True)
class WatchBaseline:
    """The model that is watched: what it does, what it was made of, and how to make it again."""

    address: str
    scorer: Scorer
    recipe: Recipe
    features: "pd.DataFrame | CrowdFiles"  # of the customers that it was made of
    ledger: pd.DataFrame
    plan: Plan
    shop: Shop = field(default_factory=Shop)  # which one it has learnt from

    def behind(self, rules: Mapping[str, CleaningRule]) -> "WatchBaseline":
        """The same for data that brings rules of its own."""
        return replace(self, recipe=self.recipe.behind(rules))


@dataclass(frozen=True)
class WatchRules:
    """What is looked at, and how far it may go."""

    limits: AlarmLimits
    as_of: date | None = None  # the day after the last line
    days: int | None = None  # how much history counts; all there is
    latest_days: int = 30
    refit: bool = True


def watch_segments(
    baseline: WatchBaseline, dataset: Dataset | CustomersOnly, look: WatchRules, steps: StepTimer
) -> WatchResult:
    """Compare the data of now with the model's own."""
    if isinstance(dataset, CustomersOnly):
        raise DataError(f"{dataset.name} has customers and no transactions: nothing of it can be compared.")
    with steps("clean"):
        cleaned, as_of = clean_until(dataset, baseline.recipe.cleaning, look.as_of, look.days)
    new = NewLines(dataset, cleaned, as_of, as_of - timedelta(days=look.latest_days))
    seen = _compare(baseline, new, steps)
    with steps("evaluate"):
        ledgers = (_select_window_rules(baseline.ledger), _select_window_rules(cleaned.ledger))
        delivered = compare_deliveries(cleaned.transactions, new.cut, seen.ids, ledgers)
    in_days = {column.name for column in baseline.recipe.features.columns if column.unit == "days"}
    window = _select_window(dataset, as_of, look.days)
    own = replace(find_shop_facts(window), delivered=Delivered.of(window, look.as_of))
    shops = compare_shops(baseline.shop, own)
    checks = [
        *check_population(seen.drift, in_days, look.limits, baseline.scorer.names),
        *check_delivery(delivered, look.limits),
        check_shop(shops),
        check_feed(baseline.shop, shops),
        *(_check_refit(baseline, seen, look, steps) if look.refit else ()),
        _check_names(baseline, new, seen, look, steps),
    ]
    return WatchResult(
        model=baseline.address,
        data=dataset.name,
        as_of=as_of,
        customers=seen.customers,
        checks=tuple(checks),
        drift=seen.drift,
        delivery=delivered,
        names=baseline.scorer.names,
    )


def _compare(baseline: WatchBaseline, new: NewLines, steps: StepTimer) -> Comparison:
    """Here, or in Spark where the model's customers or those of now are more than shall come here."""
    recipe, scorer, own = baseline.recipe, baseline.scorer, baseline.features
    if isinstance(own, pd.DataFrame):
        return compare_customers(recipe, scorer, own, new, steps)
    if own.are_many(new.people):
        return compare_crowds(recipe, scorer, own, new, steps, baseline.plan.seed)
    return compare_customers(recipe, scorer, own.read(scorer.features), new, steps)


def _select_window(dataset: Dataset, as_of: date, days: int | None) -> ir.Table:
    """The lines that are looked at, as they were read: so are those that a run says its facts of."""
    lines = select_until(dataset.transactions, as_of)
    return lines if days is None else select_since(lines, as_of - timedelta(days=days))


def _select_window_rules(ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger without what came after the day: how much of it a log has says nothing of its quality."""
    return ledger[~ledger["rule"].isin(["read", AS_OF_RULE])]


def _check_refit(
    baseline: WatchBaseline, seen: Comparison, look: WatchRules, steps: StepTimer
) -> Iterator[Alarm]:
    """Whether segments learnt from the data of now would be the same."""
    plan, now = baseline.plan, seen.refitted
    with steps("fit"):
        refit = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
        labels = refit.fit(now.features, long_tailed=baseline.recipe.features.long_tailed).labels_
    placed = now.placed.assign(name="").rename_axis("customer_id").reset_index()
    learnt = pd.DataFrame({"customer_id": now.features.index, "segment": labels, "name": ""})
    found = measure_agreement(("the model", placed), ("a refit", learnt))
    told = f"adjusted Rand index of the model's segments and those learnt from {seen.told}"
    yield Alarm("agreement", found.adjusted_rand, look.limits.agreement, told, at_most=False)


def _check_names(
    baseline: WatchBaseline, new: NewLines, seen: Comparison, look: WatchRules, steps: StepTimer
) -> Alarm:
    """Whether the names of segments are still true of who is in them, by the laws of the model's shop."""
    recipe, labels, limit = baseline.recipe, seen.refitted.placed["segment"], look.limits.names
    if recipe.laws is None or recipe.names is None:
        told = "the model does not know the laws of its shop: it was made before there were any"
        return Alarm("names", nan, limit, told, at_most=False)
    if len(labels) < seen.customers:
        return Alarm("names", nan, limit, "customers who stay in Spark have no state", at_most=False)
    with steps("evaluate"):
        as_read = drop_copies(_select_window(new.dataset, new.as_of, look.days), recipe.cleaning)
        net = sum_net(as_read, new.as_of)
        standing = place_by_laws(recipe.laws, new.cleaned.transactions, new.as_of, net)
        shares = share_true(recipe.names.find_true(recipe.laws, standing), labels)
    truths = {
        name: float(shares[name][segment])
        for segment, name in baseline.scorer.names.items()
        if name in shares and segment in shares.index
    }
    if not truths:
        told = "no segment of the model has a name that says something of customers"
        return Alarm("names", nan, limit, told, at_most=False)
    least = min(truths, key=truths.__getitem__)
    told = f"share of the customers in {least} of whom that is true, the least of {len(truths)} names"
    return Alarm("names", truths[least], limit, told, at_most=False)
