"""What goes together, of everybody and of segments; the same on every engine."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError
from segmentlab.goods.basket_portrait import BasketPortrait, portray_baskets, select_on_sale
from segmentlab.goods.basket_rules import BasketLimits
from segmentlab.goods.baskets import Baskets, gather_baskets
from segmentlab.goods.spark_baskets import SparkBaskets
from segmentlab.testing.logs import Row, make_table
from tests.goods.baskets import make_baskets

LIMITS = BasketLimits(support=0.01)
LABELS = pd.Series({"much": 0, "little": 1})
DAY = [{0, 1}, {0, 1}, {1}, {2, 3}, {3}, {4}, {0, 1, 2}, {5}, {5, 6}]


def portray(days: int = 40) -> BasketPortrait:
    """Somebody who buys every day, somebody who came twice, and nobody known."""
    baskets = DAY * days
    owners: list[str | None] = ["much"] * len(baskets)
    owners[:2], owners[2] = ["little", "little"], None
    return portray_baskets(make_baskets(baskets, owners), LABELS, {0: "Regulars"}, LIMITS)


def test_every_segment_has_its_row_and_the_small_one_says_why() -> None:
    found = portray()
    parts = found.parts
    assert parts["name"].tolist() == ["everybody", "Regulars", "1"]
    assert parts["baskets"].tolist() == [360, 357, 2]
    assert parts["note"].tolist() == ["", "", "2 baskets are too few: a set of products has to lie in 10"]
    assert found.notes == ("1 baskets of nobody known are everybody's, and of no segment.",)
    assert parts["rules"].sum() == len(found.rules)


def test_a_part_without_earlier_rules_has_the_same_columns() -> None:
    few = portray_baskets(make_baskets([{0, 1}] * 16 + [{2}] * 14), pd.Series(dtype="int64"), {}, LIMITS)
    assert few.parts.columns.tolist() == portray().parts.columns.tolist()
    assert few.parts["lift_held"].isna().all()


def test_rules_have_names_and_their_later_confidence() -> None:
    found = portray()
    first = found.rules.iloc[0]
    assert (first["if_first_description"], first["then_description"]) == ("bread", "butter")
    assert pd.isna(first["segment"])
    assert first["later_confidence"] == first["earlier_confidence"] == 1.0
    assert found.parts["lift_held"].iloc[0] == found.parts["confidence_held"].iloc[0] == 1.0
    assert found.sets.iloc[0][["first", "second", "baskets"]].tolist() == ["br", "bu", 120]


def test_rules_end_with_their_products() -> None:
    rules = pd.DataFrame({"if_first": [0, 0], "if_second": [-1, 1], "then": [2, 2]})
    last = np.array(["2011-03-01", "2011-01-01", "2011-03-01"], dtype="datetime64[D]")
    assert select_on_sale(rules, last, np.datetime64("2011-03-02")).index.tolist() == [0]
    assert select_on_sale(rules, last, np.datetime64("2011-04-02")).empty


@pytest.mark.parametrize(
    ("baskets", "told"),
    [
        ([{0, 1}] * 12 + [{2}] * 88, r"the commonest pair lies in 12\. Write support=0\.12 or less"),
        (
            [{0, 1}] * 3 + [{2}] * 97,
            "no two products lie together in 10 of 100 baskets, which is the least that counts",
        ),
        ([{0, 1}] * 3, "3 baskets are too few"),
    ],
)
def test_where_nobody_has_rules_it_says_which_support_would_do(baskets: list[set[int]], told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        portray_baskets(make_baskets(baskets), pd.Series(dtype="int64"), {}, BasketLimits(support=0.5))


@pytest.mark.spark
@pytest.mark.usefixtures("spark_installed")
def test_spark_gathers_the_same_and_finds_the_same_where_baskets_stay_there(
    spark: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows: list[Row] = [
        (None if day % 9 == 0 else f"c{day % 4}", str(day * 9 + place), f"p{item}", f"P {item}", 1.0, 1.0,
         f"2011-{1 + day // 10:02d}-{1 + day % 10:02d}", "France")
        for day in range(30)
        for place, items in enumerate(DAY)
        for item in items
    ]  # fmt: skip
    here = gather_baskets(make_table(ibis.duckdb.connect(), rows))
    assert isinstance(here, Baskets)
    lines = make_table(spark, rows)
    gathered = gather_baskets(lines)
    assert isinstance(gathered, Baskets)
    pd.testing.assert_series_equal(gathered.owners, here.owners)
    for name in ("days", "basket", "product"):
        assert np.array_equal(getattr(gathered, name), getattr(here, name))
    monkeypatch.setattr("segmentlab.goods.baskets.MOST_ENTRIES", 3)
    left = gather_baskets(lines)
    assert isinstance(left, SparkBaskets)
    pd.testing.assert_frame_equal(left.products, here.products)
    labels, day = pd.Series({"c0": 0, "c1": 1, "c2": 1}), date(2011, 2, 5)
    own, theirs = (known.label(labels) for known in (here, left))
    assert theirs.count_apart() == own.count_apart()
    assert np.array_equal(theirs.find_last_days(day), own.find_last_days(day))
    first, second = (known.select(1, since=day) for known in (own, theirs))
    assert (second.count, second.count_owners()) == (first.count, first.count_owners())
    assert second.count_days().tolist() == first.count_days().tolist()
    found = second.find_sets(5)
    for name, value in vars(first.find_sets(5)).items():
        assert np.array_equal(getattr(found, name), value), name
    asked = np.array([[0, 1, 2], [2, 3, 4]], dtype=np.int32)
    assert second.count_sets(asked).tolist() == first.count_sets(asked).tolist()
