"""Which customers figures draw, and how captions say what was left out."""

from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.modelling import draw_limited_rows

MOST_DRAWN_CUSTOMERS: Final = 5_000
DRAWING_SEED: Final = 0


def choose_drawn_customers(segments: pd.Series, limit: int = MOST_DRAWN_CUSTOMERS) -> pd.Index:
    """Choose at most `limit` customers to draw: each segment by its size, none left out.

    The same customers are chosen whatever the order of the rows.
    """
    if len(segments) <= limit:
        return segments.index
    ordered = segments.sort_index()
    return ordered.index[draw_limited_rows(ordered.to_numpy(), limit, DRAWING_SEED)]


def choose_even_ranks(total: int, limit: int = MOST_DRAWN_CUSTOMERS) -> npt.NDArray[np.int64]:
    """At most `limit` of so many ranks, spread evenly, the first and the last among them."""
    return np.linspace(0, total - 1, min(total, limit)).round().astype(np.int64)


def describe_sampling(drawn: int, total: int) -> str:
    """Say in a caption what was left out; nothing when all is drawn."""
    if drawn == total:
        return ""
    return f" {drawn:,} of {total:,} customers are drawn: a seeded sample, each segment by its size."
