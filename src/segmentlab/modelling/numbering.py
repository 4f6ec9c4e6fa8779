"""Segment numbers that mean something: they follow value, not the accident of a seed."""

import math

import numpy as np
import numpy.typing as npt
import pandas as pd

NOISE = -1


def rank_by_value(
    labels: npt.NDArray[np.int_], customers: pd.Index, value: pd.Series | None
) -> npt.NDArray[np.int64]:
    """The model's own labels in the order of segment numbers: position 0 holds the most valuable.

    Value is the mean money of a segment's customers; without money, only its size counts. Ties go to the
    larger segment, then to the one that holds the first customer by name, so neither the model's own
    labels nor the order of the rows has a say. Noise is never numbered.
    """
    money = np.zeros(len(labels)) if value is None else value.reindex(customers).to_numpy()
    table = pd.DataFrame({"label": labels, "customer": customers, "money": money})
    groups = table[labels != NOISE].groupby("label")
    ranking = pd.DataFrame(
        {
            "worth": groups["money"].agg(_sum_exactly) / groups["money"].count(),
            "size": groups.size(),
            "first": groups["customer"].min(),
        }
    ).sort_values(["worth", "size", "first"], ascending=[False, False, True])
    return np.asarray(ranking.index, dtype=np.int64)


def renumber_labels(labels: npt.NDArray[np.int_], order: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Replace the model's labels by segment numbers; noise stays noise."""
    numbers = np.full(int(max(order.max(initial=0), labels.max(initial=0))) + 1, NOISE, dtype=np.int64)
    numbers[order] = np.arange(len(order))
    return np.where(labels == NOISE, NOISE, numbers[labels])


def _sum_exactly(money: pd.Series) -> float:
    """Rounded once, at the end: a plain sum depends on the order of the rows."""
    return math.fsum(money.dropna())
