"""Cleaning keeps its books, whatever the data."""

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.cleaning import (
    ExactDuplicate,
    From,
    InvoicePrefix,
    NonProduct,
    NotPositive,
    Rule,
    UnknownCustomer,
)
from segmentlab.transactions.ledger import clean
from tests.logs import SHOP, frame, random_logs, table

ENGINE = ibis.duckdb.connect()
USUAL = {
    "unknown_customer": UnknownCustomer(),
    "cancellation": InvoicePrefix("C"),
    "quantity_not_positive": NotPositive("quantity"),
    "price_not_positive": NotPositive("unit_price"),
}
EVERY = {
    **USUAL,
    "bad_debt": InvoicePrefix("A"),
    "non_product": NonProduct(["POST", "M"]),
    "exact_duplicate": ExactDuplicate(),
}


def test_each_line_leaves_under_the_first_rule_that_drops_it(engine: BaseBackend) -> None:
    ledger = clean(table(engine, SHOP), EVERY, "shop").ledger
    expected = pd.DataFrame(
        [
            ("read", 10, 4, 140.13),
            ("unknown_customer", 1, 0, 4.13),
            ("cancellation", 1, 0, -14.5),
            ("quantity_not_positive", 0, 0, 0.0),
            ("price_not_positive", 1, 1, 0.0),
            ("bad_debt", 1, 1, 100.0),
            ("non_product", 1, 0, 18.0),
            ("exact_duplicate", 1, 0, 6.3),
            ("kept", 4, 2, 26.2),
        ],
        columns=["rule", "rows", "customers", "revenue"],
    )
    pd.testing.assert_frame_equal(ledger, expected)


@given(rows=random_logs())
@pytest.mark.parametrize("rules", [{}, USUAL, EVERY], ids=["none", "usual", "every"])
def test_the_ledger_balances_to_the_row(rules: dict[str, Rule], rows: list[tuple[object, ...]]) -> None:
    log = table(ENGINE, rows)
    try:
        cleaned = clean(log, rules, "random")
    except DataError:
        assert rules
        return  # nothing was left
    books = cleaned.ledger.set_index("rule")
    for column, tolerance in (("rows", 0), ("customers", 0), ("revenue", 0.05)):
        assert abs(books.loc["read", column] - books[column].iloc[1:].sum()) <= tolerance
    kept = cleaned.transactions.to_pandas()
    assert len(kept) == books.loc["kept", "rows"]
    assert kept["customer_id"].nunique() == books.loc["kept", "customers"]
    assert np.isclose((kept["quantity"] * kept["unit_price"]).sum(), books.loc["kept", "revenue"], atol=0.006)
    assert frame(rows)["customer_id"].nunique() == books.loc["read", "customers"]


@given(rows=random_logs())
def test_what_stays_breaks_no_rule_and_what_goes_breaks_one(rows: list[tuple[object, ...]]) -> None:
    log = frame(rows)
    stays = (
        log["customer_id"].notna()
        & ~log["invoice_id"].str.startswith("C")
        & (log["quantity"] > 0)
        & (log["unit_price"] > 0)
    )
    try:
        kept = clean(table(ENGINE, rows), USUAL, "random").transactions.to_pandas()
    except DataError:
        assert not stays.any()
        return
    by = list(log.columns)
    expected = log[stays].sort_values(by).reset_index(drop=True)
    pd.testing.assert_frame_equal(kept.sort_values(by).reset_index(drop=True), expected)


@pytest.mark.parametrize(
    ("rule", "dropped"),
    [
        (UnknownCustomer(), [7]),
        (InvoicePrefix("c"), [3]),
        (InvoicePrefix("A"), [9]),
        (NotPositive("quantity"), [3]),
        (NotPositive("unit_price"), [8]),
        (NonProduct(["post", "B"]), [6, 9]),
        (From("2011-03-02"), [3, 7, 8, 9]),
    ],
    ids=str,
)
def test_a_rule_drops_exactly_its_lines(engine: BaseBackend, rule: Rule, dropped: list[int]) -> None:
    numbered = table(engine, SHOP).mutate(row=ibis.row_number())
    rows = numbered.filter(rule.drops(numbered)).row.to_pandas()
    assert sorted(rows) == dropped


def test_nothing_left_names_the_rule_that_took_most(engine: BaseBackend) -> None:
    with pytest.raises(DataError, match=r"leaves no row of 1\. The rule 'unknown_customer' took 1"):
        clean(table(engine, [SHOP[7]]), USUAL, "shop")
