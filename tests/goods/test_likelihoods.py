"""Likelihoods of purchases: the arithmetic by hand, and the laws of shrinkage."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from segmentlab.goods.likelihoods import (
    BuyerCounts,
    Likelihoods,
    compute_posterior,
    count_buyers,
    estimate_likelihoods,
    estimate_pull,
)
from segmentlab.goods.purchases import Purchases
from tests.examples import draw_examples


def basket(bought: np.ndarray, charges: tuple[int, ...] = ()) -> Purchases:
    """Purchases from a table of customers by products: in how many baskets it lay, all of today."""
    customer, product = bought.nonzero()
    ids = [f"p{number:03d}" for number in range(bought.shape[1])]
    known = pd.DataFrame({"product_id": ids, "description": [f"THING {one}" for one in ids]}).astype("str")
    return Purchases(
        customers=pd.Series([f"c{number:04d}" for number in range(len(bought))], dtype="str"),
        products=known.assign(charge=np.isin(np.arange(len(ids)), charges)),
        customer=customer.astype(np.int32),
        product=product.astype(np.int32),
        age=np.zeros(len(customer), dtype=np.int32),
        revenue=np.full(len(customer), 2.0),
        baskets=bought[customer, product].astype(np.int32),
        short_memory=bought[customer, product].astype(float),
        long_memory=bought[customer, product].astype(float),
        days=100,
    )


def labelled(purchases: Purchases, labels: list[int] | np.ndarray) -> pd.Series:
    return pd.Series(np.asarray(labels), index=purchases.customers.to_numpy())


def random_shop(customers: int = 60, products: int = 8, seed: int = 0) -> tuple[Purchases, pd.Series]:
    """Everybody has something, and every product has been bought by somebody."""
    generator = np.random.default_rng(seed)
    bought = generator.random((customers, products)) < generator.random(products)
    bought[np.arange(customers), np.arange(customers) % products] = True
    told = basket(bought)
    return told, labelled(told, generator.integers(-1, 3, customers))


def test_six_customers_by_hand() -> None:
    told = basket(np.array([[1, 1], [1, 0], [1, 0], [0, 1], [0, 1], [0, 1]]))
    labels = labelled(told, [0, 0, 0, 1, 1, 1])
    counts = count_buyers(told, labels)
    assert counts.buyers.tolist() == [[3, 1], [0, 3]]
    # Rates 1/2 and 2/3: squares of what chance does not expect, less what chance does.
    excess = 2 * (1.5**2 / 0.75 - 1 / 2) + 2 * (1.0**2 / (2 / 3) - 1 / 2)
    strength = (1.5 + 1.5 + 2 + 2) / 2 / excess
    assert estimate_pull(counts) == pytest.approx(strength)
    found = estimate_likelihoods(told, labels)
    first = found.table.iloc[0]
    assert first["likelihood"] == pytest.approx((3 + strength) / (3 + 2 * strength))
    assert first["low"] == pytest.approx(beta(3 + strength, strength).ppf(0.025))
    assert first["lift_high"] == pytest.approx(beta(3 + strength, strength).ppf(0.975) / 0.5)
    assert found.table["customers"].tolist() == [3, 1, 0, 3]
    assert found.table["revenue"].tolist() == [6, 2, 0, 6]
    assert found.table["rank"].tolist() == [1, 2, 2, 1]


@draw_examples(25)
@given(seed=st.integers(0, 10_000))
def test_an_estimate_lies_between_the_own_rate_and_that_of_all(seed: int) -> None:
    told, labels = random_shop(seed=seed)
    table = estimate_likelihoods(told, labels).table
    sizes = labels.value_counts()
    own, overall = table["customers"] / table["segment"].map(sizes), table["overall"]
    slack = 1e-9
    assert (table["likelihood"] >= np.minimum(own, overall) - slack).all()
    assert (table["likelihood"] <= np.maximum(own, overall) + slack).all()
    assert (table["low"] <= table["likelihood"] + slack).all()
    assert (table["likelihood"] <= table["high"] + slack).all()
    assert table["low"].between(0, 1).all()
    assert table["high"].between(0, 1).all()
    pd.testing.assert_frame_equal(
        table, estimate_likelihoods(told, labels.sample(frac=1, random_state=seed)).table
    )


def test_one_segment_buys_what_everybody_buys() -> None:
    told, labels = random_shop()
    table = estimate_likelihoods(told, labels * 0).table
    np.testing.assert_allclose(table["lift"], 1)
    np.testing.assert_allclose(table["likelihood"], table["overall"])


def test_the_pull_is_learnt_from_how_far_segments_lie_apart() -> None:
    """Rates drawn around the overall rate with a relative variance of one quarter ask for a pull of four."""
    generator = np.random.default_rng(0)
    sizes, rate = np.full((8, 1), 2_000.0), generator.uniform(0.01, 0.2, 400)
    rates = rate * generator.gamma(4, 1 / 4, (8, 400))
    apart = BuyerCounts(
        np.arange(8), np.array([]), sizes, generator.binomial(2_000, rates.clip(0, 1)).astype(float)
    )
    assert estimate_pull(apart) == pytest.approx(4, rel=0.2)
    alike = apart._replace(buyers=generator.binomial(2_000, rate, (8, 400)).astype(float))
    assert estimate_pull(alike) > 500


def test_what_nobody_and_what_everybody_of_a_segment_bought_is_neither_0_nor_nan() -> None:
    told = basket(np.array([[1, 1, 0], [1, 1, 0], [1, 0, 1]]))
    counts = count_buyers(told, labelled(told, [0, 0, 1]))
    table = estimate_likelihoods(told, labelled(told, [0, 0, 1])).table
    assert np.isfinite(compute_posterior(counts, 1.0)).all()
    assert table.notna().all(axis=None)
    assert (table.loc[table["customers"] == 0, "likelihood"] > 0).all()


def test_charges_are_counted_and_never_on_top() -> None:
    told = basket(np.ones((4, 3), dtype=bool), charges=(1,))
    found = estimate_likelihoods(told, labelled(told, [0, 0, 1, -1]))
    charges = found.table[found.table["charge"]]
    assert charges["customers"].tolist() == [1, 2, 1]
    assert charges[["rank", "distinctive_rank"]].isna().all(axis=None)
    assert "p001" not in found.tops(10)["product_id"].tolist()
    assert found.wide()["product_id"].tolist() == ["p000", "p001", "p002"]


def test_the_wide_table_has_a_column_per_segment_and_tops_the_first_of_each() -> None:
    told, labels = random_shop()
    found = estimate_likelihoods(told, labels)
    wide = found.wide()
    assert list(wide)[-4:] == ["segment_-1", "segment_0", "segment_1", "segment_2"]
    own = found.table[found.table["segment"] == 1]
    np.testing.assert_array_equal(wide["segment_1"], own["likelihood"])
    best = found.tops(2)
    assert set(best.loc[best["segment"] == 1, "product_id"]) == set(
        own.nlargest(2, "likelihood")["product_id"]
    ) | set(own.nlargest(2, "lift_low")["product_id"])


def test_sixty_segments_and_texts_of_any_kind(recwarn: pytest.WarningsRecorder) -> None:
    told, _ = random_shop(customers=120)
    strange = [
        "<img src=x onerror=alert(1)>",
        "=1+1",
        "\N{PARTY POPPER}",
        "\u05d0" * 10_000,
        "'",
        '"',
        "",
        "a",
    ]
    known = told.products.assign(description=pd.Series(strange, dtype="str"))
    odd = Purchases(**{**vars(told), "products": known})
    found: Likelihoods = estimate_likelihoods(odd, labelled(odd, np.arange(120) % 60))
    assert found.wide()["description"].tolist() == strange
    assert len(found.table) == 60 * 8
    assert not recwarn.list
