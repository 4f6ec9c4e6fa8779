"""Fewer points than customers, chosen fairly and the same way every time."""

import numpy as np
import numpy.typing as npt
import pandas as pd

# A sample that keeps every segment's share, drawn by a seed.


def draw_stratified_rows(labels: npt.NDArray[np.int_], size: int, seed: int) -> npt.NDArray[np.intp]:
    """Positions of about `size` rows, each segment in proportion and none below two rows.

    A plain random sample can miss a small segment, and its silhouette with it.
    """
    if len(labels) <= size:
        return np.arange(len(labels))
    generator = np.random.default_rng(seed)
    chosen = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        share = max(2, round(size * len(members) / len(labels)))
        chosen.append(generator.choice(members, size=min(share, len(members)), replace=False))
    return np.sort(np.concatenate(chosen))


MOST_DRAWN_CUSTOMERS = 5_000
DRAWING_SEED = 0


def choose_drawn_customers(segments: pd.Series, limit: int = MOST_DRAWN_CUSTOMERS) -> pd.Index:
    """Choose at most `limit` customers to draw: each segment by its size, none left out.

    Every segment gives one customer first, so that a tiny one is still seen; the other places go by
    size. The same customers are chosen whatever the order of the rows.
    """
    if len(segments) <= limit:
        return segments.index
    ordered = segments.sort_index()
    sizes = ordered.value_counts()
    places = 1 + (sizes - 1) * (limit - len(sizes)) // (len(ordered) - len(sizes))
    shuffled = ordered.iloc[np.random.default_rng(DRAWING_SEED).permutation(len(ordered))]
    rank = shuffled.groupby(shuffled).cumcount()
    return shuffled.index[rank < shuffled.map(places)]


def choose_even_ranks(total: int, limit: int = MOST_DRAWN_CUSTOMERS) -> npt.NDArray[np.int64]:
    """At most `limit` of so many ranks, spread evenly, the first and the last among them."""
    return np.linspace(0, total - 1, min(total, limit)).round().astype(np.int64)


def describe_sampling(drawn: int, total: int) -> str:
    """Say in a caption what was left out; nothing when all is drawn."""
    if drawn == total:
        return ""
    return f" {drawn:,} of {total:,} customers are drawn: a seeded sample, each segment by its size."
