"""The products that set a segment apart: activity and time are taken out, and chance is not believed."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.goods.distinctive import (
    LEAST_BUYERS,
    MOST_FALSE,
    expect_months,
    find_distinctive,
    measure_activity,
)
from tests.goods.shelves import Line, estimate, make_days

CUSTOMERS, PRODUCTS = 800, 40


def draw_lines(*, liked: dict[int, list[int]] | None = None, seed: int = 0) -> list[Line]:
    """The first half buys four times as much as the second, and nothing else but what each likes more."""
    chance, lines = np.random.default_rng(seed), []
    popular = chance.gamma(2.0, 1.0, PRODUCTS)
    for half, much in ((0, 16), (1, 4)):
        weight = popular.copy()
        weight[(liked or {}).get(half, [])] *= 6
        people = half * CUSTOMERS // 2 + np.repeat(np.arange(CUSTOMERS // 2), much)
        products = chance.choice(PRODUCTS, p=weight / weight.sum(), size=len(people))
        ages = chance.integers(1, 300, len(people))
        lines += [(int(c), int(p), int(age), 1.0) for c, p, age in zip(people, products, ages, strict=True)]
    return lines


def halves() -> pd.Series:
    names = [f"c{number:04d}" for number in range(CUSTOMERS)]
    return pd.Series(np.repeat([0, 1], CUSTOMERS // 2), index=names)


@pytest.fixture(scope="module")
def tasteless() -> pd.DataFrame:
    days = make_days(draw_lines())
    return find_distinctive(estimate(days, halves()), days, halves()).table


@pytest.fixture(scope="module")
def tasteful() -> pd.DataFrame:
    days = make_days(draw_lines(liked={0: [3, 4], 1: [7, 8]}))
    return find_distinctive(estimate(days, halves()), days, halves()).table


def test_who_buys_more_of_everything_is_set_apart_by_nothing(tasteless: pd.DataFrame) -> None:
    busy = tasteless[tasteless["segment"] == 0]
    assert (busy["lift"] > 1).all(), "shares of customers say that all of it sets them apart"
    assert not tasteless["sets_apart"].any()
    assert busy["basket_lift"].between(0.5, 2).all()
    assert busy["times_expected"].median() == pytest.approx(1, abs=0.1)


def test_a_taste_is_found_whoever_buys_much(tasteful: pd.DataFrame) -> None:
    apart = tasteful[tasteful["sets_apart"]].groupby("segment")["product_id"].apply(set)
    assert {"p003", "p004"} <= apart[0]
    assert {"p007", "p008"} <= apart[1]
    assert not {"p007", "p008"} & apart[0]


def test_the_order_is_that_of_the_lower_end(tasteful: pd.DataFrame) -> None:
    own = tasteful[tasteful["segment"] == 1].sort_values("distinctive_rank")
    assert set(own["product_id"].head(2)) == {"p007", "p008"}
    assert own["times_expected_low"].dropna().is_monotonic_decreasing
    assert (own.loc[own["sets_apart"], "q_value"] <= MOST_FALSE).all()


def test_it_is_expected_as_often_as_it_was_bought(tasteful: pd.DataFrame) -> None:
    sums = tasteful.groupby("product_id", observed=True)[
        ["customers", "months_bought", "expected_months"]
    ].sum()
    looked_at = sums[sums["customers"] >= LEAST_BUYERS]
    assert (looked_at["months_bought"] >= looked_at["customers"]).all()
    np.testing.assert_allclose(looked_at["expected_months"], looked_at["months_bought"], rtol=1e-6)


def test_nothing_is_expected_of_days_on_which_it_was_not_sold() -> None:
    lines = [(customer, product, 200, 1.0) for customer in range(30) for product in range(5)]
    lines += [(customer, product, 10, 1.0) for customer in range(30, 60) for product in (0, 5, 6, 7, 8)]
    days = make_days(lines)
    labels = pd.Series(np.repeat([0, 1], 30), index=days.customers)
    table = find_distinctive(estimate(days, labels), days, labels).table
    later = table[table["product_id"] == "p005"].set_index("segment")
    assert later["customers"].tolist() == [0, 30]
    np.testing.assert_allclose(later["expected_months"], [0, 30], atol=1e-6)
    assert not table["sets_apart"].any()


def test_three_people_one_segment_and_one_product_have_no_list() -> None:
    days = make_days(draw_lines(liked={0: [3]}))
    few = halves().where(np.arange(CUSTOMERS) > 2, 2)
    table = find_distinctive(estimate(days, few), days, few).table
    assert not table.loc[table["segment"] == 2, "sets_apart"].any()
    whole = halves() * 0
    assert not find_distinctive(estimate(days, whole), days, whole).table["sets_apart"].any()
    alone = make_days([(customer, 0, 5, 1.0) for customer in range(40)])
    labels = pd.Series(np.repeat([0, 1], 20), index=alone.customers)
    told = find_distinctive(estimate(alone, labels), alone, labels).table
    assert not told["sets_apart"].any()
    np.testing.assert_allclose(told["expected_months"], 20, rtol=1e-6)


def test_charges_and_rare_products_are_not_looked_at() -> None:
    lines = [*draw_lines(), *((customer, PRODUCTS, 5, 1.0) for customer in range(5))]
    days = make_days(lines)
    table = find_distinctive(estimate(days, halves(), charges=(0,)), days, halves()).table
    left_out = table[table["product_id"].isin(["p000", f"p{PRODUCTS:03d}"])]
    assert left_out["expected_months"].isna().all()
    assert not left_out["sets_apart"].any()
    assert table.loc[table["charge"], "distinctive_rank"].isna().all()


def test_lines_that_name_nobody_change_nothing(tasteful: pd.DataFrame) -> None:
    lines = [*draw_lines(liked={0: [3, 4], 1: [7, 8]}), *((-1, 3, age, 50.0) for age in range(1, 90))]
    days = make_days(lines)
    table = find_distinctive(estimate(days, halves()), days, halves()).table
    pd.testing.assert_frame_equal(table, tasteful)


def test_baskets_and_spend_by_hand() -> None:
    days = make_days([(0, 0, 9, 1.0), (0, 1, 9, 3.0), (0, 0, 5, 1.0), (1, 1, 7, 5.0)])
    labels = pd.Series([0, 1], index=days.customers)
    table = find_distinctive(estimate(days, labels), days, labels).table.set_index(["segment", "product_id"])
    # Product 0 is in both baskets of the first and in two of three; it has 2 of 5 pieces, and 2 of 10.
    assert table.loc[(0, "p000"), "basket_lift"] == pytest.approx(1 / (2 / 3))
    assert table.loc[(0, "p000"), "spend_lift"] == pytest.approx((2 / 5) / (2 / 10))
    assert table.loc[(1, "p000"), "basket_lift"] == 0


def test_expected_months_by_hand() -> None:
    """Two different products, and one, of three; theta makes 1 - exp(-theta x) sum to who bought it."""
    days = make_days([(0, 0, 3, 1.0), (0, 1, 3, 1.0), (1, 0, 3, 1.0)])
    activity = measure_activity(days, np.array([0, 1]), 2)
    assert activity.sizes[activity.people.any(axis=2)].tolist() == [1.0, 2.0]
    assert activity.months.tolist() == [[1, 1], [1, 0]]
    expected = expect_months(activity, np.array([1]))
    # exp(-2 t) + exp(-t) = 1 has the golden ratio's inverse as exp(-t).
    golden = (np.sqrt(5) - 1) / 2
    np.testing.assert_allclose(expected[:, 0], [1 - golden**2, 1 - golden], atol=1e-4)


def test_coming_back_in_another_month_counts_and_in_the_same_does_not() -> None:
    days = make_days([(0, 0, 3, 1.0), (0, 0, 9, 1.0), (0, 0, 40, 1.0), (1, 0, 3, 1.0)])
    activity = measure_activity(days, np.array([0, 1]), 2)
    assert activity.months.tolist() == [[2], [1]]
    assert activity.buyers.tolist() == [2]
    np.testing.assert_allclose(expect_months(activity, np.array([0]))[:, 0], [2, 1], rtol=1e-6)


def test_who_comes_back_for_a_product_is_set_apart_though_everybody_bought_it() -> None:
    """All buy four products a month for a year; one more: the first half always the same."""
    chance = np.random.default_rng(1)
    lines = [
        (customer, product, 28 * month + 1, 1.0)
        for customer in range(200)
        for month in range(12)
        for product in {
            0 if customer < 100 or month == customer % 12 else 1,
            *chance.integers(2, 30, 3).tolist(),
        }
    ]
    days = make_days(lines)
    labels = pd.Series(np.repeat([0, 1], 100), index=days.customers)
    table = find_distinctive(estimate(days, labels), days, labels).table.set_index(["product_id", "segment"])
    assert table.loc["p000", "customers"].tolist() == [100, 100]
    assert table.loc["p000", "sets_apart"].tolist() == [True, False]
    assert table.loc["p001", "sets_apart"].tolist() == [False, True]
