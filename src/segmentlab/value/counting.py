"""How likely each number of orders is: of many customers, in blocks that fit into memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from segmentlab.errors import ConfigError
from segmentlab.value.histories import FloatValues, Places
from segmentlab.value.orders import OrderLaw, Times

MOST_COUNTED: Final = 20_000  # orders
BLOCK: Final = 1_000_000  # probabilities that are held at a time


@dataclass(frozen=True)
class Block:
    """Different histories with an equal number of repeats, and how likely each number of orders is."""

    rows: Places
    histories: int  # of how many these are some
    chances: FloatValues  # of 0, 1, 2 ... orders, gone or not

    def find_people(self, places: Places) -> tuple[Places, Places]:
        """Which customers have one of these histories, by the history of each; and the row of theirs."""
        own = np.full(self.histories, -1)
        own[self.rows] = np.arange(len(self.rows))
        rows = own[places]
        people = np.flatnonzero(rows >= 0)
        return people, rows[people]


def count_in_blocks(
    law: OrderLaw[Times], times: Times, alive: FloatValues, horizon: float
) -> Iterator[Block]:
    """Yield all histories, those together that need about as many numbers of orders."""
    if not np.isfinite(horizon) or horizon <= 0:
        raise ConfigError(f"A horizon is a time ahead, such as 90 days, and not {horizon}.")
    most = np.minimum(law.bound_orders(times, horizon), MOST_COUNTED).astype(np.int64)
    in_order = np.lexsort((most, times.repeats))
    starts = np.flatnonzero(np.diff(times.repeats[in_order], prepend=-1.0))
    for alike in np.split(in_order, starts[1:]):
        left = alike
        while len(left):
            held = most[left] * np.arange(1, len(left) + 1)
            rows, left = np.split(left, [max(int(np.searchsorted(held, BLOCK)), 1)])
            chances = law.count_orders(times.select(rows), horizon, int(most[rows[-1]]))
            chances *= alive[rows, None]
            chances[np.arange(chances.shape[1]) > most[rows, None]] = 0  # as if they were alone
            chances[:, 0] += 1 - alive[rows]
            yield Block(rows, len(alive), chances)


def find_counts(chances: FloatValues, levels: tuple[float, float]) -> FloatValues:
    """The numbers of orders at two levels of their distribution."""
    so_far = np.cumsum(chances, axis=1)
    ends = [np.minimum((so_far < level).sum(axis=1), chances.shape[1] - 1) for level in levels]
    return np.column_stack(ends).astype(np.float64)


def expect_log_spend(chances: FloatValues, rows: Places, per_order: FloatValues) -> FloatValues:
    """The sum over numbers of orders of their probability times the logarithm of what they bring."""
    counts = np.arange(chances.shape[1])
    score = np.empty(len(rows))
    step = max(BLOCK // len(counts), 1)
    for start in range(0, len(rows), step):
        part = slice(start, start + step)
        logs = np.log1p(per_order[part, None] * counts)
        score[part] = (chances[rows[part]] * logs).sum(axis=1)
    return score
