"""Each contradiction is found where it is, and nowhere else; the books are right to the cent."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import ibis
import pandas as pd
import pytest

from segmentlab.errors import DataError
from segmentlab.transactions import (
    CleaningRule,
    Dataset,
    ExactDuplicate,
    InvoicePrefix,
    NotPositive,
    UnknownCustomer,
)
from segmentlab.transactions.books.accept import ACCEPTABLE
from segmentlab.transactions.books.books import Books, keep_books
from segmentlab.transactions.books.contradictions import CONTRADICTIONS

RULES: Mapping[str, CleaningRule] = {
    "unknown_customer": UnknownCustomer(),
    "cancellation": InvoicePrefix("C"),
    "quantity_not_positive": NotPositive("quantity"),
}


def make_log() -> pd.DataFrame:
    """200 lines of 40 customers, 25 pieces and 62.50 in every ten of them."""
    rows = range(200)
    return pd.DataFrame(
        {
            "customer_id": [f"K{row % 40:02}" for row in rows],
            "invoice_id": [f"{1000 + row // 2}" for row in rows],
            "product_id": [f"P{row % 7}" for row in rows],
            "quantity": [float(1 + row % 4) for row in rows],
            "unit_price": 2.5,
            "timestamp": [pd.Timestamp("2024-01-01 10:00") + timedelta(days=row) for row in rows],
        }
    )


def keep(
    log: pd.DataFrame,
    *accept: str,
    as_of: date | None = None,
    rules: Mapping[str, CleaningRule] = RULES,
) -> Books:
    table = ibis.duckdb.connect().create_table("log", log)
    dataset = Dataset(name="log", source="log", digest="", transactions=table, accept=accept)
    return keep_books(dataset, rules, as_of)


def change(column: str, values: object, rows: slice = slice(None)) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def apply(log: pd.DataFrame) -> pd.DataFrame:
        changed = log.copy()
        if column not in changed:
            changed[column] = None
        changed.loc[changed.index[rows], column] = values
        return changed

    return apply


def repeat_half(log: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([log, log[:100]], ignore_index=True)


def total_of_orders(log: pd.DataFrame) -> pd.DataFrame:
    value = log["quantity"] * log["unit_price"]
    return log.assign(line_total=value.groupby(log["invoice_id"]).transform("sum"))


LIES: Mapping[str, tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = {
    "prefix": (change("invoice_id", "CA-1", slice(0, 4)), "4 of their lines, worth 25.00, are not negative"),
    "total": (total_of_orders, "is not the line's total in 200 lines"),
    "pieces": (change("quantity", 0.0, slice(0, 20)), "20 lines have a price and no pieces"),
    "future": (change("timestamp", pd.Timestamp("2099-01-01"), slice(0, 1)), "the last on 2099-01-01"),
    "past": (change("timestamp", pd.Timestamp("1970-01-01"), slice(0, 1)), "the first on 1970-01-01"),
    "ids": (change("customer_id", "k00 ", slice(0, 1)), "41 customer ids are 40 without regard to"),
    "one_customer": (change("customer_id", "till 7", slice(0, 60)), "'till 7' has 30.0% of the lines"),
    "twice": (repeat_half, "100 of 300 lines are there more than once"),
}


def test_a_log_that_is_sound_contradicts_nothing() -> None:
    assert keep(make_log()).contradictions.empty


@pytest.mark.parametrize("word", LIES)
def test_what_contradicts_itself_stops_until_it_is_accepted(word: str) -> None:
    lie, told = LIES[word]
    books = keep(lie(make_log()))
    own = books.contradictions.set_index("word").loc[[word]].iloc[0]
    assert told in own["what"]
    with pytest.raises(DataError, match=rf"data\.accept=\[.*{word}"):
        books.refuse("log")
    accepted = keep(lie(make_log()), *books.contradictions["word"])
    assert accepted.contradictions["accepted"].all()
    accepted.refuse("log")


def test_every_entry_has_a_word_and_a_lie_that_it_finds() -> None:
    words = [entry.word for entry in CONTRADICTIONS]
    assert set(words) <= set(ACCEPTABLE)
    assert sorted(words) == sorted([*LIES, "rule"])  # which has a test of its own


def test_a_rule_that_takes_much_money_is_asked_for_and_sales_of_nobody_are_not() -> None:
    cancelled = keep(change("invoice_id", "C1", slice(0, 20))(make_log())).contradictions
    assert cancelled["word"].tolist() == ["prefix", "rule"]
    assert "takes 125.00, 10.0% of the positive revenue" in cancelled["what"].iloc[1]
    assert "cleaning.cancellation.prefix=null" in cancelled["settle"].iloc[1]
    assert keep(change("customer_id", None, slice(0, 20))(make_log())).contradictions.empty


def test_pieces_that_count_the_rows_are_no_pieces() -> None:
    found = keep(make_log().assign(quantity=[float(row) for row in range(200)])).contradictions
    assert "The pieces count the rows, from 0" in found["what"].tolist()


def test_a_day_to_end_at_settles_a_date_of_the_future() -> None:
    lie, _ = LIES["future"]
    assert keep(lie(make_log()), as_of=date(2025, 1, 1)).contradictions.empty


def test_nobody_by_a_word_stands_out_only_with_many_lines() -> None:
    few, many = (change("customer_id", "NULL", slice(0, count))(make_log()) for count in (5, 30))
    assert keep(few).contradictions.empty
    assert keep(many).contradictions["word"].tolist() == ["one_customer"]


def test_one_customer_or_three_are_no_contradiction() -> None:
    for count in (1, 3):
        log = make_log()
        assert keep(log.assign(customer_id=[f"K{row % count}" for row in range(200)])).contradictions.empty


def test_what_was_typed_settles_it() -> None:
    till = LIES["one_customer"][0](make_log())
    assert keep(till, rules={"unknown_customer": UnknownCustomer(also=["till 7"])}).contradictions.empty
    twice = keep(repeat_half(make_log()), rules={"copies": ExactDuplicate()}).contradictions
    assert twice["word"].tolist() == ["rule"], "the rule that drops them takes much money, and says so"
    ca = LIES["prefix"][0](make_log())
    assert keep(ca, rules={"cancellation": InvoicePrefix(None)}).contradictions.empty
    totals = total_of_orders(make_log())
    assert keep(totals.drop(columns="line_total")).contradictions.empty


def test_the_books_are_right_to_the_cent() -> None:
    log = change("quantity", -1.0, slice(0, 1))(make_log())
    books = keep(log)
    value = log["quantity"] * log["unit_price"]
    told = books.totals.set_index("what")["value"]
    assert told[["lines", "orders", "customers"]].tolist() == ["200", "100", "40"]
    assert float(told["gross"].replace(",", "")) == value[value > 0].sum()
    assert (told["refunds"], float(told["net"].replace(",", ""))) == ("-2.50", value.sum())
    assert books.months[["lines", "net"]].sum().tolist() == [200, value.sum()]
    assert books.customers["gross"].is_monotonic_decreasing
    assert books.orders["value"].is_monotonic_decreasing
    assert len(books.orders) == len(books.customers) == 5
    taken = books.rules.set_index("rule")
    assert taken.loc["quantity_not_positive", ["rows", "revenue", "gross"]].tolist() == [1, -2.5, 0.0]
    assert "Does" not in repr(books)
    assert "gross" in repr(books)


def test_returns_whose_totals_are_positive_are_sales_to_nobody() -> None:
    log = make_log()
    log["line_total"] = log["quantity"] * log["unit_price"]
    log.loc[:1, "quantity"] = -1.0
    told = keep(log, rules={}).contradictions
    assert told["word"].tolist() == ["total"]
    assert told["what"].iloc[0].startswith("In 2 lines pieces are negative and the total is not")
