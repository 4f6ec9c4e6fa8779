"""Rules: what they have to beat, how sure they are, and what becomes of them."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import hypergeom

from segmentlab.errors import ConfigError
from segmentlab.goods.basket_rules import (
    NONE,
    BasketLimits,
    adjust_p_values,
    compute_fisher_tails,
    find_rules,
    follow_rules,
)
from segmentlab.goods.itemsets import find_frequent_sets
from tests.goods.baskets import make_part
from tests.goods.test_itemsets import make_matrix

LIMITS = BasketLimits(support=0.01)


def learn(baskets: list[set[int]], limits: BasketLimits = LIMITS) -> pd.DataFrame:
    return find_rules(find_frequent_sets(make_matrix(baskets), limits.count_least(len(baskets))), limits)


def list_rules(rules: pd.DataFrame) -> list[tuple[int, int, int]]:
    return list(zip(rules["if_first"], rules["if_second"], rules["then"], strict=True))


def test_a_pair_is_told_once_by_its_surer_direction() -> None:
    rules = learn([{0, 1}] * 30 + [{1}] * 30 + [{2}] * 40)
    assert list_rules(rules) == [(0, NONE, 1)]
    rule = rules.iloc[0]
    assert rule[["support", "confidence", "confidence_back"]].tolist() == [0.3, 1.0, 0.5]
    assert rule["lift"] == pytest.approx(1 / 0.6)
    assert rule["leverage"] == pytest.approx(0.3 - 0.3 * 0.6)
    assert rule["p"] == pytest.approx(hypergeom.sf(29, 100, 30, 60))


def test_what_lies_together_by_chance_is_no_rule() -> None:
    assert learn([{0, 1}, {0}, {1}, set()] * 50).empty


def test_a_triple_that_adds_nothing_to_its_better_parent_is_left_out() -> None:
    together = [{0, 2}] * 40 + [{0, 1, 2}] * 40 + [{1}] * 20 + [{0}, {0, 1}] * 10 + [{3}] * 100
    assert all(second == NONE for _, second, _ in list_rules(learn(together)))


def test_a_triple_that_beats_its_better_parent_is_told_against_it() -> None:
    both = [{0, 1, 2}] * 40 + [{0}] * 60 + [{1}] * 60 + [{2}] * 10 + [{3}] * 100
    rules = learn(both)
    assert (0, 1, 2) in list_rules(rules)
    triple = rules[rules["if_second"] != NONE].iloc[0]
    assert triple["confidence"] == 1.0
    assert np.isnan(triple["confidence_back"])
    assert triple["p"] == pytest.approx(hypergeom.sf(39, 100, 40, 40))  # among the parent's 100 baskets


def test_tails_are_those_of_scipy() -> None:
    draw = np.random.default_rng(0)
    hits, chosen = draw.integers(50, 4_000, (2, 200))
    base = np.full(200, 40_000)
    together = np.minimum(hits * chosen // base + draw.integers(1, 200, 200), np.minimum(hits, chosen))
    expected = hypergeom.sf(together - 1, base, hits, chosen)
    np.testing.assert_allclose(compute_fisher_tails(together, base, hits, chosen), expected, rtol=1e-8)
    assert adjust_p_values(np.array([])).size == 0


def test_rules_are_followed_into_later_baskets() -> None:
    rules = learn([{0, 1}] * 30 + [{1}] * 30 + [{2}] * 40)
    later = make_part([{0, 1}, {0}, {1}, {2}], first_day="2012-01-01")
    seen = follow_rules(rules, later).iloc[0]
    assert seen[["later_together", "later_confidence", "later_lift"]].tolist() == [1, 0.5, 1.0]
    gone = follow_rules(rules, make_part([{1}, {2}], first_day="2012-01-01")).iloc[0]
    assert np.isnan(gone["later_confidence"])


@pytest.mark.parametrize(
    "limits",
    [{"support": 0.0}, {"support": 1.0}, {"support": float("nan")}, {"support": -1.0},
     {"confidence": 1.0}, {"confidence": float("nan")}, {"false_share": 0.0}, {"false_share": float("nan")}],
)  # fmt: skip
def test_limits_that_mean_nothing_are_refused(limits: dict[str, float]) -> None:
    name = next(iter(limits))
    with pytest.raises(ConfigError, match=f"{name}=.*: write the .*, such as"):
        BasketLimits(**limits)
