"""Would the lists of earlier days have been bought: rates by hand, and which way is shown in which shop."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmentlab.flow import StepTimer, describe, segment
from segmentlab.goods.hindsight import LEAST_JUDGES, EarlierDay, JudgedWays, estimate_mean, judge_ways
from segmentlab.goods.product_portrait import list_hindsight_metrics, portray_products
from segmentlab.goods.purchases import BeforeAndAfter, Purchases
from segmentlab.goods.ways import AGAIN, NEW, WAYS
from segmentlab.lab.config.build import build_plan
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import composed
from tests.goods.test_likelihoods import basket, labelled, random_shop
from tests.goods.test_recommendations import paired_shop


def day(told: Purchases, after: np.ndarray | pd.DataFrame, labels: pd.Series | None = None) -> EarlierDay:
    """What came after, as a table of customers by products or as pairs."""
    if not isinstance(after, pd.DataFrame):
        after = pd.DataFrame(np.argwhere(after), columns=["customer", "product"]).astype("int32")
    zeros = labelled(told, np.zeros(len(told.customers), dtype=int))
    return EarlierDay(BeforeAndAfter(told, after), zeros if labels is None else labels)


def judged(*days: EarlierDay) -> JudgedWays:
    found = judge_ways(days)
    assert found is not None
    return found


def rows(found: JudgedWays, kind: str, segment: int | None = None) -> pd.DataFrame:
    table = found.table[found.table["kind"] == kind]
    own = table["segment"].isna() if segment is None else table["segment"] == segment
    return table[own].set_index("by")


def test_hits_by_hand() -> None:
    """The first forgot product 1 and buys it, the eighth buys again what they have, a third never comes."""
    found = judged(day(paired_shop(), pd.DataFrame({"customer": [0, 7], "product": [1, 0]})))
    new = rows(found, NEW)
    assert set(new["customers"]) == {1}
    assert new.loc["blend", ["hit_rate", "recall"]].tolist() == [1, 1]
    assert new["recall_low"].isna().all(), "of one customer nobody knows an interval"
    assert set(rows(found, AGAIN)["customers"]) == {2}
    assert set(rows(found, AGAIN, segment=0)["customers"]) == {2}
    told = list_hindsight_metrics(found)
    assert set(told) == {
        f"recommend/{start}{rate}"
        for start in ("", "repeat_", "popularity_", "random_", "own_", "repeat_popularity_")
        for rate in ("hit_rate", "recall")
    }
    assert told["recommend/recall"] == 1


def test_an_interval_is_that_of_customers_and_not_of_their_days() -> None:
    """Everybody seen twice with the same outcome is no more evidence than everybody seen once."""
    outcome = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, 0.0]])
    people = np.array(["a", "b", "c", "d"], dtype=object)
    once = estimate_mean(outcome, people)
    np.testing.assert_allclose(once, estimate_mean(np.repeat(outcome, 2, axis=0), np.repeat(people, 2)))
    spread = 1.96 * outcome.std(axis=0, ddof=1) / 2
    np.testing.assert_allclose(
        once, [outcome.mean(axis=0), outcome.mean(axis=0) - spread, outcome.mean(axis=0) + spread]
    )


def rebuying_shop(customers: int = 300, products: int = 40) -> tuple[Purchases, np.ndarray]:
    """Each has favourites of their own, bought three times before and again after; nothing else is bought."""
    generator = np.random.default_rng(0)
    bought = np.zeros((customers, products), dtype=int)
    for row in bought:
        row[generator.choice(products, 12, replace=False)] = 1
        row[generator.choice(np.flatnonzero(row), 3, replace=False)] = 3
    return basket(bought), bought == 3


def test_the_own_count_is_shown_where_people_only_buy_again() -> None:
    told, after = rebuying_shop()
    found = judged(day(told, after))
    assert found.choices[AGAIN].way == "own"
    assert rows(found, AGAIN).loc["own", ["shown", "recall"]].tolist() == [True, 1]
    assert rows(found, AGAIN).loc["popularity", "recall"] < 0.6
    assert "does not win beyond its interval" in found.choices[AGAIN].reason
    assert NEW not in found.choices
    portrait = portray_products(told, labelled(told, [0] * 300), found)
    own = portrait.for_customers[portrait.for_customers["kind"] == AGAIN]
    assert own.loc[own["rank"] <= 3, "why"].eq("bought 3 times").all()
    assert "unjudged" in portrait.choices[NEW].reason


def test_what_goes_together_is_shown_where_pairs_were_planted() -> None:
    """Products come in pairs: whoever has one of a pair buys the other one next."""
    generator = np.random.default_rng(1)
    first = np.stack([generator.choice(30, 5, replace=False) for _ in range(800)])
    bought = np.zeros((800, 60), dtype=int)
    row = np.arange(800)[:, None]
    bought[row, 2 * first] = 1
    both = generator.random(first.shape) < 0.7
    bought[row, 2 * first + 1] = both
    after = np.zeros_like(bought)
    after[row, 2 * first + 1] = ~both
    found = judged(day(basket(bought), after))
    assert found.choices[NEW].way in ("neighbours", "blend")
    assert rows(found, NEW).loc[found.choices[NEW].way, "recall"] > 0.9
    assert rows(found, NEW).loc["popularity", "recall"] < 0.5


def test_a_rival_is_shown_where_everything_is_chance() -> None:
    generator = np.random.default_rng(2)
    bought = (generator.random((400, 60)) < 0.15).astype(int)
    found = judged(day(basket(bought), generator.random(bought.shape) < 0.1))
    simplest = {AGAIN: "own", NEW: "popularity"}
    assert {kind: choice.way for kind, choice in found.choices.items()} == simplest
    for kind, choice in found.choices.items():
        assert "does not win beyond its interval" in choice.reason
        shown = rows(found, kind)["shown"]
        assert shown[shown].index.tolist() == [simplest[kind]]


def test_a_handful_of_customers_decides_nothing() -> None:
    told, after = rebuying_shop()
    after[LEAST_JUDGES - 1 :] = False
    choice = judged(day(told, after)).choices[AGAIN]
    assert choice.way == "own"
    assert f"{LEAST_JUDGES - 1} customers came back, too few" in choice.reason


def test_days_are_pooled_and_segments_stand_apart() -> None:
    told, after = rebuying_shop()
    labels = labelled(told, np.arange(300) % 3 - 1)
    found = judged(day(told, after, labels), day(told, after[::-1], labels))
    assert set(found.table["segment"].dropna()) == {-1, 0, 1}
    assert set(rows(found, AGAIN)["days"]) == {2}
    assert set(rows(found, AGAIN)["customers"]) == {300}, "each counts once"
    assert set(rows(found, AGAIN, segment=1)["customers"]) == {100}
    alone = rows(judged(day(told, after, labels)), AGAIN)
    other = rows(judged(day(told, after[::-1], labels)), AGAIN)
    assert rows(found, AGAIN).loc["own", "recall"] == pytest.approx(
        (alone.loc["own", "recall"] + other.loc["own", "recall"]) / 2
    )


def test_nobody_who_comes_back_and_charges_alone_leave_nothing_to_judge() -> None:
    told, labels = random_shop()
    assert judge_ways([day(told, np.zeros((60, 8)), labels)]) is None
    assert judge_ways([]) is None
    charges = basket(np.eye(3, dtype=int), charges=(0, 1, 2))
    assert judge_ways([day(charges, pd.DataFrame({"customer": [0], "product": [1]}))]) is None


def test_a_run_has_lists_where_the_log_names_products_and_says_why_where_not(tmp_path: Path) -> None:
    world = SyntheticWorld(customers=300, folder=str(tmp_path)).read(DuckDB().connect())
    assert isinstance(world, Dataset)
    plan = build_plan(composed("evaluate=quick", "evaluate.holdout_days=90", "evaluate.cutoffs=2"))
    plan = replace(plan, ks=(), horizons=())
    result = segment(plan, describe(plan, world, StepTimer()), StepTimer())
    assert result.products is not None
    hindsight = result.products.hindsight
    assert hindsight is not None
    assert set(hindsight.table["days"]) <= {1, 2}
    assert set(hindsight.table["by"]) == {way.name for way in WAYS}
    assert 0 < result.metrics["recommend/hit_rate"] <= 1
    assert set(result.products.for_customers["customer_id"]) <= set(result.customers["customer_id"])
    assert [choice.reason in result.product_notes for choice in result.products.choices.values()] == [
        True
    ] * 2
    nameless = replace(world, transactions=world.transactions.drop("product_id"))
    plan = replace(plan, holdout_days=0, cutoffs=0)
    result = segment(plan, describe(plan, nameless, StepTimer()), StepTimer())
    assert result.products is None
    assert result.product_notes == ("Products are not available: the log has no product ids.",)
    assert not [name for name in result.metrics if name.startswith("recommend")]
