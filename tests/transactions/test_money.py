"""Gross, refunds and net: the same sums in the books, of each customer, and to the cent."""

from datetime import date

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.segments.facts import gather_facts
from segmentlab.testing.logs import SHOP, make_table
from segmentlab.transactions.books.books import keep_books
from segmentlab.transactions.books.money import has_kept_nothing, read_money, sum_money
from segmentlab.transactions.dataset import Dataset


def test_what_came_in_and_what_went_out_are_never_mixed(engine: BaseBackend) -> None:
    lines = make_table(engine, SHOP)
    money = lines.aggregate(**sum_money(lines)).to_pyarrow().to_pylist()[0]
    assert money == pytest.approx({"gross": 19.9 + 30.6 + 4.13 + 100.0, "refunds": -14.5})


def test_nobody_and_nothing_are_no_money(engine: BaseBackend) -> None:
    nothing = make_table(engine, SHOP).limit(0)
    assert nothing.aggregate(**sum_money(nothing)).to_pyarrow().to_pylist() == [
        {"gross": 0.0, "refunds": 0.0}
    ]


def test_customers_and_nobody_sum_to_the_books(engine: BaseBackend) -> None:
    """No second definition: what customers paid and brought back, with the sales of nobody, is the shop's."""
    lines = make_table(engine, SHOP)
    told = read_money(
        keep_books(Dataset(name="shop", source="shop", digest="", transactions=lines), {}).tables
    )
    assert told == {"gross": "154.63", "refunds": "-14.50", "net": "140.13"}
    known = gather_facts(lines.filter(lines["customer_id"].notnull()), lines, date(2011, 3, 6)).customers
    of_nobody = 4.13
    assert known["gross"].sum() + of_nobody == pytest.approx(float(told["gross"]))
    assert -known["returned"].sum() == pytest.approx(float(told["refunds"]))
    assert known["net"].sum() + of_nobody == pytest.approx(float(told["net"]))


def test_books_that_were_not_kept_have_no_money() -> None:
    assert read_money({}) == {}
    assert read_money({"totals": pd.DataFrame({"what": ["lines"], "value": ["3"]})}) == {}


@pytest.mark.parametrize(
    ("gross", "returned", "nothing"),
    [
        (77_556.46, 77_621.14, True),
        (10.0, 10.0, True),
        (0.1 + 0.2, 0.3, True),
        (10.0, 9.99, False),
        (10.0, 0.0, False),
        (0.0, 0.0, False),
    ],
    ids=["more than all", "all", "all in binary", "all but a cent", "nothing", "a present"],
)
def test_who_has_kept_nothing(gross: float, returned: float, nothing: bool) -> None:
    money = pd.DataFrame({"gross": [gross], "returned": [returned], "net": [gross - returned]})
    assert has_kept_nothing(money).tolist() == [nothing]
