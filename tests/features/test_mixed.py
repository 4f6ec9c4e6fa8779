"""Numbers and categories with values that nobody knows: what becomes of each, today and later."""

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.errors import ConfigError, DataError
from segmentlab.features.mixed import Mixed
from segmentlab.features.table import build_customer_table
from segmentlab.modelling.preparation import BlockScaler

PEOPLE = pd.DataFrame(
    {
        "customer_id": ["a", "b", "c", "d", "e"],
        "age": [20.0, 30, None, 70, 40],
        "city": ["Rome", " rome", "Oslo", None, ""],
        "member": [True, False, True, True, False],
        "region": [1, 2, 1, 1, 2],
    }
)


def make_table(frame: pd.DataFrame) -> ir.Table:
    return ibis.duckdb.connect().create_table("people", frame)


def describe(chosen: Mixed, frame: pd.DataFrame = PEOPLE) -> pd.DataFrame:
    return build_customer_table({"mixed": chosen}, make_table(frame)).frame


def test_numbers_and_categories_become_columns_and_nothing_is_missing() -> None:
    expected = pd.DataFrame(
        {
            "mixed_age": [20.0, 30, 35, 70, 40],
            "mixed_age_is_unknown": [0.0, 0, 1, 0, 0],
            "mixed_region": [1.0, 2, 1, 1, 2],
            "mixed_city_is_rome": [1.0, 1, 0, 0, 0],
            "mixed_city_is_oslo": [0.0, 0, 1, 0, 0],
            "mixed_city_is_unknown": [0.0, 0, 0, 1, 1],
            "mixed_member_is_false": [0.0, 1, 0, 0, 1],
        },
        index=pd.Index(list("abcde"), name="customer_id"),
    )
    pd.testing.assert_frame_equal(describe(Mixed()), expected)


def test_codes_are_categories_where_that_is_said_and_rare_values_are_one() -> None:
    frame = describe(Mixed(only=["city", "region"], categories=["region"], smallest=0.4))
    assert frame.columns.tolist() == [
        "mixed_city_is_rome", "mixed_city_is_other", "mixed_city_is_unknown", "mixed_region_is_2",
    ]  # fmt: skip
    assert frame["mixed_city_is_other"].tolist() == [0, 0, 1, 0, 0]


def test_customers_who_come_later_are_described_by_what_was_learnt() -> None:
    recipe = build_customer_table({"mixed": Mixed(smallest=0.4)}, make_table(PEOPLE)).recipe
    new = pd.DataFrame(
        {"customer_id": ["z"], "age": [None], "city": ["Bern"], "member": [True], "region": [9]}
    )
    (row,) = recipe.describe_customers(make_table(new.astype({"age": float}))).to_dict("records")
    assert row["mixed_age"] == 35
    assert row["mixed_age_is_unknown"] == row["mixed_city_is_other"] == 1
    assert row["mixed_city_is_rome"] == row["mixed_member_is_false"] == 0


def test_two_values_of_one_name_have_one_column() -> None:
    frame = PEOPLE.assign(city=["New York", "New-York", "New York", "Oslo", "Oslo"])
    columns = describe(Mixed(only=["city"]), frame).columns
    assert columns.tolist() == ["mixed_city_is_new_york", "mixed_city_is_oslo", "mixed_city_is_other"]


@pytest.mark.parametrize(
    ("chosen", "frame", "kind", "message"),
    [
        (
            Mixed(only=["city"], smallest=0.5),
            PEOPLE,
            DataError,
            "city has 2 values, and none of them is that of",
        ),
        (Mixed(), PEOPLE[["customer_id"]], DataError, "no column of the customers table is one"),
        (Mixed(), PEOPLE.assign(age=np.nan), DataError, "age is empty for every customer"),
        (Mixed(logs=["city"]), PEOPLE, ConfigError, "logs names city, which is no number here"),
        (Mixed(only=["town"]), PEOPLE, DataError, "features=mixed needs the column town"),
    ],
    ids=["rare", "nothing", "empty", "logs", "absent"],
)
def test_what_can_not_be_described_is_named(
    chosen: Mixed, frame: pd.DataFrame, kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        describe(chosen, frame)


def test_a_share_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"features.mixed.smallest=1: expected a share from 0 to below 1"):
        Mixed(smallest=1)


def test_a_category_counts_as_much_as_a_number_however_many_values_it_has() -> None:
    generator = np.random.default_rng(0)
    city = generator.choice(list("pqrstuvwxy"), 400)
    frame = pd.get_dummies(pd.Series(city), prefix="mixed_city_is", prefix_sep="_").astype(float)
    frame["mixed_age"] = generator.normal(40, 9, 400)
    variance = pd.DataFrame(BlockScaler().fit_transform(frame), columns=frame.columns).var(ddof=0)
    assert variance["mixed_age"] == pytest.approx(1)
    assert variance.drop("mixed_age").sum() == pytest.approx(1)


def test_mixed_customers_are_segmented_with_holes_and_scored_later() -> None:
    """Two groups that only age and city together tell apart, a tenth of the values missing."""
    generator = np.random.default_rng(1)
    group = np.repeat([0, 1], 150)
    table = pd.DataFrame(
        {
            "customer_id": [f"c{number:03d}" for number in range(300)],
            "age": generator.normal(30 + 30 * group, 5),
            "city": np.where(generator.random(300) < 0.9, np.array(["rome", "oslo"])[group], "bern"),
            "height": generator.normal(170, 10, 300),
        }
    )
    for column in ("age", "city"):
        table.loc[generator.random(300) < 0.1, column] = None
    found = sl.segment(
        customers=table, features="mixed", prepare="mixed", model="kmeans", n_clusters=2, evaluate="quick"
    )
    agreement = pd.crosstab(found.labels.to_numpy(), group).to_numpy()
    assert max(np.trace(agreement), np.trace(agreement[::-1])) >= 270
    assert found.metrics["assignment/self_agreement"] == 1
    assert found.score(table.head(20))["segment"].tolist() == found.labels.head(20).tolist()
