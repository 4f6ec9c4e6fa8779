"""Counts that are true, and missing where nothing can be counted."""

from datetime import date

import pandas as pd
import pytest

from segmentlab.flow.place import ScoredCustomers
from segmentlab.lab.outputs.manifest import compare_scorings, count_segment_sizes, write_manifest
from segmentlab.transactions.dataset import SourceFacts

NOW = pd.DataFrame({"customer_id": ["a", "b", "c"], "segment": [1, 0, 1], "name": ["New", "Loyal", "New"]})
BEFORE = pd.DataFrame({"customer_id": ["b", "c", "d", "e"]})


@pytest.mark.parametrize(
    ("trained", "before", "counts"),
    [
        (pd.Index(["a", "x"]), BEFORE, (2, 1, 2)),
        (pd.Index(["a", "b", "c"]), NOW, (0, 0, 0)),
        (None, None, (None, None, None)),
        (None, BEFORE.head(0), (None, None, None)),
    ],
)
def test_customers_are_compared_with_training_and_with_the_scoring_before(
    trained: pd.Index | None, before: pd.DataFrame | None, counts: tuple[int | None, ...]
) -> None:
    assert tuple(compare_scorings(NOW, trained, before).values()) == counts


def test_every_customer_is_in_one_segment() -> None:
    assert count_segment_sizes(NOW) == [
        {"segment": 0, "name": "Loyal", "customers": 1},
        {"segment": 1, "name": "New", "customers": 2},
    ]


def test_it_says_what_decided_the_scores_and_no_place_of_this_machine() -> None:
    about = SourceFacts(name="shop", source="/home/somebody/shop.csv", digest="d1")
    told = write_manifest(
        ScoredCustomers(NOW, date(2011, 12, 10), 2, 1), {"address": "models:/segments/3"}, about, {}
    )
    assert told["as_of"] == "2011-12-10"
    assert told["data"] == {"name": "shop", "digest": "d1"}
    assert told["customers"] == {"scored": 3, "little_history": 2, "left_out": 1}
    assert "somebody" not in str(told)
