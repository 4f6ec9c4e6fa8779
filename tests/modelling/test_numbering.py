"""Segment numbers follow value."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.modelling.numbering import rank_by_value, renumber_labels


def numbered(labels: list[int], money: list[float] | None, names: list[str] | None = None) -> list[int]:
    own = np.array(labels)
    customers = pd.Index(names or [f"c{number}" for number in range(len(labels))])
    value = None if money is None else pd.Series(money, index=customers)
    return renumber_labels(own, rank_by_value(own, customers, value)).tolist()


@pytest.mark.parametrize(
    ("labels", "money", "expected"),
    [
        ([0, 0, 1, 1], [1.0, 3.0, 5.0, 5.0], [1, 1, 0, 0]),
        ([2, 2, 7, 5], [9.0, 1.0, 6.0, 4.0], [1, 1, 0, 2]),  # the mean decides, not the sum
        ([0, -1, 1, -1], [1.0, 99.0, 2.0, 99.0], [1, -1, 0, -1]),
        ([0, 1, 1], [4.0, 4.0, 4.0], [1, 0, 0]),  # of two that are worth the same, the larger
        ([1, 0, 0, 1], [4.0, 4.0, 4.0, 4.0], [0, 1, 1, 0]),  # then the one with the first customer
        ([0, 1], [float("nan"), 1.0], [1, 0]),  # a segment of unknown worth comes last
        ([0, 0, 1], [float("nan"), 3.0, 2.0], [0, 0, 1]),
        ([-1, -1], [1.0, 2.0], [-1, -1]),
        ([0, 1, 1, -1, -1, -1], None, [1, 0, 0, -1, -1, -1]),  # without money, the larger
    ],
)
def test_the_most_valuable_comes_first(labels: list[int], money: list[float], expected: list[int]) -> None:
    assert numbered(labels, money) == expected


@given(st.data())
def test_neither_the_order_of_rows_nor_the_models_own_labels_matter(data: Any) -> None:
    size = data.draw(st.integers(1, 12))
    labels = data.draw(st.lists(st.integers(-1, 3), min_size=size, max_size=size))
    # Few different amounts, so that ties are common; tenths, so that sums round.
    money = data.draw(
        st.none() | st.lists(st.sampled_from([0.1, 0.2, 0.3, 0.7]), min_size=size, max_size=size)
    )
    names = [f"c{number:02d}" for number in range(size)]
    renamed = dict(zip(range(4), data.draw(st.permutations(range(4))), strict=True)) | {-1: -1}
    order = data.draw(st.permutations(range(size)))
    shuffled = numbered(
        [renamed[labels[row]] for row in order],
        None if money is None else [money[row] for row in order],
        [names[row] for row in order],
    )
    expected = numbered(labels, money, names)
    assert shuffled == [expected[row] for row in order]
