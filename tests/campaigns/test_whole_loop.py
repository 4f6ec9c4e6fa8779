"""From a plan to what it brought, in a generated shop where contacts have a known effect."""

from pathlib import Path

import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.campaigns import CampaignPlan, CampaignResult
from segmentlab.transactions import DuckDB, SyntheticWorld

pytestmark = pytest.mark.slow  # two generated shops

CUSTOMERS = 2_500


def read_shop(folder: Path, plan: CampaignPlan | None = None) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """The shop, with what the campaign did to it: everything else happens as without."""
    if plan is None:
        world = SyntheticWorld(customers=CUSTOMERS, folder=str(folder))
        return world.read(DuckDB().connect()).transactions.to_pandas(), None
    people = folder / "people.parquet"
    plan.people.to_parquet(people)
    world = SyntheticWorld(
        customers=CUSTOMERS,
        folder=str(folder),
        campaign=str(people),
        campaign_day=plan.start.isoformat(),
        campaign_days=plan.rules.days,
    )
    return world.read(DuckDB().connect()).transactions.to_pandas(), world.read_effects()


def test_what_a_campaign_brought_is_what_the_shop_says_it_did(tmp_path: Path) -> None:
    shop, _ = read_shop(tmp_path)
    model = sl.load(sl.segment(shop, evaluate="quick", as_of="2011-06-01").save(tmp_path / "model"))
    plan = model.plan_campaign(shop, name="spring", goal="grow", budget=400, as_of="2011-06-01", days=60)
    moved, effects = read_shop(tmp_path, plan)
    assert effects is not None
    truth = effects.loc[plan.people["customer_id"]]
    contacted = (plan.people["group"] == "contact").to_numpy()
    measured, without = (model.measure_campaign(plan, log) for log in (moved, shop))

    # The same people with and without: chance is the same in both, and what is left is what was added.
    gain = find(measured, "orders") - find(without, "orders")
    assert gain == pytest.approx(truth.loc[contacted, "orders"].mean(), abs=0.02)
    raised = find(measured, "raw_spend") - find(without, "raw_spend")
    assert raised == pytest.approx(truth.loc[contacted, "spend"].mean(), rel=0.1)

    # Without that knowledge, the interval holds the effect that was to be expected.
    row = measured.find_row("orders")
    assert row["low"] <= truth.loc[contacted, "expected_orders"].mean() <= row["high"]
    capped = measured.find_row()
    assert capped["low"] <= truth.loc[contacted, "expected_spend"].mean() <= capped["high"]
    assert without.find_row()["claim"] == ""


def find(result: CampaignResult, outcome: str) -> float:
    return float(result.find_row(outcome)["difference"])
