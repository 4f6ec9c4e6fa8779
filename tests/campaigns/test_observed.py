"""Who took something against others: people who would have bought anyway are found out."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.campaigns import ObservedComparison, block_takers, compare_takers
from segmentlab.errors import DataError

COUNT = 2_000


def compare(self_selection: float, effect: float = 0.0) -> ObservedComparison:
    """Takers buy more by themselves, in both windows, beyond what is expected of them."""
    chance = np.random.default_rng(4)
    expected = chance.gamma(0.5, 100, COUNT)
    taker = chance.random(COUNT) < np.clip(expected / 300, 0.05, 0.6)
    people = pd.DataFrame({"part": "0 All", "expected": expected, "taker": taker})

    def spend(more: float) -> pd.DataFrame:
        money = expected * chance.lognormal(0, 0.4, COUNT) + taker * more
        return pd.DataFrame({"orders": 1.0, "spend": money})

    facts = pd.DataFrame({"expected": expected})
    during, before = spend(self_selection + effect), spend(self_selection)
    return compare_takers(people, during, people, before, facts, cap=500.0)


def test_what_was_expected_of_takers_is_taken_out() -> None:
    found = compare(self_selection=0.0)
    row = found.balance.iloc[0]
    assert row["plain"] > 0.5
    assert abs(row["within_blocks"]) < 0.1
    assert found.uplift.iloc[1]["low"] < 0 < found.uplift.iloc[1]["high"]
    assert "within chance" in found.answer


def test_people_who_differed_before_give_themselves_away() -> None:
    found = compare(self_selection=30.0)
    assert found.uplift.iloc[1]["low"] > 0, "this is what a naive eye takes for an effect"
    assert "can't be believed" in found.answer


def test_an_effect_is_never_called_one() -> None:
    assert compare(0.0, effect=30.0).answer.startswith("Observational, so no proof of an effect")


def test_too_few_takers_and_a_part_of_takers_alone_are_told() -> None:
    people = pd.DataFrame({"part": "0 All", "expected": np.arange(100.0), "taker": np.arange(100) < 5})
    with pytest.raises(DataError, match="5 of 100 customers who were known before took it"):
        block_takers(people)
    apart = people.assign(taker=np.arange(100) < 50, part=np.where(np.arange(100) < 50, "0 A", "1 B"))
    with pytest.raises(DataError, match="nobody can be compared"):
        block_takers(apart)
