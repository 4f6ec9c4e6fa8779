"""A plan of a campaign on customers that are drawn, for whoever needs one."""

from datetime import date

import numpy as np
import pandas as pd

from segmentlab.campaigns import CampaignPlan, CampaignRules, Goal, plan_campaign, rehearse

GOAL = Goal("grow", "More", {"orders": (2, None)}, "an offer", 0.1)
RULES = CampaignRules("spring", GOAL, budget=100.0, cost=0.5)
START = date(2011, 6, 1)
CHANCE = np.random.default_rng(1)
PAST = pd.Series(CHANCE.gamma(0.5, 100, 3_000))
REHEARSAL = rehearse(PAST, PAST * (CHANCE.random(3_000) < 0.5))


def make_people(count: int = 1_000) -> pd.DataFrame:
    chance = np.random.default_rng(2)
    return pd.DataFrame(
        {
            "customer_id": [f"{number:05}" for number in range(count)],
            "segment": np.arange(count) % 3,
            "name": np.array(["Best", "Good", "Rest"])[np.arange(count) % 3],
            "state": np.where(np.arange(count) % 2, "Loyal", ""),
            "expected": chance.gamma(0.5, 100, count).round(2),
            "channel": "email",
        }
    )


def make_plan(rules: CampaignRules = RULES, people: pd.DataFrame | None = None, *taken: str) -> CampaignPlan:
    own = make_people() if people is None else people
    return plan_campaign(rules, own, REHEARSAL, START, pd.Index(taken))
