"""What to have in stock, from the lines to the table: asked for or not, tried on earlier days, and errors."""

from dataclasses import replace

import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.errors import ConfigError, DataError
from segmentlab.flow import StepTimer, describe, segment
from segmentlab.flow.result import DescribedCustomers, Plan, Result
from segmentlab.flow.stock_ahead import foresee_stock
from segmentlab.goods import EVERYBODY, Stock
from segmentlab.report import collect_notes, record_end
from segmentlab.report.stock_section import list_stock_notes, tell_stock
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import planned


def tried() -> Plan:
    return planned("evaluate=quick", "evaluate.holdout_days=60", "value.horizons=[]")


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> DescribedCustomers:
    folder = tmp_path_factory.mktemp("worlds")
    dataset = SyntheticWorld(customers=300, folder=str(folder)).read(DuckDB().connect())
    assert isinstance(dataset, Dataset)
    return describe(tried(), dataset, StepTimer())


@pytest.fixture(scope="module")
def result(described: DescribedCustomers) -> Result:
    return segment(tried(), described, StepTimer())


def stock_of(result: Result) -> Stock:
    assert isinstance(result.stock, Stock), result.stock
    return result.stock


def test_it_is_tried_by_the_segments_of_the_earlier_day(result: Result) -> None:
    judged = stock_of(result).judged
    assert set(judged["days_ago"]) == {28, 56}
    assert {str(label) for label in result.labels.unique()} & set(judged["segment"])
    assert "unknown customers" in set(judged["segment"]), "cleaning drops them, and the shop sells to them"


def test_a_run_keeps_the_table_with_names(result: Result) -> None:
    kept = {item.path: item for item in record_end(result, [], None, {}) if hasattr(item, "path")}
    table = kept["tables/stock.csv"].frame  # type: ignore[attr-defined]
    assert set(result.profile["name"]) <= set(table["name"])
    assert len(kept["tables/stock_judged.csv"].frame)  # type: ignore[attr-defined]


def test_nobody_is_told_who_did_not_ask(described: DescribedCustomers) -> None:
    for plan in (replace(tried(), stock_weeks=0), replace(tried(), holdout_days=0)):
        assert segment(plan, replace(described, past=None), StepTimer()).stock is None


def test_the_section_says_how_good_forecasts_were(result: Result) -> None:
    stock = stock_of(result)
    section = tell_stock(stock, result.profile["name"])
    assert section.lead.startswith("In the next 4 weeks the usual demand for ")
    assert "on days they were not made from" in section.trust
    assert [len(table.headings) for table in section.tables] == [len(t.rows[0]) for t in section.tables]
    assert section.tables[0].rows[0][0] in set(stock.table["description"].str.strip())


def test_where_the_last_period_wins_that_is_said(result: Result) -> None:
    rival = replace(stock_of(result), way="last_period")
    assert (
        "No forecast was better than what was bought before"
        in tell_stock(rival, result.profile["name"]).trust
    )
    untried = replace(rival, judged=rival.judged.head(0), coverage=None)
    section = tell_stock(untried, result.profile["name"])
    assert section.trust.startswith("No way to forecast could be tried")
    assert len(section.tables) == 2


def test_money_alone_has_one_column_less(result: Result) -> None:
    money = replace(stock_of(result), unit="money")
    pieces, alone = (tell_stock(one, result.profile["name"]).tables[0] for one in (stock_of(result), money))
    assert len(alone.headings) == len(pieces.headings) - 1
    assert alone.headings[1] == "Money expected (90 %)"


def test_what_can_not_be_told_is_a_sentence(described: DescribedCustomers, result: Result) -> None:
    told = foresee_stock(replace(described, sales=None), result.labels, None, 4)
    assert told == "there are no transactions, so nobody knows what was bought"
    assert tell_stock(told, result.profile["name"]).lead == f"What to have in stock is not available: {told}."
    assert described.sales is not None
    nameless = replace(described, sales=replace(described.sales, purchases="the log has no product ids"))
    assert foresee_stock(nameless, result.labels, None, 4) == "the log has no product ids"
    assert list_stock_notes(None) == ()
    lacking = replace(result, stock="the log has no product ids")
    assert "What to have in stock is not available: the log has no product ids." in collect_notes(lacking)


def test_without_a_law_groups_go_on_as_they_did(described: DescribedCustomers, result: Result) -> None:
    assert described.sales is not None
    lawless = replace(described, sales=replace(described.sales, standing="nobody looked"))
    assert isinstance(foresee_stock(lawless, result.labels, None, 4), Stock)


def test_python_asks_for_as_many_weeks_as_it_likes() -> None:
    found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
    assert found.result.stock is None
    table = found.stock(weeks=2)
    whole = table[table["segment"] == EVERYBODY]
    assert (whole["low"] <= whole["high"]).all()
    with pytest.raises(DataError, match="two periods of"):
        found.stock(weeks=200)
    short = found.stock(weeks=8)
    assert isinstance(short, pd.DataFrame)


@pytest.mark.parametrize("weeks", [0, 27])
def test_weeks_that_make_no_sense_are_refused(weeks: int) -> None:
    from segmentlab.lab.config.value_checks import check_weeks

    with pytest.raises(ConfigError, match="write a whole number from 1 to 26"):
        check_weeks(weeks)
