"""One customer with other values."""

from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans

from segmentlab.flow import WhatIf
from segmentlab.modelling import Segmenter


@cache
def ask() -> WhatIf:
    """Customers in two groups: few orders of little money, and many of much; spend for each follows."""
    generator = np.random.default_rng(0)
    orders = np.concatenate([generator.integers(1, 6, 200), generator.integers(30, 40, 200)])
    spend = orders * generator.uniform(5, 15, 400)
    recency = generator.uniform(0, 300, 400)
    known = pd.DataFrame(
        {"recency": recency, "orders": orders, "spend": spend, "each": spend / orders},
        index=[f"c{number}" for number in range(400)],
    ).astype("float64")
    model = KMeans(2, n_init=3, random_state=0)
    segmenter = Segmenter(model=model).fit(known, value=known["spend"])
    return WhatIf(segmenter.scorer_, known)


def test_a_feature_that_follows_from_two_others_is_found_and_kept_true() -> None:
    asked = ask()
    assert [(one.name, one.above, one.below) for one in asked.ratios] == [("each", "spend", "orders")]
    assert asked.free == ("recency", "orders", "spend")
    changed = asked.change(asked.known.iloc[0], {"orders": 10.0, "spend": 250.0})
    assert changed["each"] == 25
    assert changed["recency"] == asked.known.iloc[0]["recency"]


def test_nobody_is_divided_by_no_orders() -> None:
    asked = ask()
    before = asked.known.iloc[0]
    assert asked.change(before, {"orders": 0.0})["each"] == before["each"]


def test_without_changes_customers_are_where_the_model_has_them() -> None:
    asked = ask()
    placed = asked.scorer.assign(asked.known)
    for place in (0, 399):
        found = asked.place(asked.change(asked.known.iloc[place], {}))
        assert found["segment"] == placed["segment"].iloc[place]


@pytest.mark.parametrize("place", [0, 5, 250, 399])
def test_at_each_crossing_the_segment_is_another_and_just_before_it_is_not(place: int) -> None:
    asked = ask()
    customer = asked.known.iloc[place]
    own = asked.place(customer)["segment"]
    crossings = asked.find_crossings(customer)
    assert crossings
    assert [one.distance for one in crossings] == sorted(one.distance for one in crossings)
    for one in crossings:
        beyond = asked.place(asked.change(customer, {one.feature: one.value}))
        assert beyond["segment"] == one.segment != own
        if one.feature in asked.whole:
            assert one.value == round(one.value)
            step = np.sign(customer[one.feature] - one.value)
        else:
            step = (customer[one.feature] - one.value) / 100
        short = asked.place(asked.change(customer, {one.feature: one.value + step}))
        assert short["segment"] == own, one


def test_counts_stay_whole() -> None:
    assert ask().whole == {"orders"}
