"""Who took something against others, where nobody drew by chance: what is known of both goes into it."""

from datetime import date, timedelta
from typing import NamedTuple

import pandas as pd

from segmentlab.campaigns import ObservedComparison, compare_takers, name_parts, rehearse
from segmentlab.flow.campaign import (
    ANY_HISTORY,
    check_campaigns_possible,
    expect_spend,
    gather_outcomes,
    stand_then,
    sum_outcomes_between,
)
from segmentlab.flow.place import Recipe, place_customers
from segmentlab.flow.steps import StepTimer
from segmentlab.modelling import Scorer
from segmentlab.transactions import Dataset, clean_until

KNOWN_FACTS = ["orders", "age", "silent", "spent", "expected"]  # of the first day, to see how alike they were


class Takers(NamedTuple):
    """Who took something, from which day on, and what is compared."""

    ids: pd.Index
    since: date
    days: int
    per: str


def compare_observed(
    recipe: Recipe, scorer: Scorer, dataset: Dataset, takers: Takers, steps: StepTimer
) -> ObservedComparison:
    """Compare them with others from that day on; and as a placebo before it, by where they stood then."""
    laws, dataset = check_campaigns_possible(recipe, dataset)
    since, window = takers.since, timedelta(days=takers.days)
    scored = place_customers(recipe, scorer, dataset, since, ANY_HISTORY, steps)
    standing = scored.standing
    assert standing is not None
    with steps("compare"):
        cleaned, _ = clean_until(dataset, recipe.cleaning, since)
        earlier = stand_then(recipe, laws, dataset, cleaned.transactions, since - window, takers.days)
        before = sum_outcomes_between(cleaned.transactions, since - window, since)
        before = before.reindex(earlier.index).fillna(0.0)
        outcomes = gather_outcomes(recipe, dataset, standing.index, since, since + window)
        where = scored.customers.set_index("customer_id").loc[standing.index]
        if "state" not in where:
            where["state"] = ""
        people = name_parts(where, takers.per)[["part"]].assign(
            expected=expect_spend(laws, standing, takers.days), taker=standing.index.isin(takers.ids)
        )
        # By segments of the later day it would be known already what they did.
        past = pd.DataFrame({"expected": expect_spend(laws, earlier, takers.days), "part": "everybody"})
        past["taker"] = past.index.isin(takers.ids)
        facts = standing[KNOWN_FACTS].assign(spend_before=outcomes["before"]["spend"])
        cap = rehearse(past["expected"], before["spend"]).cap
        return compare_takers(people, outcomes["during"], past, before, facts, cap)
