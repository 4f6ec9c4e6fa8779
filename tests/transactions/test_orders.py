"""Sums by order say what their lines say."""

import math
from datetime import date
from pathlib import Path

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.features import Rfm, build_feature_table
from segmentlab.testing.logs import SHOP, USUAL_RULES, Row, draw_logs, make_frame, make_table
from segmentlab.transactions.cleaning.single_lines import From, NonProduct, NotPositive
from segmentlab.transactions.file import File
from segmentlab.transactions.ledger import clean_lines, try_rules
from segmentlab.transactions.orders import GROSS, sum_orders
from tests.examples import draw_examples

ENGINE = ibis.duckdb.connect()
AS_OF = date(2011, 12, 10)
RULES = {"later": From("2011-02-01"), "postage": NonProduct(["POST"]), **USUAL_RULES}


@draw_examples(25)
@given(rows=draw_logs())
def test_what_is_left_in_sums_is_what_is_left_in_lines(rows: list[Row]) -> None:
    lines = make_table(ENGINE, rows)
    cleaned = try_rules(lines, RULES)
    kept = cleaned.transactions.to_pandas()
    money = (kept["quantity"] * kept["unit_price"]).groupby([kept["customer_id"], kept["invoice_id"]]).sum()
    orders = cleaned.orders.to_pandas().groupby(["customer_id", "invoice_id"])["line_total"].sum()
    pd.testing.assert_series_equal(orders, money.rename("line_total"), check_dtype=False)
    assert cleaned.ledger["rows"].iloc[-1] == len(kept)
    assert cleaned.last == lines["timestamp"].max().to_pyarrow().as_py()


@pytest.mark.parametrize("rule", [NotPositive("quantity"), From("2011-02-01"), NonProduct()], ids=str)
def test_only_rules_that_the_sums_tell_of_are_judged_by_them(rule: NotPositive | From | NonProduct) -> None:
    sums = sum_orders(make_table(ENGINE, SHOP))
    assert sums.can_judge([rule]) == isinstance(rule, NotPositive)
    assert sum_orders(sums.lines, [rule]).can_judge([rule])


@pytest.mark.parametrize("broken", [math.nan, math.inf, 1e13, None])
def test_a_value_that_is_broken_is_told_although_only_sums_are_looked_at(broken: float | None) -> None:
    frame = make_frame(SHOP)
    frame["extra"] = 1
    frame.loc[3, "quantity"] = broken
    lines = ENGINE.create_table(ibis.util.gen_name("log"), frame)
    with pytest.raises(DataError, match="column 'quantity' is missing, not finite or implausible in 1 rows"):
        clean_lines(lines, USUAL_RULES, "shop")


def test_a_file_has_sums_of_the_ids_as_they_are_read(tmp_path: Path, engine: BaseBackend) -> None:
    frame = make_frame(SHOP)
    frame["customer_id"] = frame["customer_id"].map({"anna": " 7.0", "bert": "8.0"})
    frame.to_csv(tmp_path / "shop.csv", index=False)
    log = File(path=str(tmp_path / "shop.csv")).read(engine)
    assert log.sums is not None
    assert set(log.sums.table["customer_id"].to_pyarrow().to_pylist()) - {None} == {"7", "8"}
    with_sums, without = (
        clean_lines(log.transactions, USUAL_RULES, log.source, sums) for sums in (log.sums, None)
    )
    pd.testing.assert_frame_equal(with_sums.ledger, without.ledger)
    known = build_feature_table({"rfm": Rfm()}, without.transactions, AS_OF)
    found = build_feature_table({"rfm": Rfm()}, with_sums.transactions, AS_OF, orders=with_sums.orders)
    pd.testing.assert_frame_equal(found.frame, known.frame)


def test_sums_of_other_lines_are_not_taken() -> None:
    log, half = make_table(ENGINE, SHOP), make_table(ENGINE, SHOP[:3])
    assert clean_lines(half, USUAL_RULES, "half", sum_orders(log)).ledger["rows"].iloc[0] == 3
    filtered = log.filter(log["customer_id"] == "anna")
    read = clean_lines(filtered, USUAL_RULES, "anna", sum_orders(log)).ledger["rows"].iloc[0]
    assert read == sum(row[0] == "anna" for row in SHOP)


def test_money_that_is_changed_on_the_way_has_no_sums_of_what_it_was(
    tmp_path: Path, engine: BaseBackend
) -> None:
    frame = make_frame(SHOP).assign(currency="USD")
    frame.to_csv(tmp_path / "shop.csv", index=False)
    log = File(path=str(tmp_path / "shop.csv"), currency={"USD": 0.5}).read(engine)
    assert log.sums is None


@draw_examples(25)
@given(rows=draw_logs(), has_total=st.booleans())
def test_signs_tell_the_positive_part_of_money(rows: list[Row], has_total: bool) -> None:
    lines = make_table(ENGINE, rows)
    if has_total:
        lines = lines.mutate(line_total=lines["quantity"] * 2)
    told, summed = sum_orders(lines), sum_orders(lines, [])
    keys = ["customer_id", "invoice_id"]
    found, expected = (
        sums.table.group_by(keys).aggregate(gross=sums.table[GROSS].sum()).order_by(keys).to_pandas()
        for sums in (told, summed)
    )
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)


@draw_examples(25)
@given(rows=draw_logs(), left_out=st.sampled_from([None, *USUAL_RULES]))
def test_totals_say_what_the_lines_that_stay_come_to(rows: list[Row], left_out: str | None) -> None:
    lines = make_table(ENGINE, rows)
    rules = {name: rule for name, rule in USUAL_RULES.items() if name != left_out}
    cleaned = try_rules(lines, rules, sum_orders(lines))
    assert cleaned.totals is not None
    kept = cleaned.transactions.to_pandas()
    kept["money"] = kept["quantity"] * kept["unit_price"]
    expected = kept.groupby("customer_id", dropna=False).agg(
        orders=("invoice_id", "nunique"), timestamp=("timestamp", "max"), line_total=("money", "sum")
    )
    found = cleaned.totals.to_pandas().set_index("customer_id")
    found.index, expected.index = found.index.fillna("nobody"), expected.index.fillna("nobody")
    pd.testing.assert_frame_equal(found.sort_index(), expected.sort_index(), rtol=1e-9, check_dtype=False)
