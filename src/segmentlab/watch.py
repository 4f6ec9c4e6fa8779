"""The story of a look, in order: clean, describe and place customers as the model does, then compare."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pandas as pd

from segmentlab.comparing.agreement import agreement
from segmentlab.errors import DataError
from segmentlab.modelling.scorer import Scorer
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.result import Plan
from segmentlab.scoring.recipe import Recipe
from segmentlab.steps import Steps
from segmentlab.transactions.cleaning import From, Rule
from segmentlab.transactions.dataset import CustomersOnly, Dataset
from segmentlab.transactions.ledger import Cleaned, clean
from segmentlab.transactions.schema import check_values
from segmentlab.transactions.window import last_day, since
from segmentlab.watching.check import Check, Limits
from segmentlab.watching.delivery import delivery, delivery_checks
from segmentlab.watching.population import Population, population_checks, population_drift
from segmentlab.watching.watched import Watched

AS_OF_RULE = "from_as_of"


@dataclass(frozen=True)
class Baseline:
    """The model that is watched: what it does, what it was made of, and how to make it again."""

    address: str
    scorer: Scorer
    recipe: Recipe
    features: pd.DataFrame  # of the customers that it was made of
    ledger: pd.DataFrame
    plan: Plan

    def behind(self, rules: Mapping[str, Rule]) -> "Baseline":
        """The same for data that brings rules of its own."""
        return replace(self, recipe=self.recipe.behind(rules))


@dataclass(frozen=True)
class Look:
    """What is looked at, and how far it may go."""

    limits: Limits
    as_of: date | None = None  # the day after the last line
    days: int | None = None  # how much history counts; all there is
    latest_days: int = 30
    refit: bool = True


def watch(baseline: Baseline, dataset: Dataset | CustomersOnly, look: Look, steps: Steps) -> Watched:
    """Compare the data of now with the model's own."""
    if isinstance(dataset, CustomersOnly):
        raise DataError(f"{dataset.name} has customers and no transactions: nothing of it can be compared.")
    with steps("clean"):
        check_values(dataset.transactions, dataset.source)
        as_of = look.as_of or last_day(dataset.transactions) + timedelta(days=1)
        cleaned = _cleaned(baseline, dataset, as_of, look.days)
    with steps("features"):
        recipe, scorer = baseline.recipe, baseline.scorer
        features = recipe.features.describe(cleaned.transactions, as_of, dataset.customers)
    with steps("evaluate"):
        before = Population(baseline.features, scorer.assign(baseline.features))
        after = Population(features, scorer.assign(features))
        drift = population_drift(scorer, before, after)
        cut = as_of - timedelta(days=look.latest_days)
        ledgers = (_of_window(baseline.ledger), _of_window(cleaned.ledger))
        delivered = delivery(cleaned.transactions, cut, baseline.features.index, ledgers)
    in_days = {column.name for column in recipe.features.columns if column.unit == "days"}
    checks = [
        *population_checks(drift, in_days, look.limits),
        *delivery_checks(delivered, look.limits),
        *(_refit_checks(baseline, after, look, steps) if look.refit else ()),
    ]
    return Watched(
        model=baseline.address,
        data=dataset.name,
        as_of=as_of,
        customers=len(features),
        checks=tuple(checks),
        drift=drift,
        delivery=delivered,
        names=scorer.names,
    )


def _cleaned(baseline: Baseline, dataset: Dataset, as_of: date, days: int | None) -> Cleaned:
    """The lines of the window, cleaned as the model's were."""
    lines = dataset.transactions
    if days is not None:
        lines = since(lines, as_of - timedelta(days=days))
    return clean(lines, {AS_OF_RULE: From(as_of.isoformat()), **baseline.recipe.cleaning}, dataset.source)


def _of_window(ledger: pd.DataFrame) -> pd.DataFrame:
    """The ledger without what came after the day: how much of it a log has says nothing of its quality."""
    return ledger[~ledger["rule"].isin(["read", AS_OF_RULE])]


def _refit_checks(baseline: Baseline, now: Population, look: Look, steps: Steps) -> Iterator[Check]:
    """Whether segments learnt from the data of now would be the same."""
    plan = baseline.plan
    long_tailed = [column.name for column in baseline.recipe.features.columns if column.transform == "log"]
    with steps("fit"):
        refit = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
        labels = refit.fit(now.features, None, long_tailed).labels_
    placed = now.placed.rename_axis("customer_id").reset_index()
    learnt = pd.DataFrame({"customer_id": now.features.index, "segment": labels, "name": ""})
    found = agreement(("the model", placed), ("a refit", learnt))
    told = "adjusted Rand index of the model's segments and those learnt from the data of now"
    yield Check("agreement", found.adjusted_rand, look.limits.agreement, told, at_most=False)
