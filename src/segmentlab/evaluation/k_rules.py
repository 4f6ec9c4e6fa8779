"""The rules by which a view over the number of segments chooses one.

A rule takes the table of views, indexed by k, and the column of its own view.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

STRONG_PREDICTION: Final = 0.8  # as in Tibshirani & Walther (2005)


class KRule(NamedTuple):
    """How a view chooses k, and the words for it. A view without `choose` chooses none."""

    words: str
    choose: Callable[[pd.DataFrame, str], int | None] | None


def choose_highest(table: pd.DataFrame, column: str) -> int:
    """The k of the largest value; of equal ones the smallest k."""
    return int(table.index.to_numpy()[np.nanargmax(table[column])])


def choose_lowest(table: pd.DataFrame, column: str) -> int:
    """The k of the smallest value; of equal ones the smallest k."""
    return int(table.index.to_numpy()[np.nanargmin(table[column])])


def choose_largest_strong(table: pd.DataFrame, column: str) -> int | None:
    """The largest k whose prediction is strong."""
    strong = table.index[table[column] > STRONG_PREDICTION]
    return int(strong.max()) if len(strong) else None


def choose_largest_whole(table: pd.DataFrame, column: str) -> int | None:
    """The largest k of which the whole is so: a share of 1."""
    whole = table.index[table[column] == 1]
    return int(whole.max()) if len(whole) else None


def choose_k_by_gap(table: pd.DataFrame, column: str = "gap") -> int | None:
    """The paper's rule: the smallest k whose gap is at least the next one's less its error."""
    following = table.shift(-1)
    enough = table[column] >= following[column] - following["error"]
    return int(table.index.to_numpy()[enough.to_numpy()][0]) if enough.any() else None


def choose_farthest_below(table: pd.DataFrame, column: str) -> int:
    """The k at which the silhouette is farthest above what data without segments reaches."""
    return int(table.index.to_numpy()[np.nanargmax(table["silhouette"] - table[column])])


HIGHEST: Final = KRule("highest", choose_highest)
LOWEST: Final = KRule("lowest", choose_lowest)
ALWAYS_FALLS: Final = KRule("always falls", None)  # the elbow is a plot, never a decision
LARGEST_STRONG: Final = KRule(f"largest above {STRONG_PREDICTION}", choose_largest_strong)
LARGEST_WHOLE: Final = KRule("largest of which all are", choose_largest_whole)
RULE_OF_THE_GAP: Final = KRule("its rule", choose_k_by_gap)
FARTHEST_BELOW: Final = KRule("farthest below the silhouette", choose_farthest_below)
