"""Who bought what on which day: each customer, product and day once, in order, whoever sampled."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentlab.goods import product_days as room
from segmentlab.goods.product_days import NOBODY, ProductDays, gather_product_days
from segmentlab.lab.names import CACHED_PARTS
from segmentlab.lab.tracking import archive
from segmentlab.testing.logs import make_table
from segmentlab.transactions import InvoicePrefix, UnknownCustomer, select_unnamed

DUCKDB = ibis.duckdb.connect()
ROWS = [
    ("bert", "1", "22326", "BIRD", 2.0, 1.5, "2011-03-01", "France"),
    ("anna", "2", "22326", "BIRD", 1.0, 1.5, "2011-03-01", "France"),
    ("anna", "3", "22326", "BIRD", 4.0, 1.0, "2011-03-01 09:00", "France"),
    ("anna", "4", "22326", "BIRD", 3.0, 1.5, "2011-01-05", "France"),
    (None, "5", "20725", "BAG", 7.0, 1.0, "2011-02-01", "France"),
    (None, "6", "POST", "POSTAGE", 1.0, 9.0, "2011-02-01", "France"),
    (None, "C7", "20725", "BAG", 1.0, 1.0, "2011-02-01", "France"),
    (None, "8", "20725", "BAG", 1.0, 1.0, "2011-03-02", "France"),
]
AS_OF = date(2011, 3, 2)


def gather(rows: int = 4) -> ProductDays:
    lines = make_table(DUCKDB, ROWS)
    rules = {"unknown": UnknownCustomer(), "cancellation": InvoicePrefix("C")}
    named = lines.filter(lines["customer_id"].notnull())
    found = gather_product_days(named, AS_OF, 2, rows, select_unnamed(lines, rules, AS_OF))
    assert found is not None
    return found


def test_a_shop_by_hand() -> None:
    found = gather()
    assert found.customers.tolist() == ["anna", "bert"]
    assert found.products.tolist() == ["20725", "22326"]
    assert found.customer.tolist() == [NOBODY, 0, 0, 1]
    assert found.product.tolist() == [0, 1, 1, 1]
    assert found.age.tolist() == [29, 56, 1, 1], "the earlier day first"
    assert found.pieces is not None
    assert found.pieces.tolist() == [7, 3, 5, 2], "two invoices of a day are one entry"
    assert found.revenue.tolist() == [7, 4.5, 5.5, 3]
    assert (found.days, found.share, found.with_nobody) == (56, 1.0, True)


def test_very_long_logs_are_of_fewer_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "MOST_SAMPLED_LINES", 2)
    assert gather().share == 0.5


def test_there_is_nothing_where_no_line_names_a_product() -> None:
    lines = make_table(DUCKDB, ROWS)
    assert gather_product_days(lines.drop("product_id"), AS_OF, 2, 4) is None
    assert gather_product_days(lines.filter(lines["quantity"] > 99), AS_OF, 2, 4) is None


def test_a_log_without_quantities_has_money_alone() -> None:
    lines = make_table(DUCKDB, ROWS)
    lines = lines.mutate(line_total=lines["quantity"]).drop("quantity", "unit_price")
    found = gather_product_days(lines.filter(lines["customer_id"].notnull()), AS_OF, 2, 4)
    assert found is not None
    assert found.pieces is None
    assert found.revenue.tolist() == [3, 5, 2]


def test_nobody_is_told_apart_only_where_a_rule_leaves_them_out() -> None:
    assert select_unnamed(make_table(DUCKDB, ROWS), {}, AS_OF) is None


def test_the_cache_keeps_it() -> None:
    found = gather()
    again = archive.unpack(archive.pack(found), [*CACHED_PARTS])
    assert isinstance(again, ProductDays)
    for name, value in vars(found).items():
        kept = getattr(again, name)
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(kept, value)
        elif isinstance(value, pd.Series):
            pd.testing.assert_series_equal(kept, value)
        else:
            assert kept == value
