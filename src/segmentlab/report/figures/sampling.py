"""Fewer points than customers, chosen fairly and the same way every time."""

import numpy as np
import numpy.typing as npt
import pandas as pd

DRAWN_AT_MOST = 5_000
SEED = 0


def stratified(segments: pd.Series, limit: int = DRAWN_AT_MOST) -> pd.Index:
    """Choose at most `limit` customers to draw: each segment by its size, none left out.

    Every segment gives one customer first, so that a tiny one is still seen; the other places go by
    size. The same customers are chosen whatever the order of the rows.
    """
    if len(segments) <= limit:
        return segments.index
    ordered = segments.sort_index()
    sizes = ordered.value_counts()
    places = 1 + (sizes - 1) * (limit - len(sizes)) // (len(ordered) - len(sizes))
    shuffled = ordered.iloc[np.random.default_rng(SEED).permutation(len(ordered))]
    rank = shuffled.groupby(shuffled).cumcount()
    return shuffled.index[rank < shuffled.map(places)]


def evenly(total: int, limit: int = DRAWN_AT_MOST) -> npt.NDArray[np.int64]:
    """At most `limit` of so many ranks, spread evenly, the first and the last among them."""
    return np.linspace(0, total - 1, min(total, limit)).round().astype(np.int64)


def stated(drawn: int, total: int) -> str:
    """Say in a caption what was left out; nothing when all is drawn."""
    if drawn == total:
        return ""
    return f" {drawn:,} of {total:,} customers are drawn: a seeded sample, each segment by its size."
