"""Frequent sets: the same as by counting every set of every basket."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from segmentlab.errors import ConfigError
from segmentlab.goods import itemsets
from segmentlab.goods.itemsets import FrequentSets, count_sets, find_frequent_sets
from tests.examples import draw_examples

PRODUCTS = 7
BASKETS = st.lists(st.sets(st.integers(0, PRODUCTS - 1), max_size=PRODUCTS), min_size=1, max_size=25)


def make_matrix(baskets: list[set[int]], width: int = PRODUCTS) -> csr_array:
    sizes = [0, *np.cumsum([len(basket) for basket in baskets])]
    items = [item for basket in baskets for item in sorted(basket)]
    ones = np.ones(len(items), dtype=np.int32)
    return csr_array((ones, np.array(items, dtype=np.int32), sizes), shape=(len(baskets), width))


def count_by_hand(baskets: list[set[int]], size: int) -> Counter[tuple[int, ...]]:
    return Counter(each for basket in baskets for each in combinations(sorted(basket), size))


def list_sets(found: FrequentSets) -> dict[tuple[int, ...], int]:
    named: dict[tuple[int, ...], int] = {}
    for items, counts in ((found.pairs, found.pair_counts), (found.triples, found.triple_counts)):
        named |= dict(zip(map(tuple, items.tolist()), counts.tolist(), strict=True))
    return named


@given(baskets=BASKETS, least=st.integers(1, 6))
@draw_examples(100)
def test_they_are_those_of_counting_everything(baskets: list[set[int]], least: int) -> None:
    found = find_frequent_sets(make_matrix(baskets), least)
    expected = {
        items: count
        for size in (2, 3)
        for items, count in count_by_hand(baskets, size).items()
        if count >= least
    }
    assert list_sets(found) == expected
    singles = {item for (item,), count in count_by_hand(baskets, 1).items() if count >= least}
    assert set(found.frequent.tolist()) == singles
    assert found.found == len(singles) + len(expected)


@given(baskets=BASKETS, cells=st.integers(1, 12))
@draw_examples(50)
def test_the_size_of_pieces_changes_nothing(baskets: list[set[int]], cells: int) -> None:
    whole = list_sets(find_frequent_sets(make_matrix(baskets), 2))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(itemsets, "MOST_CELLS", cells)
        matrix = make_matrix(baskets)
        assert list_sets(find_frequent_sets(matrix, 2)) == whole
        for size in (2, 3):
            own = {items: count for items, count in whole.items() if len(items) == size}
            keys = np.array(list(own), dtype=np.int32).reshape(-1, size)
            assert count_sets(matrix, keys).tolist() == list(own.values())


def test_sets_stand_in_the_order_of_their_products() -> None:
    found = find_frequent_sets(make_matrix([{4, 1, 2}, {1, 2, 4}, {0, 1}, {0, 1}]), 2)
    assert found.pairs.tolist() == [[0, 1], [1, 2], [1, 4], [2, 4]]
    assert found.count_pairs(np.array([4, 1]), np.array([1, 0])).tolist() == [2, 2]


def test_a_basket_of_ten_thousand_products_is_like_any_other() -> None:
    large, usual = set(range(10_000)), [{0, 1, 2}] * 20
    found = find_frequent_sets(make_matrix([large, *usual], 10_000), 10)
    assert list_sets(found) == {(0, 1): 21, (0, 2): 21, (1, 2): 21, (0, 1, 2): 21}


def test_too_many_sets_are_refused_with_the_support_that_would_do() -> None:
    baskets = [set(range(30))] * 4 + [{0, 1}] * 6
    matrix = make_matrix(baskets, 30)
    with pytest.raises(
        ConfigError, match=r"support=0\.4: some .* sets of products lie in 4 or more of 10"
    ) as told:
        find_frequent_sets(matrix, 4, most=100)
    assert "Try support=0.5." in str(told.value)
    assert list_sets(find_frequent_sets(matrix, 5, most=100)) == {(0, 1): 10}
