"""The whole portrait: it sums to the dataset, and whatever is odd breaks nothing and is said."""

from dataclasses import replace

import pandas as pd
import pytest

from segmentlab.features.feature_set import Column
from segmentlab.segments.portrait import NO_PURCHASES_NOTE, CustomerFacts, Portrait, portray_segments
from tests.segments.described import COLUMNS, customers, facts_of, labelled, vocabulary

WORDS = vocabulary()
TABLE = customers()
PEOPLE = CustomerFacts(facts_of(TABLE), None)
NOISE = {-1: "Noise"}


def portrait(segments: list[int], people: CustomerFacts = PEOPLE) -> Portrait:
    return portray_segments(TABLE, people, labelled(TABLE, segments), NOISE, WORDS, seed=0)


@pytest.mark.parametrize("segments", [[0], [-1], [-1, 0, 1], list(range(60))], ids=len)
def test_rows_sum_to_the_dataset(segments: list[int]) -> None:
    found = portrait(segments)
    facts = PEOPLE.facts
    assert facts is not None
    assert found.profile["customers"].sum() == len(TABLE.frame)
    for name in ("revenue", "gross", "returned", "net", "orders"):
        assert found.profile[name].sum() == pytest.approx(facts.customers[name].sum())
    assert found.months["revenue"].sum() == pytest.approx(facts.months["revenue"].sum())
    assert found.traits["customers"].sum() == len(TABLE.frame)
    assert list(found.profile.index) == sorted(segments)


@pytest.mark.parametrize("segments", [[0], [-1], [-1, 0, 1], list(range(60))], ids=len)
def test_every_segment_has_a_name_of_its_own_in_every_table(segments: list[int]) -> None:
    found = portrait(segments)
    assert found.names["name"].is_unique
    assert found.profile["name"].to_dict() == found.called
    assert set(found.rules["segment"]) <= set(segments) - {-1}
    assert (found.rules["name"] == found.rules["segment"].map(found.called)).all()
    assert len(found.features) == len(segments) * len(COLUMNS)


def test_without_purchases_it_says_so_and_makes_nothing_up() -> None:
    found = portrait([0, 1], CustomerFacts(None, None))
    assert found.notes == (NO_PURCHASES_NOTE,)
    assert found.months.empty
    assert found.traits.empty
    assert not {"revenue", "gross", "orders", "growth"} & set(found.profile)
    assert found.names["name"].is_unique


def test_traits_stand_beside_the_country() -> None:
    clubs = pd.DataFrame({"club": "gold"}, index=TABLE.frame.index)
    found = portrait([0, 1], CustomerFacts(PEOPLE.facts, clubs))
    assert set(found.traits["trait"]) == {"country", "club"}


@pytest.mark.parametrize(
    "hostile", ["<img src=x onerror=alert(1)>", "{0.__class__}", "%s", "=1+1", "x" * 10_000]
)
def test_hostile_feature_names_are_only_names(hostile: str) -> None:
    columns = tuple(Column(f"{hostile}_{place}", hostile, hostile) for place in range(3))
    frame = TABLE.frame.set_axis([column.name for column in columns], axis="columns")
    table = replace(TABLE, frame=frame, columns=columns)
    for people in (PEOPLE, CustomerFacts(None, None)):
        found = portray_segments(table, people, labelled(TABLE, [0, 1, 2]), NOISE, WORDS, seed=0)
        assert found.names["name"].is_unique
        assert any(hostile in rule for rule in found.rules["rule"])
