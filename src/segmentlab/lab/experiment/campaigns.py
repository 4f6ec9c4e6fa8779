"""Campaigns from Python: a plan and its result, with nothing kept."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd

from segmentlab.campaigns import (
    CampaignPlan,
    CampaignResult,
    assign_channels,
    measure_campaign,
    plan_campaign,
)
from segmentlab.errors import DataError
from segmentlab.flow import Recipe, StepTimer, check_campaigns_possible, gather_outcomes, look_at_goal
from segmentlab.lab.config import Setup, build_campaign_rules, compose_setup
from segmentlab.lab.experiment.arguments import write_value
from segmentlab.lab.experiment.scoring import open_like
from segmentlab.modelling import Scorer
from segmentlab.transactions import find_last_day


def plan_with_model(
    recipe: Recipe,
    scorer: Scorer,
    data: Any,  # noqa: ANN401
    setup: Setup | None,
    as_of: date | None,
    taken: Collection[str],
    choices: Mapping[str, Any],
) -> CampaignPlan:
    """The plan of these choices, by the names that `conf/campaign.yaml` has for them."""
    words = [f"{name}={write_value(value, name)}" for name, value in choices.items()]
    rules = build_campaign_rules(compose_setup(words, "campaign").config)
    opened, new = open_like(data, setup, customers_only=False)
    view = look_at_goal(recipe, scorer, opened.read(new), as_of, rules.goal, rules.days, StepTimer())
    channels, _ = assign_channels(view.people["customer_id"], rules.channels, None)
    people = view.people.assign(channel=channels)
    return plan_campaign(rules, people, view.rehearsal, view.start, pd.Index(list(taken)))


def measure_with_model(
    recipe: Recipe,
    data: Any,  # noqa: ANN401
    setup: Setup | None,
    plan: CampaignPlan,
    contacted: Collection[str] | None,
) -> CampaignResult:
    """What came of a plan, by a log that reaches its end."""
    opened, new = open_like(data, setup, customers_only=False)
    _, dataset = check_campaigns_possible(recipe, opened.read(new))
    last = find_last_day(dataset.transactions) + timedelta(days=1)
    if last < plan.end:
        raise DataError(
            f"The campaign ends on {plan.end}, and the data on {last}. Wait, and hand over a log that "
            "reaches that day: who looks early and often finds what chance has made."
        )
    ids = pd.Index(plan.people["customer_id"])
    did = gather_outcomes(recipe, dataset, ids, plan.start, plan.end)
    return measure_campaign(
        plan.people,
        did["during"],
        did["before"],
        cap=plan.rehearsal.cap,
        cost=plan.rules.cost,
        margin=plan.rules.margin,
        contacted=None if contacted is None else pd.Series(list(contacted), dtype="str"),
    )
