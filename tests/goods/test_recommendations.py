"""Lists for customers and segments: what stands on them, why, and what never does."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from segmentlab.goods import recommendations as room
from segmentlab.goods.assortment import find_products_on_sale, lay_out_assortment
from segmentlab.goods.hindsight import Choice, JudgedWays
from segmentlab.goods.product_portrait import ProductPortrait, portray_products
from segmentlab.goods.purchases import Purchases
from segmentlab.goods.recommendations import MOST_RECOMMENDED, choose_best_products
from segmentlab.goods.relations import compare_neighbours, learn_relations
from segmentlab.goods.ways import AGAIN, KINDS, NEW, WAYS, find_way, list_ways
from tests.goods.test_likelihoods import basket, labelled, random_shop


def chosen(again: str, new: str) -> JudgedWays:
    """As if earlier days had chosen these ways."""
    return JudgedWays(
        pd.DataFrame({"segment": [pd.NA], "kind": "", "by": "", "hit_rate": 0.0, "recall": 0.0}),
        {AGAIN: Choice(again, "by the test"), NEW: Choice(new, "by the test")},
    )


def portrait(told: Purchases, labels: pd.Series, again: str = "own", new: str = "blend") -> ProductPortrait:
    return portray_products(told, labels, chosen(again, new))


def of_kind(found: ProductPortrait, kind: str) -> pd.DataFrame:
    return found.for_customers[found.for_customers["kind"] == kind]


def paired_shop() -> Purchases:
    """Half of the customers buy products 0 and 1, the other half 2 and 3; two forgot the second one."""
    bought = np.zeros((200, 4), dtype=int)
    bought[:100, :2] = bought[100:, 2:] = 1
    bought[0, 1] = bought[100, 3] = 0
    return basket(bought)


@pytest.mark.parametrize("way", ["blend", "neighbours"])
def test_what_goes_with_what_they_have_comes_first_and_says_so(way: str) -> None:
    told = paired_shop()
    lists = of_kind(portrait(told, labelled(told, np.zeros(200, dtype=int)), new=way), NEW)
    first = lists[lists["rank"] == 1].set_index("customer_id")
    assert first.loc["c0000", ["product_id", "why"]].tolist() == ["p001", "goes with THING p000"]
    assert first.loc["c0100", ["product_id", "why"]].tolist() == ["p003", "goes with THING p002"]
    assert first.loc["c0001", "why"] == "popular lately"


def test_what_is_bought_again_says_how_often_it_was() -> None:
    told = basket(np.array([[0, 3, 1], [1, 0, 0], [1, 0, 0]]))
    lists = of_kind(portrait(told, labelled(told, [0, 0, 0])), AGAIN)
    first = lists[lists["customer_id"] == "c0000"]
    assert first["product_id"].tolist() == ["p001", "p002", "p000"]
    assert first["why"].tolist() == ["bought 3 times", "bought once", "popular lately"]


def test_equal_scores_are_broken_by_popularity_in_every_way() -> None:
    """Nobody has told anything of the last customer, who bought a charge alone."""
    bought = np.zeros((30, 5), dtype=int)
    for product, buyers in enumerate((3, 12, 7, 0, 20)):
        bought[:buyers, product] = 1
    bought[29, 3] = 1
    told = basket(bought, charges=(3,))
    ways = [way.name for way in WAYS if way.name != "random"]
    for way in ways:
        found = portrait(told, labelled(told, [0] * 30), again=way, new=way)
        for kind in KINDS:
            own = of_kind(found, kind)
            assert own.loc[own["customer_id"] == "c0029", "product_id"].tolist() == [
                "p004",
                "p001",
                "p002",
                "p000",
            ]


def test_nobody_is_told_what_is_sold_no_more_nor_charges_nor_what_they_have_as_new() -> None:
    told, labels = random_shop()
    gone = told.product == 2
    told = replace(
        told,
        age=np.where(gone, 91, 0).astype(np.int32),
        products=told.products.assign(charge=[number == 5 for number in range(8)]),
    )
    found = portrait(told, labels)
    assert not set(found.for_customers["product_id"]) & {"p002", "p005"}
    has = pd.MultiIndex.from_arrays(
        [told.customers.to_numpy()[told.customer], told.products["product_id"].to_numpy()[told.product]]
    )
    new = of_kind(found, NEW)
    assert not pd.MultiIndex.from_frame(new[["customer_id", "product_id"]].astype("str")).isin(has).any()
    owned = np.zeros((60, 8), dtype=bool)
    owned[told.customer, told.product] = True
    free = 6 - owned[:, find_products_on_sale(told).products].sum(axis=1)
    assert new.groupby("customer_id").size().reindex(told.customers, fill_value=0).tolist() == free.tolist()
    assert of_kind(found, AGAIN).groupby("customer_id").size().eq(6).all()


def test_relations_are_the_ridge_regression_that_may_not_look_at_itself() -> None:
    """For each product alone: the closed form is that of a ridge regression on all others."""
    told, labels = random_shop(customers=400, products=6)
    assortment = lay_out_assortment(told, labels)
    tastes = assortment.fresh_tastes
    weights = learn_relations(tastes)
    table = tastes.toarray().astype(float)
    for product in range(6):
        others = np.delete(table, product, axis=1)
        expected = np.linalg.solve(others.T @ others + 200 * np.eye(5), others.T @ table[:, product])
        np.testing.assert_allclose(np.delete(weights[:, product], product), expected, rtol=1e-4, atol=1e-6)
    assert not np.diag(weights).any()
    alike = compare_neighbours(tastes)
    expected = (table.T @ table) / np.outer(*[np.linalg.norm(table, axis=0)] * 2)
    np.testing.assert_allclose(alike, expected - np.diag(np.diag(expected)), rtol=1e-5, atol=1e-6)


def test_the_order_is_that_of_a_slow_computation() -> None:
    told, labels = random_shop(customers=300, products=14)
    assortment = lay_out_assortment(told, labels)
    everybody = np.arange(300)
    for way in list_ways(NEW):
        scorer = way.learn(assortment)
        scores = scorer.score(everybody) if way.name != "random" else None
        if scores is None:
            continue
        found = choose_best_products(assortment, scorer, everybody, KINDS)
        owned = assortment.baskets.toarray() > 0
        for kind, without in ((AGAIN, np.zeros_like(owned)), (NEW, owned)):
            for row, own in enumerate(found[kind].columns):
                free = np.flatnonzero(~without[row])
                order = free[np.lexsort((free, -scores[row, free]))][:MOST_RECOMMENDED]
                assert own[own >= 0].tolist() == order.tolist()


def test_blocks_of_customers_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    told, labels = random_shop(customers=300)
    whole = portrait(told, labels, again="blend").for_customers
    monkeypatch.setattr(room, "MOST_CELLS", 30)
    pd.testing.assert_frame_equal(whole, portrait(told, labels, again="blend").for_customers)


def test_a_segment_is_told_what_most_of_its_lists_hold() -> None:
    told, labels = random_shop()
    found = portrait(told, labels)
    own = of_kind(found, NEW)
    segment = labels.reindex(own["customer_id"].to_numpy()).to_numpy()
    counts = pd.crosstab(segment, own["product_id"].astype("str"))
    new = found.for_segments[found.for_segments["kind"] == NEW]
    for row in new.to_dict("records"):
        assert row["on_lists"] == counts.loc[row["segment"], row["product_id"]]
        assert row["why"].startswith(f"on the lists of {row['on_lists']} of ")
    first = new[new["rank"] == 1].set_index("segment")["on_lists"]
    assert first.to_dict() == counts.max(axis=1).to_dict()
    assert list(found.for_segments)[-2:] == ["why", "kind"]


@pytest.mark.parametrize("bought", [np.ones((3, 2), dtype=int), np.eye(1, dtype=int)])
def test_who_has_everything_is_told_nothing_new(bought: np.ndarray) -> None:
    told = basket(bought)
    found = portrait(told, labelled(told, [0] * len(bought)))
    assert of_kind(found, NEW).empty
    assert len(of_kind(found, AGAIN)) == bought.size
    assert set(found.for_segments["kind"]) == {AGAIN}


def test_a_shop_that_books_charges_alone_recommends_nothing() -> None:
    told = basket(np.eye(3, dtype=int), charges=(0, 1, 2))
    found = portrait(told, labelled(told, [0, 0, -1]), again="blend")
    assert found.for_customers.empty
    assert found.for_segments.empty
    assert list(found.for_customers)[-1] == "kind"


def test_ids_stand_where_there_are_no_descriptions() -> None:
    told = paired_shop()
    told = replace(told, products=told.products.drop(columns="description"))
    lists = of_kind(portrait(told, labelled(told, np.zeros(200, dtype=int))), NEW)
    assert lists[lists["customer_id"] == "c0000"].iloc[0]["why"] == "goes with p000"


def test_the_ways_have_names_of_their_own_and_a_simplest_for_each_kind() -> None:
    names = [way.name for way in WAYS]
    assert len(set(names)) == len(names)
    assert [find_way(name).name for name in names] == names
    assert not [way for kind in KINDS for way in list_ways(kind)[:2] if way.ours]
