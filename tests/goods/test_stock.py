"""What to have in stock: sums by hand, the way that was best, intervals, and what can't be told."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from segmentlab.goods.demand import (
    LAST_PERIOD_WAY,
    LAST_YEAR_WAY,
    SEASON_WAY,
    SEGMENTS_WAY,
    WAYS,
    DemandBefore,
    cap_purchases,
    forecast_last_period,
    forecast_last_year,
    forecast_with_season,
    list_possible_ways,
)
from segmentlab.goods.demand_intervals import bound_demand
from segmentlab.goods.demand_trial import ALL_SHOPPERS, NEWCOMERS, UNNAMED, StockDay
from segmentlab.goods.product_days import ProductDays
from segmentlab.goods.stock import Stock, find_stock
from segmentlab.value import MbgNbd
from tests.goods.shelves import Line, make_days, make_products

LAW = MbgNbd(0.9, 20.0, 0.9, 3.0)
BY_HAND = [
    (0, 0, 40, 5.0), (0, 0, 10, 3.0), (0, 1, 10, 1.0),  # known for long
    (1, 0, 3, 2.0),  # new in the last period
    (-1, 1, 8, 4.0),  # nobody
    (2, 1, 375, 7.0), (2, 1, 350, 6.0),
]  # fmt: skip


def look(days: ProductDays, place: list[int], ago: int = 0, horizon: int = 28) -> DemandBefore:
    segments = max(place) + 1
    return DemandBefore(days, cap_purchases(days, ago), np.array(place), segments, ago, horizon, None)


def test_rivals_by_hand() -> None:
    before = look(make_days(BY_HAND), [0, 0, 1])
    assert forecast_last_period(before).tolist() == [[5, 1], [0, 0], [0, 0], [2, 0], [0, 4]]
    assert forecast_last_year(before).tolist() == [[0, 0], [0, 6], [0, 0], [0, 0], [0, 0]]


def test_what_came_is_told_of_who_was_known_and_who_was_new() -> None:
    before = look(make_days(BY_HAND), [0, 0, 1], ago=28)
    assert before.came.tolist() == [[3, 1], [0, 0], [0, 0], [2, 0], [0, 4]]
    assert forecast_last_period(before).tolist()[0] == [5, 0]


def test_nothing_of_the_period_itself_is_known_before_it() -> None:
    days = make_days(BY_HAND)
    later = replace(days, pieces=np.where(days.age <= 28, 900.0, days.pieces))
    for way in WAYS.values():
        np.testing.assert_array_equal(way(look(days, [0, 0, 1], ago=28)), way(look(later, [0, 0, 1], ago=28)))


def test_a_purchase_that_is_far_from_usual_counts_as_a_usual_one() -> None:
    days = make_days([*((customer, 0, 30, 2.0) for customer in range(60)), (60, 0, 30, 9_000.0)])
    assert cap_purchases(days, 0).max() == 2.0


def test_a_year_ago_has_to_be_in_the_log() -> None:
    days = make_days(BY_HAND)
    assert list_possible_ways(look(days, [0, 0, 1])) == (SEGMENTS_WAY, LAST_PERIOD_WAY, LAST_YEAR_WAY)
    longer = make_days([*BY_HAND, (2, 0, 400, 1.0)])
    assert SEASON_WAY in list_possible_ways(look(longer, [0, 0, 1]))


def test_a_season_moves_what_it_moved_a_year_ago() -> None:
    lines: list[Line] = []
    for customer in range(40):
        lines += [(customer, product, age, 1.0) for product in (0, 1) for age in (3, 20, 30, 400, 380)]
        lines += [(customer, 0, 350, 9.0), (customer, 1, 345, 1.0)]
    before = look(make_days(lines), [0] * 40)
    plain, seasonal = (WAYS[way](before)[0] for way in (SEGMENTS_WAY, SEASON_WAY))
    assert plain[0] == pytest.approx(plain[1])
    assert seasonal[0] > 1.3 * seasonal[1]
    np.testing.assert_array_equal(forecast_with_season(before)[0], seasonal)


def draw_shop(*, pieces: bool = True, seed: int = 0) -> ProductDays:
    """Two hundred customers who come at random for over a year; the first half likes the first products."""
    chance, lines = np.random.default_rng(seed), []
    for customer in range(200):
        start = int(chance.integers(30, 480))
        favourite = 0 if customer < 100 else 15
        visits = chance.integers(1, start, size=max(start // 12, 1))
        for age in [start, *visits.tolist()]:
            products = (favourite + chance.integers(0, 15, 4)).tolist()
            pieces_of = chance.integers(1, 5, 4).tolist()
            lines += [
                (customer, *own, float(n)) for *own, n in zip(products, [age] * 4, pieces_of, strict=True)
            ]
    lines += [(-1, int(chance.integers(0, 30)), int(age), 2.0) for age in chance.integers(1, 480, 400)]
    return make_days(lines, pieces=pieces)


LABELS = pd.Series(np.repeat([0, 1], 100), index=[f"c{number:04d}" for number in range(200)])
EARLIER = [StockDay(28 * number, LABELS, LAW) for number in (1, 2, 3)]


def stock_of(days: ProductDays, **own: object) -> Stock:
    asked = {"labels": LABELS, "law": LAW, "earlier": EARLIER, "weeks": 4} | own
    found = find_stock(days, make_products(days), **asked)  # type: ignore[arg-type]
    assert isinstance(found, Stock), found
    return found


@pytest.fixture(scope="module")
def stock() -> Stock:
    return stock_of(draw_shop())


def test_a_table_tells_of_segments_and_of_who_is_in_none(stock: Stock) -> None:
    table = stock.table
    assert set(table["segment"]) == {"0", "1", NEWCOMERS, UNNAMED, ALL_SHOPPERS}
    numbers = table[["expected", "low", "high", "money", "last_period", "last_year"]]
    assert np.isfinite(numbers).all(axis=None)
    assert (table["low"] <= table["expected"]).all()
    assert (table["expected"] <= table["high"]).all()
    own = table[table["segment"] == "0"]
    assert set(own["product_id"]) <= {f"p{number:03d}" for number in range(15)}, "each buys its own"


def test_all_is_the_sum_of_its_parts(stock: Stock) -> None:
    table = stock.table
    parts = table[table["segment"] != ALL_SHOPPERS].groupby("product_id")["last_period"].sum()
    whole = table[table["segment"] == ALL_SHOPPERS].set_index("product_id")["last_period"]
    pd.testing.assert_series_equal(parts.reindex(whole.index), whole)


def test_the_way_is_that_which_was_least_off(stock: Stock) -> None:
    means = stock.judged[stock.judged["segment"] == ALL_SHOPPERS].groupby("way")["error"].mean()
    assert stock.way == means.idxmin()
    assert set(stock.judged["days_ago"]) == {28, 56, 84}
    assert stock.coverage is not None
    assert stock.coverage > 0.8
    assert stock.unit == "pieces"


def test_few_buyers_are_counted_by_hand() -> None:
    lines = [(0, 0, 10, 60.0), (1, 0, 10, 30.0), (2, 0, 10, 10.0), (0, 0, 60, 0.5), (1, 1, 5, 4.0)]
    days = make_days(lines)
    labels = pd.Series([0, 0, 1], index=days.customers)
    table = stock_of(days, labels=labels, law=None, earlier=[]).table.set_index(["segment", "product_id"])
    own = table.loc[(ALL_SHOPPERS, "p000")]
    assert own["buyers"] == 3
    assert own["top_1"] == pytest.approx(60.5 / 100.5, abs=1e-4)
    assert own["effective_buyers"] == pytest.approx(100.5**2 / (60.5**2 + 30**2 + 10**2), abs=1e-3)
    assert own["few_customers"]
    assert table.loc[("0", "p000"), "buyers"] == 2


def test_a_log_without_quantities_tells_money() -> None:
    found = stock_of(draw_shop(pieces=False))
    assert found.unit == "money"
    assert "The log has no quantities, so demand is told in money." in found.notes
    np.testing.assert_allclose(found.table["money"], found.table["expected"])


def test_who_was_sampled_stands_for_all() -> None:
    days = draw_shop()
    whole, half = stock_of(days).table, stock_of(replace(days, share=0.5)).table
    np.testing.assert_allclose(half["expected"], 2 * whole["expected"], atol=0.02)


def test_without_segments_of_an_earlier_day_all_are_tried_together() -> None:
    earlier = [one._replace(labels=None) for one in EARLIER]
    found = stock_of(draw_shop(), earlier=earlier)
    assert set(found.judged["segment"]) == {ALL_SHOPPERS, NEWCOMERS, UNNAMED}


def test_a_segment_of_three_people_is_said_to_be_small() -> None:
    found = stock_of(draw_shop(), labels=LABELS.where(np.arange(200) > 2, 7))
    assert any(note.startswith("Segment 7: fewer than 20 customers") for note in found.notes)
    assert np.isfinite(found.table["high"]).all()


def test_what_can_not_be_told_is_said() -> None:
    days = make_days([(0, 0, 40, 1.0), (1, 0, 3, 1.0)])
    labels = pd.Series([0, 0], index=days.customers)
    told = find_stock(days, make_products(days), labels, None, [], 4)
    assert told == (
        "the log covers 40 days, and two periods of 28 days are needed, one to tell the other (stock.weeks)"
    )
    charged = find_stock(days, make_products(days, charges=(0,)), labels, None, [], 1)
    assert charged == "no line names a product that is no charge"


def test_one_product_bought_by_one_customer_is_told() -> None:
    days = make_days([(0, 0, age, 2.0) for age in (5, 20, 40, 60, 80, 100, 120)])
    labels = pd.Series([0], index=days.customers)
    found = stock_of(days, labels=labels, earlier=[StockDay(28, labels, None)], law=None)
    assert found.table["expected"].between(1, 6).all()
    assert found.coverage is None
    assert any("one earlier day" in note for note in found.notes)


def test_intervals_are_as_wide_as_any_earlier_day_asks_for() -> None:
    before = np.full(100, 8.0)
    calm, wild = np.full(100, 8.0), np.where(np.arange(100) % 2, 0.0, 40.0)
    low, high = bound_demand(np.array([8.0, 0.7]), [(before, calm), (before, wild)])
    assert (low[0], high[0]) == (0, 40)
    assert high[1] == pytest.approx(3.5)
    tight = bound_demand(np.array([8.0]), [(before, calm)])
    assert tight[1][0] >= 12, "never less than chance"
