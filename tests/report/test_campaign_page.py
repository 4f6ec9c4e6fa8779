"""The pages of a campaign: what was fixed, what came of it, and nothing claimed where nobody was drawn."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.campaigns import REASONS_FOR_DOUBT, CampaignPlan, CampaignResult, measure_campaign
from segmentlab.report import (
    OBSERVATIONAL,
    describe_left_out,
    describe_power,
    make_plan_table,
    make_uplift_table,
    write_observed_page,
    write_plan_page,
    write_result_page,
)
from segmentlab.report.figures.uplift import select_uplift_rows
from tests.plans import RULES, make_people, make_plan


@pytest.fixture(scope="module")
def plan() -> CampaignPlan:
    people = make_people()
    return make_plan(RULES, people.assign(name=people["name"].replace("Best", "<b>Best</b>")))


@pytest.fixture(scope="module")
def result(plan: CampaignPlan) -> CampaignResult:
    chance = np.random.default_rng(0)
    spend = plan.people["expected"] * chance.lognormal(0, 0.3, len(plan.people))
    more = 90.0 * (plan.people["part"] == "2 Rest") * (plan.people["group"] == "contact")
    did = pd.DataFrame({"orders": 1.0, "spend": spend + more})
    return measure_campaign(plan.people, did, did * 0, cap=900.0, cost=0.5)


def test_what_can_be_seen_is_said_before_anybody_is_contacted(plan: CampaignPlan) -> None:
    told = " ".join(describe_power(plan))
    assert "99th percentile" in told
    assert "smallest effect that" in told
    assert "more than is plausible (10.0 %)" in told
    assert "1,000 customers fit the goal." in describe_left_out(plan)
    assert len(make_plan_table(plan).rows) == 3


def test_the_pages_are_whole_and_names_are_no_markup(plan: CampaignPlan, result: CampaignResult) -> None:
    first = write_plan_page(plan, plan.tell(model="models:/segments/1"), ["a note"])
    second = write_result_page("spring", "2011-06-01 to 2011-07-31.", result)
    for page in (first, second):
        assert "<b>Best</b>" not in page
        assert "http://" not in page.replace("http://www.w3.org", "")
        assert "&lt;b&gt;Best" in page
    assert plan.tell(model="models:/segments/1")["digest"] in first
    assert result.answer in second.replace("&#39;", "'")


def test_claims_stand_where_intervals_leave_nothing_open(result: CampaignResult) -> None:
    table = make_uplift_table(result.uplift)
    claims = {(row[0], row[1]): row[3] for row in table.rows}
    assert claims["2 Rest", "Spend, capped"] == "more"
    assert claims["2 Rest", "Spend as it is"].startswith("none: ")
    assert claims["1 Good", "Spend, capped"] == "none: chance does as much"
    rows = select_uplift_rows(result.uplift).set_index("label")
    assert rows.loc["2 Rest", "claimed"]
    assert not rows.loc["1 Good", "claimed"]


def test_a_comparison_without_chance_says_so_with_every_figure(result: CampaignResult) -> None:
    balance = pd.DataFrame(
        {"fact": ["orders"], "contact": 2.0, "control": 1.0, "plain": 0.5, "within_blocks": 0.1}
    )
    page = write_observed_page("takers", "Observational, so ...", result.uplift, result.uplift, balance, [])
    assert page.count("bservational") >= 6
    assert all(reason.split(":")[0] in page.replace("&#39;", "'") for reason in REASONS_FOR_DOUBT)
    assert OBSERVATIONAL in page
    assert "Contacted" not in page
