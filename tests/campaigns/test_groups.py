"""Who is left alone: chance within blocks of like people, and nothing but chance."""

from itertools import pairwise

import numpy as np
import pytest

from segmentlab.campaigns import NO_BLOCK, draw_control, find_block_size, make_blocks
from segmentlab.errors import ConfigError

CHANCE = np.random.default_rng(0)
PARTS = CHANCE.integers(0, 4, 500)
INDEX = CHANCE.gamma(0.5, 100, 500).round(2)


@pytest.mark.parametrize("control", [0.1, 0.2, 0.35, 0.5, 0.8])
def test_each_block_is_of_one_part_and_has_two_of_each_group(control: float) -> None:
    blocks = make_blocks(PARTS, INDEX, control)
    drawn = draw_control(blocks, control, seed=3)
    assert (blocks != NO_BLOCK).all()
    for block in range(blocks.max() + 1):
        own = blocks == block
        assert len(set(PARTS[own])) == 1
        assert min(drawn[own].sum(), (~drawn[own]).sum()) >= 2
        assert find_block_size(control) <= own.sum() < 2 * find_block_size(control)
    assert drawn.mean() == pytest.approx(control, abs=0.03)


def test_blocks_hold_people_of_whom_as_much_is_expected() -> None:
    blocks = make_blocks(np.zeros(500, dtype=np.int64), INDEX, 0.2)
    ends = [(INDEX[blocks == block].max(), INDEX[blocks == block].min()) for block in range(blocks.max() + 1)]
    assert all(low >= high for (_, low), (high, _) in pairwise(ends))


def test_the_same_seed_draws_the_same_and_another_seed_others() -> None:
    blocks = make_blocks(PARTS, INDEX, 0.2)
    first, same, other = (draw_control(blocks, 0.2, seed) for seed in (1, 1, 2))
    assert (first == same).all()
    assert (first != other).any()


def test_everybody_is_left_alone_as_often_as_everybody_else() -> None:
    blocks = make_blocks(PARTS, INDEX, 0.2)
    often = np.mean([draw_control(blocks, 0.2, seed) for seed in range(600)], axis=0)
    share = np.array([often[blocks == block].mean() for block in range(blocks.max() + 1)])[blocks]
    assert np.abs(often - share).max() < 0.09


def test_a_part_of_three_has_no_block_and_nobody_of_it_is_left_alone() -> None:
    parts = np.array([0] * 20 + [1] * 3)
    blocks = make_blocks(parts, np.arange(23.0), 0.2)
    assert (blocks[parts == 1] == NO_BLOCK).all()
    assert not draw_control(blocks, 0.2, 0)[parts == 1].any()
    assert not draw_control(np.full(3, NO_BLOCK), 0.2, 0).any()


@pytest.mark.parametrize("control", [0.0, 1.0, -0.2, float("nan")])
def test_a_share_that_leaves_a_group_empty_is_refused(control: float) -> None:
    with pytest.raises(ConfigError, match="the share of people who are left alone"):
        find_block_size(control)
