"""A sample keeps the share of every group, leaves none out, and is the same every time."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.modelling.sample import (
    LEAST_ROWS,
    draw_limited_rows,
    draw_stratified_rows,
    has_different_rows,
)

GROUPS = np.repeat([-1, 0, 1, 2], [100, 800, 98, 2])


def sizes(rows: np.ndarray) -> dict[int, int]:
    return dict(zip(*np.unique(GROUPS[rows], return_counts=True), strict=True))


def test_each_group_has_its_share_and_the_smallest_its_two() -> None:
    assert sizes(draw_stratified_rows(GROUPS, 100, seed=0)) == {-1: 10, 0: 80, 1: 10, 2: 2}


def test_all_are_drawn_where_there_is_room() -> None:
    assert draw_stratified_rows(GROUPS, 1000, seed=0).tolist() == list(range(1000))
    assert draw_limited_rows(GROUPS, 1000, seed=0).tolist() == list(range(1000))


def test_a_seed_draws_the_same_rows_in_their_order() -> None:
    first, second = (draw_stratified_rows(GROUPS, 100, seed=3) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (np.diff(first) > 0).all()
    assert not np.array_equal(first, draw_stratified_rows(GROUPS, 100, seed=4))


@given(st.lists(st.integers(1, 60), min_size=1, max_size=12), st.integers(24, 300))
def test_a_limit_holds_and_leaves_no_group_out(counts: list[int], limit: int) -> None:
    groups = np.repeat(np.arange(len(counts)), counts)
    drawn = draw_limited_rows(groups, limit, seed=0)
    assert len(drawn) <= limit
    assert set(groups[drawn]) == set(range(len(counts)))


@pytest.mark.parametrize("limit", [1, 5])
def test_without_room_for_every_group_each_still_has_its_least(limit: int) -> None:
    assert len(draw_limited_rows(GROUPS, limit, seed=0)) == LEAST_ROWS * 4


@pytest.mark.parametrize(
    ("rows", "different"), [([1, 2, 3], 3), ([1] * 900 + [2, 3, 3], 3), ([1], 1), ([], 0)]
)
def test_different_rows_are_counted_as_far_as_asked(rows: list[int], different: int) -> None:
    points = np.array([[row, 0.0] for row in rows]).reshape(-1, 2)
    assert has_different_rows(points, different)
    assert not has_different_rows(points, different + 1)
