"""Cleaning keeps its books, whatever the data."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import draw_logs as random_logs
from segmentlab.testing.logs import make_frame as frame
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.cleaning.copies import ExactDuplicate
from segmentlab.transactions.cleaning.single_lines import (
    CleaningRule,
    From,
    InvoicePrefix,
    NonProduct,
    NotPositive,
    OtherThan,
    UnknownCustomer,
)
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.ledger import AS_OF_RULE, clean_lines, clean_until
from tests.configs import options, planned
from tests.examples import draw_examples

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


def crowded_logs() -> st.SearchStrategy[list[tuple[object, ...]]]:
    """Random logs whose lines often meet: few customers, products, prices and minutes."""
    line = st.tuples(
        st.sampled_from(["a", "b", None]),
        st.sampled_from(["1", "2", "C3", "A4"]),
        st.sampled_from(["20725", "POST"]),
        st.sampled_from(["BAG", None]),
        st.integers(-4, 6).map(float),
        st.sampled_from([2.5, 0.1, 0.0]),
        st.integers(0, 3).map(lambda days: datetime(2011, 1, 1) + timedelta(days=days)),
        st.just("France"),
    )
    return st.lists(line, min_size=1, max_size=30)


def test_each_line_leaves_under_the_first_rule_that_drops_it(engine: BaseBackend) -> None:
    ledger = clean_lines(table(engine, SHOP), EVERY, "shop").ledger
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


def find_rules(recipe: str) -> Mapping[str, CleaningRule]:
    """Those of a file in conf/cleaning; none and every rule beside them."""
    known: dict[str, Mapping[str, CleaningRule]] = {"none": {}, "every": EVERY}
    return known[recipe] if recipe in known else planned(f"cleaning={recipe}").cleaning


@draw_examples(15)
@given(rows=crowded_logs())
@pytest.mark.parametrize("recipe", ["none", "every", *options("cleaning")])
def test_the_ledger_balances_to_the_row(recipe: str, rows: list[tuple[object, ...]]) -> None:
    rules = find_rules(recipe)
    log = table(ENGINE, rows)
    try:
        cleaned = clean_lines(log, rules, "random")
    except DataError:
        assert rules
        return  # nothing was left
    books = cleaned.ledger.set_index("rule")
    parts = books.iloc[1:].sum()
    assert books.loc["read", ["rows", "customers"]].tolist() == parts[["rows", "customers"]].tolist()
    assert books.loc["read", "revenue"] == pytest.approx(parts["revenue"], rel=1e-6, abs=0.05)
    for name, lines in (("read", log.to_pandas()), ("kept", cleaned.transactions.to_pandas())):
        revenue = (lines["quantity"] * lines["unit_price"]).sum()
        assert books.loc[name, ["rows", "customers"]].tolist() == [len(lines), lines["customer_id"].nunique()]
        assert books.loc[name, "revenue"] == pytest.approx(revenue, rel=1e-6, abs=0.05)


@draw_examples(12)
@given(rows=crowded_logs(), shuffle=st.randoms(use_true_random=False))
@pytest.mark.parametrize("recipe", options("cleaning"))
def test_what_stays_does_not_depend_on_the_order_of_lines(
    recipe: str, rows: list[tuple[object, ...]], shuffle: object
) -> None:
    rules = find_rules(recipe)

    def stays(lines: list[tuple[object, ...]]) -> pd.DataFrame:
        kept = clean_lines(
            table(ENGINE, lines).mutate(part=ibis.literal("one")), rules, "random"
        ).transactions
        return kept.order_by(kept.columns).to_pandas()

    try:
        expected = stays(rows)
    except DataError:  # nothing was left, nor may anything be in another order
        shuffle.shuffle(rows)
        with pytest.raises(DataError):
            stays(rows)
        return
    shuffle.shuffle(rows)
    pd.testing.assert_frame_equal(stays(rows), expected)


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
        kept = clean_lines(table(ENGINE, rows), USUAL, "random").transactions.to_pandas()
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
def test_a_rule_drops_exactly_its_lines(engine: BaseBackend, rule: CleaningRule, dropped: list[int]) -> None:
    numbered = table(engine, SHOP).mutate(row=ibis.row_number())
    rows = numbered.filter(rule.drops(numbered)).row.to_pandas()
    assert sorted(rows) == dropped


def test_nothing_left_names_the_rule_that_took_most(engine: BaseBackend) -> None:
    with pytest.raises(DataError, match=r"leaves no row of 1\. The rule 'unknown_customer' took 1"):
        clean_lines(table(engine, [SHOP[7]]), USUAL, "shop")


def test_what_is_written_otherwise_leaves_and_so_does_what_is_not_written(engine: BaseBackend) -> None:
    codes = ["85123A", "22423", "POST", "POSTAGE", "A22423", None]
    lines = table(engine, [("a", "1", code, "BAG", 1.0, 1.0, "2011-01-01", "France") for code in codes])
    kept = clean_lines(lines, {"other": OtherThan("product_id", r"\d{5}[A-Za-z]*|POST")}, "shop").transactions
    assert sorted(kept.to_pandas()["product_id"]) == ["22423", "85123A", "POST"]


@pytest.mark.parametrize(
    ("as_of", "days", "day", "read", "left"),
    [
        (None, None, date(2011, 1, 5), 4, ["1", "2", "3", "4"]),
        (date(2011, 1, 3), None, date(2011, 1, 3), 4, ["1", "2"]),
        (None, 2, date(2011, 1, 5), 2, ["3", "4"]),
        (date(2011, 1, 4), 2, date(2011, 1, 4), 3, ["2", "3"]),
    ],
)
def test_lines_are_cleaned_until_a_day_and_from_so_many_before_it(
    engine: BaseBackend, as_of: date | None, days: int | None, day: date, read: int, left: list[str]
) -> None:
    rows = [("a", str(n), "20725", "BAG", 1.0, 1.0, f"2011-01-0{n} 00:00", "France") for n in (1, 2, 3, 4)]
    shop = Dataset(name="shop", source="shop", digest="", transactions=table(engine, rows))
    cleaned, until = clean_until(shop, USUAL, as_of, days)
    assert until == day
    assert sorted(cleaned.transactions.invoice_id.to_pandas()) == left
    ledger = cleaned.ledger.set_index("rule")["rows"]
    assert (AS_OF_RULE in ledger) == (as_of is not None)
    assert [ledger["read"], ledger["kept"]] == [read, len(left)]
