"""A campaign in the story of a shop: what counts as its days, and what can't be asked of a model or a log."""

from dataclasses import replace
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.campaigns import Goal
from segmentlab.errors import DataError
from segmentlab.features import FeatureRecipe, gather_histories
from segmentlab.flow import Recipe, check_campaigns_possible, expect_spend, sum_outcomes_between
from segmentlab.flow.campaign import rehearse_goal
from segmentlab.transactions import CustomersOnly, Dataset
from segmentlab.value import GammaGamma, MbgNbd, ShopLaws

LAWS = ShopLaws(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), 20.0, 60.0, 3.0, best_spent=400.0)
RECIPE = Recipe({}, FeatureRecipe((), {}), "digest", date(2011, 6, 1), laws=LAWS)
ANYBODY = Goal("anybody", "Anybody", {"orders": (1, None)}, "offer", 0.1)


def make_dataset(engine: BaseBackend) -> Dataset:
    """Sixty customers who order every ten days of half a year, one of them on the hour that days begin."""
    days = pd.date_range("2011-01-01", "2011-06-29", freq="10D")
    who = [f"c{number:02}" for number in range(60)]
    log = pd.DataFrame([(one, day) for one in who for day in days], columns=["customer_id", "timestamp"])
    log["invoice_id"] = np.arange(len(log)).astype(str)
    log["product_id"], log["quantity"], log["unit_price"], log["line_total"] = "p", 1.0, 5.0, 5.0
    table = engine.create_table("log", ibis.memtable(log).to_pyarrow(), temp=True)
    return Dataset(name="shop", source="shop", digest="d", transactions=table)


def test_the_first_day_counts_and_the_last_one_does_not(engine: BaseBackend) -> None:
    lines = make_dataset(engine).transactions
    found = sum_outcomes_between(lines, date(2011, 1, 1), date(2011, 1, 21))
    assert found.loc["c00"].to_dict() == {"orders": 2.0, "spend": 10.0}
    assert sum_outcomes_between(lines, date(2012, 1, 1), date(2012, 2, 1)).empty


def test_what_is_expected_is_what_the_laws_say_of_as_many_days(engine: BaseBackend) -> None:
    histories = gather_histories(make_dataset(engine).transactions, date(2011, 6, 30))
    standing = LAWS.place(histories)
    found = expect_spend(LAWS, standing, 60)
    assert found.to_numpy() == pytest.approx(standing["expected"].to_numpy(), abs=1e-6)
    assert (expect_spend(LAWS, standing, 120) > found).all()


def test_a_model_without_laws_and_data_without_transactions_are_refused(engine: BaseBackend) -> None:
    dataset = make_dataset(engine)
    assert check_campaigns_possible(RECIPE, dataset) == (LAWS, dataset)
    with pytest.raises(DataError, match="knows no laws of its shop"):
        check_campaigns_possible(replace(RECIPE, laws=None), dataset)
    people = CustomersOnly(name="p", source="p", digest="d", customers=dataset.transactions)
    with pytest.raises(DataError, match="needs transactions"):
        check_campaigns_possible(RECIPE, people)


def test_a_log_that_is_younger_than_the_campaign_is_long_is_refused(engine: BaseBackend) -> None:
    dataset = make_dataset(engine)
    with pytest.raises(DataError, match="nothing before 2010-12-02, 200 days before"):
        rehearse_goal(RECIPE, LAWS, dataset, date(2011, 6, 20), ANYBODY, 200)


def test_people_like_these_are_looked_at_and_everybody_where_they_were_too_few(engine: BaseBackend) -> None:
    dataset = make_dataset(engine)
    rehearsal, notes = rehearse_goal(RECIPE, LAWS, dataset, date(2011, 6, 30), ANYBODY, 30)
    assert notes == ()
    assert rehearsal.people == 60
    assert rehearsal.cap == 15.0
    nobody = Goal("none", "None", {"orders": (999, None)}, "offer", 0.1)
    rehearsal, notes = rehearse_goal(RECIPE, LAWS, dataset, date(2011, 6, 30), nobody, 30)
    assert rehearsal.people == 60
    assert "about 0 customers on 2011-05-31: too few" in notes[0]
