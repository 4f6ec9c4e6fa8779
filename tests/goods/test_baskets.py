"""Baskets: what lies in one, and why nothing may go together."""

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.goods.baskets import NO_IDS, NO_ORDERS, Baskets, gather_baskets
from segmentlab.testing.logs import SHOP, Row, make_frame, make_table

DUCKDB = ibis.duckdb.connect()


def gather(rows: list[Row], engine: BaseBackend = DUCKDB) -> Baskets:
    found = gather_baskets(make_table(engine, rows))
    assert isinstance(found, Baskets), found
    return found


def list_baskets(found: Baskets) -> list[tuple[object, str, list[str]]]:
    ids = found.products["product_id"].to_numpy()
    return [
        (None if pd.isna(owner) else owner, str(day), ids[found.product[found.basket == place]].tolist())
        for place, (owner, day) in enumerate(zip(found.owners, found.days, strict=True))
    ]


def test_a_shop_by_hand() -> None:
    """Charges are no products; sales to nobody known are baskets as well."""
    assert list_baskets(gather(SHOP[:8])) == [
        (None, "2011-03-03", ["22326"]),
        ("anna", "2011-01-05", ["20725", "22326"]),
        ("anna", "2011-03-01", ["20725"]),
        ("anna", "2011-03-02", ["20725"]),
        ("bert", "2011-02-10", ["22326"]),
    ]


def test_without_invoices_a_basket_is_a_day_of_a_customer() -> None:
    lines = make_table(DUCKDB, SHOP[:8]).drop("invoice_id")
    found = gather_baskets(lines)
    assert isinstance(found, Baskets)
    assert found.notes == (NO_ORDERS,)
    assert [owner for owner, _, _ in list_baskets(found)] == ["anna", "anna", "anna", "bert"]


def test_without_ids_descriptions_tell_products_apart() -> None:
    found = gather_baskets(make_table(DUCKDB, SHOP[:7]).drop("product_id"))
    assert isinstance(found, Baskets)
    assert NO_IDS in found.notes
    assert found.products["product_id"].tolist() == ["LANTERN", "LUNCH BAG", "POSTAGE"]


def test_the_order_of_lines_does_not_matter() -> None:
    assert list_baskets(gather(SHOP[:8])) == list_baskets(gather(SHOP[:8][::-1]))


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (make_frame(SHOP).drop(columns=["product_id", "description"]), "the log names no products"),
        (make_frame(SHOP).assign(product_id=None).astype({"product_id": "str"}), "no line has a product"),
        (make_frame(SHOP).assign(product_id="20725"), "there is one product only, 20725"),
        (make_frame(SHOP[2:5]).assign(invoice_id=["1", "2", "3"]), "each of the 3 baskets holds one product"),
    ],
)
def test_why_nothing_can_go_together(lines: pd.DataFrame, reason: str) -> None:
    told = gather_baskets(DUCKDB.create_table(ibis.util.gen_name("log"), lines))
    assert isinstance(told, str)
    assert told.startswith(reason)


def test_more_than_fits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("segmentlab.goods.baskets.MOST_ENTRIES", 3)
    told = gather_baskets(make_table(DUCKDB, SHOP))
    assert isinstance(told, str)
    assert "more than the 3 that fit into memory" in told


def test_parts_are_those_of_a_segment_and_a_time() -> None:
    found = gather(SHOP[:8]).label(pd.Series({"anna": 1}))
    anna = found.select(1)
    assert (anna.count, anna.count_owners()) == (3, 1)
    assert found.select(1, since=found.days.max().astype(object)).count == 0
    assert found.count_apart() == (1, 1)
    last = found.find_last_days(before=np.datetime64("2011-03-02").astype(object))
    assert last.astype(str).tolist() == ["2011-03-01", "2011-02-10"]
