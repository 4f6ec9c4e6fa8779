"""Columns are found by the names in use, or as the user says; never guessed between two."""

import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.columns import choose_columns

NEEDED = ["Customer ID", "Quantity", "InvoiceDate", "Price"]


@pytest.mark.parametrize(
    "found",
    [
        ["Customer ID", "Quantity", "InvoiceDate", "Price", "Invoice"],
        ["CustomerID", "Quantity", "InvoiceDate", "UnitPrice", "InvoiceNo"],
        ["customer_id", "quantity", "timestamp", "unit_price", "invoice_id"],
        [" CUSTOMER-ID ", "qty", "Order Date", "unit price", "order_id"],
    ],
)
def test_names_in_use_are_known(found: list[str]) -> None:
    names = ["customer_id", "quantity", "timestamp", "unit_price", "invoice_id"]
    assert choose_columns(found, {}, "shop") == dict(zip(names, found, strict=True))


def test_what_the_user_says_wins() -> None:
    found = [*NEEDED, "Member"]
    assert choose_columns(found, {"customer_id": "Member"}, "shop")["customer_id"] == "Member"
    freed = choose_columns([*found, "amount"], {"customer_id": "Member", "unit_price": "amount"}, "shop")
    assert freed["unit_price"] == "amount"


def test_a_line_total_stands_in_for_the_price() -> None:
    chosen = choose_columns(["customer", "date", "count", "amount"], {}, "shop")
    assert chosen["line_total"] == "amount"
    assert "unit_price" not in chosen


def test_what_is_missing_is_listed_with_what_was_found_and_is_near() -> None:
    with pytest.raises(DataError) as caught:
        choose_columns(["Kundin", "Qantity", "InvoiceDate", "Price"], {}, "shop.csv")
    told = str(caught.value)
    assert "shop.csv: no column for 'customer_id' (who bought" in told
    assert "perhaps 'Qantity'" in told
    assert "Found: 'Kundin', 'Qantity', 'InvoiceDate', 'Price'" in told


def test_without_any_price_both_ways_are_named() -> None:
    with pytest.raises(DataError, match=r"'unit_price' \(price of one piece"):
        choose_columns(NEEDED[:3], {}, "shop")


def test_two_candidates_are_asked_about() -> None:
    with pytest.raises(ConfigError, match=r"'InvoiceDate', 'Date' may each be timestamp .* data\.columns"):
        choose_columns([*NEEDED, "Date"], {}, "shop")
    assert choose_columns([*NEEDED, "Date"], {"timestamp": "Date"}, "shop")["timestamp"] == "Date"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"customer": "Member"}, "data.columns.customer: there is no such column. Known: customer_id"),
        ({"customer_id": "Customr ID"}, "has no such column. Found: .* Did you mean 'Customer ID'"),
    ],
)
def test_a_mapping_that_leads_nowhere_is_refused(given: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        choose_columns(NEEDED, given, "shop")
