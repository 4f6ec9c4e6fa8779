"""Where scored customers stand, by the laws that came with their model."""

from datetime import date

import ibis
import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.flow.result import Standing
from segmentlab.flow.standing import STANDING_COLUMNS, judge_names, place_by_laws, remember_standing
from segmentlab.lab.config.build import build_plan
from segmentlab.segments import NameRules
from segmentlab.value import GammaGamma, MbgNbd, ShopLaws
from tests.configs import composed

LINES = pd.DataFrame(
    {"customer_id": ["anna", "anna", "anna", "bert"], "line_total": [20.0, 40.0, -10.0, 5.0],
     "timestamp": pd.to_datetime(["2011-01-01", "2011-01-11", "2011-01-12", "2011-01-30"])}
)  # fmt: skip
DAY = date(2011, 1, 31)


LAWS = ShopLaws(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), 20.0, 60.0, 4.0)
RULES = NameRules(
    {"New": {"age": (None, 20)}, "One-time": {"orders": (1, 1)}, "Loyal": {"orders": (4, None)}}
)


def test_what_customers_did_is_remembered() -> None:
    standing = place_by_laws(LAWS, ibis.memtable(LINES), DAY, pd.Series({"anna": 50.0, "bert": 5.0}))
    found = remember_standing(standing, DAY)
    assert tuple(found) == STANDING_COLUMNS
    assert found["orders"].to_dict() == {"anna": 2, "bert": 1}
    first, last = (found[name].dt.date.tolist() for name in ("first_order", "last_order"))
    assert first == [date(2011, 1, 1), date(2011, 1, 30)]
    assert last == [date(2011, 1, 11), date(2011, 1, 30)]
    assert found[["late", "expected"]].notna().all(axis=None)


def test_nobody_comes_back_to_a_first_order() -> None:
    standing = place_by_laws(LAWS, ibis.memtable(LINES), DAY, pd.Series({"anna": 50.0, "bert": 5.0}))
    told = {"One-time": [0, 1], "New (9 spent)": [0, 1], "Loyal": [1, 1], "Best": [1, 1]}
    for name, expected in told.items():
        names = pd.Series(name, index=["anna", "bert", "carl"])
        assert judge_names(names, standing, RULES, LAWS).tolist() == [*expected, pd.NA]


@pytest.fixture(scope="module")
def found() -> sl.Segmentation:
    return sl.segment(sl.make_shop(customers=150), evaluate="quick", n_clusters=3)


def test_scored_on_the_day_of_the_model_customers_are_expected_to_spend_what_its_run_said(
    found: sl.Segmentation,
) -> None:
    scored = found.score(sl.make_shop(customers=150)).set_index("customer_id")
    sales = found.result.described.sales
    assert sales is not None
    assert isinstance(sales.standing, Standing)
    assert scored["expected"].sum() > 0
    pd.testing.assert_series_equal(scored["expected"], sales.standing.customers["expected"], atol=1e-6)


def test_the_names_of_beginnings_are_outgrown_in_every_language() -> None:
    """A vocabulary without them would hold nobody's move to a first order."""
    for language, names in {"english": ["New", "One-time"], "german": ["Neukunden", "Einmalkäufer"]}.items():
        rules = build_plan(composed(f"names={language}")).names.conditions
        assert rules.outgrown[:2] == names
