"""Groups: who of those chosen is contacted, and who is left alone so that it can be told what it brought.

People of one part (a segment or a state) are put in order of what they are expected to spend, and cut into
blocks of like ones. Chance chooses within each block, so the groups are alike where it matters most, and
later it is compared within blocks alone.
"""

from math import ceil
from typing import Final

import numpy as np
import numpy.typing as npt

from segmentlab.errors import ConfigError

LEAST_OF_GROUP: Final = 2  # people of each group in a block: one alone says nothing of how people scatter
NO_BLOCK: Final = -1  # of people whose part is too small to be compared
CONTACT, CONTROL = "contact", "control"

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def find_block_size(control: float) -> int:
    """The fewest people of whom both groups get two at such a share.

    Example:
        >>> from segmentlab.campaigns import find_block_size
        >>> find_block_size(0.2), find_block_size(0.5)
        (10, 4)
    """
    if not 0 < control < 1:
        raise ConfigError(
            f"control={control}: write the share of people who are left alone, between 0 and 1, as in 0.2. "
            "Without them nobody can tell what a campaign brought."
        )
    return max(ceil(round(LEAST_OF_GROUP / share, 9)) for share in (control, 1 - control))


def make_blocks(parts: IntArray, index: FloatArray, control: float) -> IntArray:
    """Number the blocks of like people: of one part, and next to one another by the index.

    Args:
        parts: The part that each is in, by a number.
        index: What each is expected to spend.
        control: The share of people who will be left alone.

    Returns:
        The block of each, from 0 on; -1 in parts that are smaller than one block.

    Example:
        >>> import numpy as np
        >>> from segmentlab.campaigns import make_blocks
        >>> make_blocks(np.zeros(9, dtype=int), np.arange(9.0), control=0.5).tolist()
        [1, 1, 1, 1, 1, 0, 0, 0, 0]
    """
    size = find_block_size(control)
    order = np.lexsort((-index, parts))
    _, begins, counts = np.unique(parts[order], return_index=True, return_counts=True)
    found = np.full(len(parts), NO_BLOCK, dtype=np.int64)
    first = 0
    for begin, count in zip(begins.tolist(), counts.tolist(), strict=True):
        blocks = count // size
        if blocks:
            # What is left over joins the last block.
            own = np.minimum(np.arange(count) // size, blocks - 1)
            found[order[begin : begin + count]] = first + own
            first += blocks
    return found


def count_control(blocks: IntArray, control: float) -> IntArray:
    """How many of each block are left alone."""
    sizes = np.bincount(blocks[blocks != NO_BLOCK])
    few = np.round(control * sizes)
    return np.clip(few, LEAST_OF_GROUP, sizes - LEAST_OF_GROUP).astype(np.int64)


def draw_control(blocks: IntArray, control: float, seed: int) -> BoolArray:
    """Choose by chance, within each block, who is left alone. Without a block everybody is contacted.

    Example:
        >>> import numpy as np
        >>> from segmentlab.campaigns import draw_control
        >>> int(draw_control(np.zeros(10, dtype=int), 0.2, seed=7).sum())
        2
    """
    chance = np.random.default_rng(seed).random(len(blocks))
    order = np.lexsort((chance, blocks))
    order = order[blocks[order] != NO_BLOCK]
    own = blocks[order]
    place = np.arange(len(own)) - np.searchsorted(own, own)
    drawn = np.zeros(len(blocks), dtype=bool)
    if len(own):
        drawn[order] = place < count_control(blocks, control)[own]
    return drawn
