"""A plan: whom the budget reaches, who is left out and why, and what it says before anybody is contacted."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from segmentlab.campaigns import (
    Goal,
    Rehearsal,
    draw_control,
    find_smallest_effect,
    make_blocks,
    rehearse,
)
from segmentlab.errors import ConfigError, DataError
from tests.plans import CHANCE, REHEARSAL, RULES, make_people, make_plan


def test_the_budget_reaches_those_who_are_worth_most() -> None:
    made = make_plan()
    people = make_people()
    assert made.contacts <= 200
    assert made.contacts >= 190
    assert len(made.people) - made.contacts == pytest.approx(0.2 * len(made.people), abs=3)
    left = people[~people["customer_id"].isin(made.people["customer_id"])]
    assert made.people["expected"].min() >= left["expected"].max()
    assert made.counts["fitting"] == 1_000
    assert made.counts["beyond_budget"] + made.counts["not_worth_a_contact"] + len(made.people) == 1_000
    assert made.end == date(2011, 7, 31)


def test_contacts_that_cost_nothing_reach_everybody() -> None:
    made = make_plan(replace(RULES, cost=0.0))
    assert len(made.people) == (make_people()["expected"] > 0).sum()


def test_who_brings_less_than_a_contact_costs_is_not_contacted() -> None:
    made = make_plan(replace(RULES, budget=10_000.0, cost=5.0))
    assert (made.people["expected"] * 0.1 > 5).all()
    assert made.counts["not_worth_a_contact"] > 0


def test_who_is_in_another_campaign_is_left_out() -> None:
    first = make_plan()
    second = make_plan(RULES, None, *first.people["customer_id"])
    assert not set(first.people["customer_id"]) & set(second.people["customer_id"])
    assert second.counts["in_other_campaigns"] == len(first.people)


def test_the_same_plan_has_the_same_digest_whatever_the_order_of_its_customers() -> None:
    shuffled = make_people().sample(frac=1, random_state=0)
    facts = make_plan().tell(model="m")
    assert make_plan(RULES, shuffled).tell(model="m") == facts
    assert make_plan(replace(RULES, seed=1)).tell(model="m")["digest"] != facts["digest"]
    assert make_plan().tell(model="other")["digest"] != facts["digest"]


def test_parts_are_segments_or_states() -> None:
    assert set(make_plan().people["part"]) == {"0 Best", "1 Good", "2 Rest"}
    by_state = make_plan(replace(RULES, per="state"))
    assert set(by_state.people["part"]) == {"Loyal", "no state"}
    assert by_state.list_parts()["contacts"].sum() == by_state.contacts


def test_a_part_of_three_is_contacted_and_has_no_figures() -> None:
    people = make_people(100).assign(segment=lambda own: np.where(own.index < 3, 7, 0))
    made = make_plan(replace(RULES, cost=0.0), people)
    small = made.list_parts().set_index("part").filter(like="7 ", axis=0)
    assert small["controls"].sum() == 0
    assert small["smallest_effect"].isna().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"budget": 0.0}, "budget of nothing"),
        ({"budget": float("nan")}, "budget=nan"),
        ({"budget": 0.4}, "less than one contact"),
        ({"cost": -1.0}, "cost=-1"),
        ({"cost": float("nan")}, "cost=nan"),
        ({"margin": 0.0}, "margin=0"),
        ({"control": 0.0}, "control=0"),
        ({"days": 0}, "days=0"),
        ({"per": "country"}, "per=country"),
        ({"name": "../up"}, "name=../up"),
        ({"channels": ()}, "channels="),
        ({"channels": ("a", "a")}, "channels="),
        ({"channels": ("../a",)}, "channels="),
    ],
)
def test_what_can_not_be_planned_says_why(change: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        replace(RULES, **change)  # type: ignore[arg-type]


def test_nobody_left_and_nobody_worth_it_say_so() -> None:
    with pytest.raises(DataError, match="in other campaigns of these days"):
        make_plan(RULES, None, *make_people()["customer_id"])
    with pytest.raises(DataError, match="nobody is worth a contact"):
        make_plan(replace(RULES, cost=90.0))


@pytest.mark.parametrize("plausible", [0.0, -0.1, 2.0, float("nan")])
def test_a_goal_promises_a_share_that_can_be(plausible: float) -> None:
    with pytest.raises(ConfigError, match="plausible"):
        Goal("g", "G", {"orders": (1, 1)}, "offer", plausible)


def test_the_cap_is_of_the_buyers_where_hardly_anybody_bought() -> None:
    index = pd.Series(np.arange(1_000.0))
    rare = pd.Series(np.where(np.arange(1_000) < 5, 50.0, 0.0))
    assert rehearse(index, rare).cap == 50.0
    with pytest.raises(DataError, match="None of the customers"):
        rehearse(index, rare * 0)
    with pytest.raises(DataError, match="Only 5 customers"):
        rehearse(index[:5], rare[:5])


def test_the_smallest_effect_is_seen_four_times_in_five() -> None:
    """By its own definition: on spend that scatters as the rehearsal says."""
    index = CHANCE.gamma(0.5, 100, 2_000)
    blocks = make_blocks(np.zeros(2_000, dtype=np.int64), index, 0.2)
    control = draw_control(blocks, 0.2, 0)
    told = find_smallest_effect(REHEARSAL, index, control, blocks)
    assert told is not None
    means, variances = REHEARSAL.foresee(index)
    weights = np.where(control, -1 / control.sum(), 1 / (~control).sum())
    noise = CHANCE.normal(0, np.sqrt(variances), (2_000, 2_000)) @ weights
    error = noise.std()
    assert np.mean(noise + told.money > 1.96 * error) == pytest.approx(0.8, abs=0.04)
    assert told.share == pytest.approx(told.money / means.mean())
    more = find_smallest_effect(REHEARSAL, np.tile(index, 4), np.tile(control, 4), np.tile(blocks, 4))
    assert more is not None
    assert more.share == pytest.approx(told.share / 2, rel=0.01)
    assert told.count_needed(2_000, told.share / 2) == 8_000


def test_without_a_control_group_no_effect_is_seen() -> None:
    assert find_smallest_effect(REHEARSAL, np.ones(3), np.zeros(3, dtype=bool), np.full(3, -1)) is None


def test_a_rehearsal_is_of_people_with_as_much_expected() -> None:
    known = Rehearsal(9.0, 20, np.array([1.0, 5.0]), np.array([0.1, 4.0]), np.array([1.0, 2.0]))
    means, variances = known.foresee(np.array([0.0, 3.0, 99.0]))
    assert means.tolist() == [0.1, 4.0, 4.0]
    assert variances.tolist() == [1.0, 2.0, 2.0]
