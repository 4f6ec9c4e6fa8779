"""Countries and words of the customers table, counted by segment."""

import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.segments.habits import MOST_TRAIT_VALUES, compute_trait_shares, read_traits
from tests.people import table

LABELS = pd.Series([0, 0, 0, 1], index=list("abcd"))


def test_shares_and_lifts_by_hand() -> None:
    traits = pd.DataFrame({"country": ["Spain", "Spain", "France", "France"]}, index=list("abcd"))
    found = compute_trait_shares(traits, LABELS)
    expected = pd.DataFrame(
        {
            "segment": [0, 0, 1],
            "trait": "country",
            "value": ["Spain", "France", "France"],
            "customers": [2, 1, 1],
            "share": [2 / 3, 1 / 3, 1.0],
            "lift": [4 / 3, 2 / 3, 2.0],
        }
    )
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_whoever_the_table_does_not_know_is_counted_too() -> None:
    found = compute_trait_shares(pd.DataFrame({"city": ["Rome"]}, index=["a"]), LABELS)
    assert found.groupby("segment")["customers"].sum().to_dict() == {0: 3, 1: 1}
    assert set(found["value"]) == {"Rome", "unknown"}
    lifts = found.set_index(["segment", "value"])["lift"]
    assert lifts[0, "Rome"] == 1.0, "of those whose city is known, all are in Rome, there and anywhere"
    assert lifts[[(0, "unknown"), (1, "unknown")]].isna().all(), "nobody is more unknown than others"


def test_without_traits_there_is_an_empty_table() -> None:
    assert compute_trait_shares(pd.DataFrame(), LABELS).empty


def test_only_columns_that_sort_people_into_groups_are_read(engine: BaseBackend) -> None:
    count = MOST_TRAIT_VALUES + 1
    people = pd.DataFrame(
        {
            "customer_id": [f"c{number:02}" for number in range(count)],
            "name": [f"name {number}" for number in range(count)],
            "age": range(count),
            "city": ["Rome", "Oslo", None] * (count // 3),
            "street": [" Main", "Unknown", " "] * (count // 3),
            "fair": ["yes", "no", ""] * (count // 3),
            "club": [True, False, True] * (count // 3),
            "planet": "earth",
        }
    )
    found = read_traits(table(engine, people))
    assert list(found) == ["city", "fair", "club"], "of the street one value is known"
    assert set(found["city"]) == {"Rome", "Oslo", "unknown"}
    assert set(found["fair"]) == {"yes", "no", "unknown"}
