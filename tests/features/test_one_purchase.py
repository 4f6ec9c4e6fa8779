"""Logs in which nobody came twice: what that makes of the features is told before they are computed."""

import ibis
import pandas as pd
import pytest

from segmentlab.features import Basket, Rfm, Rhythm, find_same_for_all

SETS = {"rfm": Rfm(), "rhythm": Rhythm(), "basket": Basket()}
ALL = {"rfm_frequency": 1.0, "rhythm_gap_spread": 0.0, "rhythm_trend": 0.5}


def log(*rows: tuple[str | None, str | None, str]) -> ibis.Table:
    frame = pd.DataFrame(rows, columns=["customer_id", "invoice_id", "timestamp"])
    return ibis.memtable(frame.assign(timestamp=pd.to_datetime(frame["timestamp"], format="ISO8601")))


ONCE = (("a", "1", "2024-01-02"), ("a", "1", "2024-01-02 11:00"), ("b", "2", "2024-02-03"))


def test_one_order_each_makes_columns_alike() -> None:
    assert find_same_for_all(SETS, log(*ONCE), many=2) == (2, ALL)
    assert find_same_for_all(SETS, log(*ONCE, (None, "3", "2024-03-04")), many=2) == (2, ALL)


def test_what_is_left_out_is_not_told() -> None:
    assert find_same_for_all(SETS, log(*ONCE), ["rfm_frequency", "rhythm_trend"], many=2) == (
        2,
        {"rhythm_gap_spread": 0.0},
    )
    assert find_same_for_all({"basket": Basket()}, log(*ONCE), many=2) == (0, {})


@pytest.mark.parametrize(
    ("more", "found"),
    [
        (("b", "3", "2024-02-03"), {"rhythm_gap_spread": 0.0, "rhythm_trend": 0.5}),  # two orders, one day
        (("b", "2", "2024-02-04"), {"rfm_frequency": 1.0}),  # one order, two days
        (("b", None, "2024-02-03"), {"rhythm_gap_spread": 0.0, "rhythm_trend": 0.5}),  # a line of no order
        (("c", "1", "2024-02-03"), ALL),  # an order of two customers
    ],
)
def test_what_differs_is_not_alike(more: tuple[str, str | None, str], found: dict[str, float]) -> None:
    assert find_same_for_all(SETS, log(*ONCE, more), many=2)[1] == found


def test_of_few_customers_nothing_is_sought() -> None:
    assert find_same_for_all(SETS, log(*ONCE)) == (0, {})
