"""Every page that the small shop has, by name."""

from collections.abc import Callable
from typing import Final

import ibis
import numpy as np
import pandas as pd

import segmentlab as sl
from segmentlab.campaigns import CampaignResult, measure_campaign
from segmentlab.evaluation import make_leaderboard
from segmentlab.report import write_baskets_page, write_observed_page, write_plan_page, write_result_page
from segmentlab.report.comparison_page import write_comparison_page
from segmentlab.report.data_page import write_customers_page, write_data_page
from segmentlab.report.figures.basket_network import choose_network, draw_basket_network
from segmentlab.report.page import write_report_page
from segmentlab.transactions import describe_columns
from tests.evaluation.fabricated import logged
from tests.plans import RULES, make_people, make_plan
from tests.report.portraits import write_up_fully
from tests.report.shop import Shop, draw, make_overview, make_shop, make_together, write_up


def write_full_report() -> str:
    """With all sections and figures."""
    shop = make_shop()
    return write_report_page(write_up_fully(shop, draw(shop)))


def write_summary() -> str:
    """With the main ones."""
    shop: Shop = make_shop()
    return write_report_page(write_up(shop, draw(shop)[:3]))


def write_plan() -> str:
    """A campaign before it begins."""
    plan = make_plan(RULES, make_people())
    return write_plan_page(plan, plan.tell(model="models:/segments/1"), ["a note"])


def make_result() -> CampaignResult:
    """A campaign that brought a little."""
    people = make_plan(RULES, make_people()).people
    spend = people["expected"] * np.random.default_rng(0).lognormal(0, 0.3, len(people))
    did = pd.DataFrame({"orders": 1.0, "spend": spend + 90.0 * (people["group"] == "contact")})
    return measure_campaign(people, did, did * 0, cap=900.0, cost=0.5)


def write_observed() -> str:
    """A comparison without chance."""
    balance = pd.DataFrame(
        {"fact": ["orders"], "contact": 2.0, "control": 1.0, "plain": 0.5, "within_blocks": 0.1}
    )
    uplift = make_result().uplift
    return write_observed_page("takers", "Observational.", uplift, uplift, balance, [])


def write_baskets() -> str:
    """What goes together."""
    found = make_together()
    return write_baskets_page(found, "a small shop", None, [draw_basket_network(choose_network(found))])


def write_comparison() -> str:
    """Four runs of one shop."""
    tags = {"verdict": "groups that the segments do not follow", "checks": "SEG001,SEG003,SEG006,SEG012"}
    runs = [logged(f"{number:032x}", tags=tags) for number in range(4)]
    return write_comparison_page(make_leaderboard(runs), [], [])


def write_customers() -> str:
    """A table of customers as it came."""
    people = ibis.memtable({"customer_id": ["a", "b", "c"], "age": [20, 30, None], "kind": ["x", "x", "y"]})
    return write_customers_page("people.csv", describe_columns(people))


def write_cards() -> str:
    """A segmentation as a notebook shows it, in a page of its own."""
    found = sl.segment(sl.make_shop(customers=300), n_clusters=5, evaluate="quick")
    return (
        f'<!doctype html><html lang="en"><title>Cards</title><main><h1>Cards</h1>{found._repr_html_()}</main>'
    )


PAGES: Final[dict[str, Callable[[], str]]] = {
    "report": write_full_report,
    "summary": write_summary,
    "data": lambda: write_data_page("Data", "as it came", make_overview("LANTERN")),
    "plan": write_plan,
    "result": lambda: write_result_page("spring", "2011-06-01 to 2011-07-31.", make_result()),
    "observed": write_observed,
    "baskets": write_baskets,
    "comparison": write_comparison,
    "customers": write_customers,
    "cards": write_cards,
}
