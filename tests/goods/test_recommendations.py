"""Recommendations: what they are made of, and that they would have been bought."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmentlab.flow import StepTimer, describe, segment
from segmentlab.flow.holdout import judge_recommendations, relearn
from segmentlab.flow.result import PastSegments
from segmentlab.goods import recommendations as room
from segmentlab.goods.likelihoods import estimate_likelihoods
from segmentlab.goods.product_portrait import (
    ProductPortrait,
    judge_hindsight,
    list_hindsight_metrics,
    portray_products,
)
from segmentlab.goods.purchases import BeforeAndAfter, Purchases
from segmentlab.goods.recommendations import (
    ProductLists,
    Recommender,
    choose_best_products,
    find_products_on_sale,
    learn_recommender,
    mark_owned_products,
)
from segmentlab.lab.config.build import build_plan
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import composed
from tests.goods.test_likelihoods import basket, labelled, random_shop


def portrait(told: Purchases, labels: pd.Series) -> ProductPortrait:
    return portray_products(told, labels, None)


def recommender(told: Purchases, labels: pd.Series) -> Recommender:
    return learn_recommender(told, labels, estimate_likelihoods(told, labels))


def everybody(told: Purchases, labels: pd.Series) -> ProductLists:
    people = np.arange(len(told.customers))
    return choose_best_products(
        recommender(told, labels).scores, people, find_products_on_sale(told), mark_owned_products(told)
    )


def paired_shop() -> Purchases:
    """Half of the customers buy products 0 and 1, the other half 2 and 3; two forgot the second one."""
    bought = np.zeros((200, 4), dtype=bool)
    bought[:100, :2] = bought[100:, 2:] = True
    bought[0, 1] = bought[100, 3] = False
    return basket(bought)


def test_what_goes_with_the_basket_comes_first_and_says_so() -> None:
    told = paired_shop()
    lists = portrait(told, labelled(told, np.zeros(200, dtype=int))).for_customers
    first = lists[lists["rank"] == 1].set_index("customer_id")
    assert first.loc["c0000", ["product_id", "why"]].tolist() == ["p001", "goes with THING p000"]
    assert first.loc["c0100", ["product_id", "why"]].tolist() == ["p003", "goes with THING p002"]
    assert first.loc["c0001", "why"] == "liked in the segment"


def test_nobody_is_told_what_they_have_nor_charges_nor_what_is_sold_no_more() -> None:
    told, labels = random_shop()
    gone = told.product == 2
    told = replace(
        told,
        age=np.where(gone, 91, 0).astype(np.int32),
        products=told.products.assign(charge=[number == 5 for number in range(8)]),
    )
    lists = portrait(told, labels).for_customers
    assert not set(lists["product_id"]) & {"p002", "p005"}
    has = pd.MultiIndex.from_arrays(
        [told.customers.to_numpy()[told.customer], told.products["product_id"].to_numpy()[told.product]]
    )
    assert not pd.MultiIndex.from_frame(lists[["customer_id", "product_id"]].astype("str")).isin(has).any()
    free = 6 - mark_owned_products(told)[:, find_products_on_sale(told)].sum(axis=1)
    assert lists.groupby("customer_id").size().reindex(told.customers, fill_value=0).tolist() == free.tolist()


def test_the_order_is_that_of_a_slow_computation() -> None:
    told, labels = random_shop(customers=150, products=12)
    segments = np.unique(labels)
    bought = mark_owned_products(told).toarray()
    holding = bought.sum(axis=0)
    table = estimate_likelihoods(told, labels).table["likelihood"].to_numpy().reshape(len(segments), -1)
    for row, own in enumerate(everybody(told, labels).products):
        scores = {}
        for product in np.flatnonzero(bought[row] == 0):
            near = room.BASE_CLOSENESS
            for other in np.flatnonzero(bought[row]):
                chance = holding[product] * holding[other] / 150
                beyond = (bought[:, product] * bought[:, other]).sum() - chance - 3 * chance**0.5
                near += max(0, beyond) / ((holding[product] + 10) * (holding[other] + 10)) ** 0.5
            segment = np.searchsorted(segments, labels.iloc[row])
            scores[product] = near * table[segment, product] ** 0.5
        expected = sorted(scores, key=lambda product: -scores[product])[:10]
        assert [scores[product] for product in own[own >= 0]] == pytest.approx(
            [scores[product] for product in expected], rel=1e-5
        )


def test_blocks_of_customers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told, labels = random_shop()
    whole = portrait(told, labels).for_customers
    monkeypatch.setattr(room, "MOST_CELLS", 30)
    pd.testing.assert_frame_equal(whole, portrait(told, labels).for_customers)


def test_only_the_recent_products_of_a_customer_speak() -> None:
    told = basket(np.ones((3, 50), dtype=bool))
    told = replace(told, age=np.tile(np.arange(50), 3).astype(np.int32))
    recent = recommender(told, labelled(told, [0, 0, 0])).recent
    assert recent[1].tolist() == list(range(30))


def test_a_segment_is_told_what_most_of_its_lists_hold() -> None:
    told, labels = random_shop()
    found = portrait(told, labels)
    segment = labels.reindex(found.for_customers["customer_id"].to_numpy()).to_numpy()
    counts = pd.crosstab(segment, found.for_customers["product_id"].astype("str"))
    for row in found.for_segments.to_dict("records"):
        assert row["on_lists"] == counts.loc[row["segment"], row["product_id"]]
    first = found.for_segments[found.for_segments["rank"] == 1].set_index("segment")["on_lists"]
    assert first.to_dict() == counts.max(axis=1).to_dict()


@pytest.mark.parametrize("bought", [np.ones((3, 2), dtype=bool), np.eye(1, dtype=bool)])
def test_who_has_everything_is_told_nothing(bought: np.ndarray) -> None:
    told = basket(bought)
    found = portrait(told, labelled(told, [0] * len(bought)))
    assert found.for_customers.empty
    assert found.for_segments.empty


def test_a_shop_that_books_charges_alone_recommends_nothing() -> None:
    told = basket(np.eye(3, dtype=bool), charges=(0, 1, 2))
    assert portrait(told, labelled(told, [0, 0, -1])).for_customers.empty
    after = pd.DataFrame({"customer": [0], "product": [1]})
    assert judge_hindsight(BeforeAndAfter(told, after), labelled(told, [0, 0, -1]), 10, 0) is None


def test_hits_by_hand() -> None:
    """The first forgot product 1 and buys it, the second buys again what they have, a third never comes."""
    told = paired_shop()
    then = BeforeAndAfter(told, pd.DataFrame({"customer": [0, 7], "product": [1, 0]}))
    table = judge_hindsight(then, labelled(told, np.zeros(200, dtype=int)), resamples=0, seed=0)
    assert table is not None
    new = table[table["products"] == "new"].set_index("by")
    assert new["customers"].tolist() == [1, 1, 1]
    assert new.loc["segments", ["hit_rate", "recall"]].tolist() == [1, 1]
    assert table.loc[table["products"] == "any", "customers"].tolist() == [2, 2, 2]
    assert set(list_hindsight_metrics(table)) >= {
        "recommend/hit_rate",
        "recommend/recall",
        "recommend/popularity_hit_rate",
    }


def test_nobody_who_comes_back_leaves_nothing_to_judge() -> None:
    told, labels = random_shop()
    after = pd.DataFrame({"customer": told.customer[:5], "product": told.product[:5]})
    assert judge_hindsight(BeforeAndAfter(told, after), labels, 10, 0) is None


def test_a_run_has_products_where_the_log_names_them_and_says_why_where_not(tmp_path: Path) -> None:
    world = SyntheticWorld(customers=300, folder=str(tmp_path)).read(DuckDB().connect())
    assert isinstance(world, Dataset)
    plan = build_plan(composed("evaluate.holdout_days=90"))
    result = segment(plan, describe(plan, world, StepTimer()), StepTimer())
    assert result.products is not None
    assert result.products.hindsight is not None
    assert 0 < result.metrics["recommend/hit_rate"] <= 1
    assert set(result.products.for_customers["customer_id"]) <= set(result.customers["customer_id"])
    nameless = replace(world, transactions=world.transactions.drop("product_id"))
    result = segment(plan, describe(plan, nameless, StepTimer()), StepTimer())
    assert result.products is None
    assert result.product_notes == ("Products are not available: the log has no product ids.",)
    assert not [name for name in result.metrics if name.startswith("recommend")]


@pytest.mark.slow
def test_out_of_time_it_beats_popularity_and_popularity_beats_chance(tmp_path: Path) -> None:
    world = SyntheticWorld(customers=10_000, folder=str(tmp_path)).read(DuckDB().connect())
    plan = build_plan(composed("evaluate.holdout_days=90", "evaluate.resamples=200"))
    described = describe(plan, world, StepTimer())
    then = relearn(plan, described)
    assert isinstance(then, PastSegments)
    table = judge_recommendations(plan, then)
    assert table is not None
    rows = table[table["products"] == "new"].set_index("by")
    assert rows.loc["segments", "recall_beyond_low"] > 0
    assert rows.loc["random", "recall_beyond_high"] < 0
    assert (rows["recall_low"] <= rows["recall"]).all()
    assert (rows["recall"] <= rows["recall_high"]).all()
    told = list_hindsight_metrics(table)
    assert told["recommend/hit_rate"] > told["recommend/popularity_hit_rate"]
