"""Segment numbers follow value."""

import numpy as np
import pytest

from segmentlab.modelling.numbering import rank_by_value, renumber


@pytest.mark.parametrize(
    ("labels", "value", "expected"),
    [
        ([0, 0, 1, 1], [1.0, 3.0, 5.0, 5.0], [1, 1, 0, 0]),
        ([2, 2, 7, 5], [9.0, 1.0, 6.0, 4.0], [1, 1, 0, 2]),  # the mean decides, not the sum
        ([0, -1, 1, -1], [1.0, 99.0, 2.0, 99.0], [1, -1, 0, -1]),
        ([1, 0, 0, 1], [4.0, 4.0, 4.0, 4.0], [1, 0, 0, 1]),  # ties keep the model's order
        ([-1, -1], [1.0, 2.0], [-1, -1]),
    ],
)
def test_the_most_valuable_comes_first(labels: list[int], value: list[float], expected: list[int]) -> None:
    own = np.array(labels)
    np.testing.assert_array_equal(renumber(own, rank_by_value(own, np.array(value))), expected)


def test_without_value_the_largest_comes_first() -> None:
    own = np.array([0, 1, 1, -1, -1, -1])
    np.testing.assert_array_equal(renumber(own, rank_by_value(own, None)), [1, 0, 0, -1, -1, -1])
