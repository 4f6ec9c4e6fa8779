"""Taste: against geometry by hand, and against scikit-learn's own chain."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfTransformer
from sklearn.pipeline import make_pipeline

from segmentlab.errors import DataError
from segmentlab.features.products import Products
from segmentlab.features.table import FeatureTable, build_feature_table
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table

AS_OF = date(2011, 3, 2)


def lines(*pairs: tuple[str, str | None]) -> list[tuple[object, ...]]:
    return [(who, "1", product, "BAG", 1.0, 1.0, "2011-03-01 10:00", "Spain") for who, product in pairs]


def described(engine: BaseBackend, rows: list[tuple[object, ...]], **parameters: int) -> FeatureTable:
    return build_feature_table({"products": Products(**parameters)}, table(engine, rows), AS_OF)


def test_two_customers_lie_on_either_side_of_their_middle(engine: BaseBackend) -> None:
    """Two customers are two arrows of length 1: the first component is the middle of their angle."""
    frame = described(engine, [row for row in SHOP if row[0] in ("anna", "bert") and row[4] > 0]).frame
    rare, twice = np.log(3 / 2) + 1, np.log(2) + 1  # LANTERN, which both have, weighs 1
    anna = np.array([twice * rare, 1, 0])
    bert = np.array([0, twice, rare])
    half = np.arccos(anna @ bert / np.linalg.norm(anna) / np.linalg.norm(bert)) / 2
    assert frame["products_1"].tolist() == pytest.approx([np.cos(half), np.cos(half)], abs=1e-9)
    assert frame["products_2"].tolist() == pytest.approx([np.sin(half), -np.sin(half)], abs=1e-9)
    assert (frame[["products_3", "products_4", "products_5"]] == 0).all(axis=None)


def test_it_is_what_scikit_learn_computes(engine: BaseBackend) -> None:
    drawn = np.random.default_rng(0).zipf(1.5, size=(300, 2)) % (30, 12)
    rows = lines(*((f"c{customer:02}", f"p{product:02}") for customer, product in drawn))
    counts = pd.crosstab(*(pd.Series(pair) for pair in zip(*((row[0], row[2]) for row in rows), strict=True)))
    chain = make_pipeline(TfidfTransformer(sublinear_tf=True), TruncatedSVD(4, random_state=3))
    frame = described(engine, rows, components=4, seed=3).frame
    assert frame.index.tolist() == counts.index.tolist()
    np.testing.assert_allclose(frame.to_numpy(), chain.fit_transform(counts.to_numpy()), atol=1e-9)


def test_later_customers_come_into_the_space_of_the_known_ones(engine: BaseBackend) -> None:
    known = lines(("ada", "bag"), ("ada", "cup"), ("bob", "cup"), ("bob", "jar"), ("cor", "jar"))
    fitted = described(engine, known)
    later = table(engine, lines(("eve", "bag"), ("eve", "cup"), ("fay", "kite"), ("fay", None)))
    frame = fitted.recipe.describe(later, AS_OF)
    assert frame.loc["eve"].tolist() == fitted.frame.loc["ada"].tolist()
    assert frame.loc["fay"].tolist() == [0.0] * 5  # nothing that is known


def test_a_shop_with_one_product_has_one_taste(engine: BaseBackend) -> None:
    assert described(engine, lines(("ada", "bag"), ("bob", "bag"))).frame["products_1"].tolist() == [1.0, 1.0]


def test_no_product_ids_at_all_are_refused(engine: BaseBackend) -> None:
    with pytest.raises(DataError, match="features=products needs product ids, and no line has one"):
        described(engine, lines(("ada", None)))
