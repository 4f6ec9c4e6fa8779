"""Segment numbers that mean something: they follow value, not the accident of a seed."""

import numpy as np
import numpy.typing as npt
import pandas as pd

NOISE = -1


def rank_by_value(
    labels: npt.NDArray[np.int_], value: npt.NDArray[np.float64] | None
) -> npt.NDArray[np.int64]:
    """The model's own labels in the order of segment numbers: position 0 holds the most valuable.

    Value is the mean money of a segment's customers; without money, the size of the segment. Noise is
    never numbered.
    """
    real = labels != NOISE
    groups = pd.Series(np.ones(len(labels)) if value is None else value)[real].groupby(labels[real])
    worth = groups.sum() if value is None else groups.mean()
    # A stable sort on exact ties leaves the model's order, so the numbers stay defined.
    return np.asarray(worth.sort_values(ascending=False, kind="stable").index, dtype=np.int64)


def renumber(labels: npt.NDArray[np.int_], order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Replace the model's labels by segment numbers; noise stays noise."""
    numbers = np.full(int(max(order.max(initial=0), labels.max(initial=0))) + 1, NOISE, dtype=np.int64)
    numbers[order] = np.arange(len(order))
    return np.where(labels == NOISE, NOISE, numbers[labels])
