"""Who bought what: the lines, one entry per customer and product."""

import hashlib

import ibis
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from ibis.backends import BaseBackend

from segmentlab.goods import purchases as rooms
from segmentlab.goods.purchases import Purchases, gather_purchases, split_purchases
from segmentlab.lab.names import CACHED_PARTS
from segmentlab.lab.tracking import archive as plain
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import draw_logs as random_logs
from segmentlab.testing.logs import make_frame as frame
from segmentlab.testing.logs import make_table as table
from tests.examples import draw_examples

DUCKDB = ibis.duckdb.connect()


def found(rows: list[tuple[object, ...]], customers: int = 4, engine: BaseBackend = DUCKDB) -> Purchases:
    told = gather_purchases(table(engine, rows), customers)
    assert isinstance(told, Purchases), told
    return told


def pairs(told: Purchases) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": told.customers.to_numpy()[told.customer],
            "product_id": told.products["product_id"].to_numpy()[told.product],
            "revenue": told.revenue,
            "age": told.age,
            "baskets": told.baskets,
        }
    )


def test_a_shop_by_hand() -> None:
    told = found([row for row in SHOP if row[0] in ("anna", "bert")])
    expected = pd.DataFrame(
        [("anna", "20725", 3.30, 0, 3), ("anna", "22326", 2.10, 56, 1), ("bert", "22326", 12.60, 20, 1),
         ("bert", "POST", 18.00, 19, 1)],
        columns=["customer_id", "product_id", "revenue", "age", "baskets"],
    )  # fmt: skip
    pd.testing.assert_frame_equal(pairs(told), expected, check_dtype=False)
    assert told.products["charge"].tolist() == [False, False, True]
    assert told.days == 57  # 5 January to 2 March


def test_what_is_bought_on_one_day_is_one_basket_and_older_ones_fade() -> None:
    days = ["2011-01-05", "2011-01-05", "2011-04-05", "2011-07-04"]  # 180, 180, 90 and 0 days before the last
    rows = [("anna", str(i), "1", "BAG", 1.0, 1.0, day, "France") for i, day in enumerate(days)]
    told = found(rows)
    assert told.baskets.tolist() == [3]
    assert told.short_memory.tolist() == pytest.approx([1 + 1 / 2 + 1 / 4])
    assert told.long_memory.tolist() == pytest.approx([1 + 2**-0.5 + 1 / 2])


def test_a_product_is_called_what_it_is_called_most_often() -> None:
    long = "<b>" + "\N{BELL} \u05d0" * 4_000
    names = ["damaged", long, long, "b", "a", None]
    rows = [("anna", str(i), "1" if i < 3 else "2", name, 1.0, 1.0, "2011-01-05", "France")
            for i, name in enumerate(names)]  # fmt: skip
    assert found(rows).products["description"].tolist() == [long, "a"]


@draw_examples(20)
@given(rows=random_logs())
def test_it_is_the_lines_summed(rows: list[tuple[object, ...]]) -> None:
    rows = [row for row in rows if row[0] is not None]
    lines = frame(rows)
    if lines.empty:
        assert isinstance(gather_purchases(table(DUCKDB, rows), 0), str)
        return
    lines["revenue"] = lines["quantity"] * lines["unit_price"]
    lines["day"] = lines["timestamp"].dt.normalize()
    groups = lines.groupby(["customer_id", "product_id"])
    sums = {"revenue": ("revenue", "sum"), "last": ("timestamp", "max"), "baskets": ("day", "nunique")}
    expected = groups.agg(**sums).reset_index()
    last = expected.pop("last").dt.normalize()
    expected.insert(3, "age", (last.max() - last).dt.days)
    pd.testing.assert_frame_equal(pairs(found(rows)), expected, check_dtype=False)


def test_many_customers_are_sampled_by_the_hash_of_their_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MOST_SAMPLED_CUSTOMERS", 100)
    people = [f"c{number}" for number in range(400)]
    rows = [(one, "1", "20725", "BAG", 1.0, 1.0, "2011-01-05", "France") for one in people]
    told = found(rows, customers=400)
    chosen = [one for one in people if hashlib.md5(one.encode()).hexdigest() < "4"]
    assert told.customers.tolist() == sorted(chosen)
    assert 70 < len(chosen) < 130
    assert "100 of 400 customers" in told.notes[0]


def test_without_products_it_says_why() -> None:
    lines = table(DUCKDB, SHOP)
    assert gather_purchases(lines.drop("product_id"), 4) == "the log has no product ids"
    nameless = lines.mutate(product_id=ibis.null("string"))
    assert gather_purchases(nameless, 4) == "no line has a product id"
    assert split_purchases(nameless, lines, 4) is None


def test_a_log_without_descriptions_has_products_all_the_same() -> None:
    told = gather_purchases(table(DUCKDB, SHOP[:2]).drop("description"), 1)
    assert isinstance(told, Purchases)
    assert list(told.products) == ["product_id", "charge"]


def test_afterwards_only_those_count_who_were_known() -> None:
    before = table(DUCKDB, SHOP[:6])
    then = split_purchases(before, table(DUCKDB, SHOP), 2)
    assert then is not None
    assert then.before.customers.tolist() == ["anna", "bert"]
    assert then.after.to_numpy().tolist() == [[0, 0], [0, 1], [1, 1]]  # no POST: nobody had bought it before


def test_it_comes_back_from_plain_data() -> None:
    told = found(SHOP[:7])
    again = plain.unpack(plain.pack(told), CACHED_PARTS)
    pd.testing.assert_frame_equal(again.products, told.products)
    np.testing.assert_array_equal(again.customer, told.customer)
    assert again.customers.tolist() == told.customers.tolist()


@pytest.mark.spark
def test_spark_tells_the_same(spark: BaseBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row for row in SHOP if row[0] is not None]
    for many in (100, 2):
        monkeypatch.setattr(rooms, "MOST_SAMPLED_CUSTOMERS", many)
        here, there = found(rows), found(rows, engine=spark)
        pd.testing.assert_frame_equal(pairs(here), pairs(there))
        assert here.short_memory.tolist() == there.short_memory.tolist()
        assert here.long_memory.tolist() == there.long_memory.tolist()
        pd.testing.assert_frame_equal(here.products, there.products)
