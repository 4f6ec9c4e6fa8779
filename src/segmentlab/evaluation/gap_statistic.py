"""The gap statistic of Tibshirani, Walther & Hastie (2001), as R's `cluster::clusGap` computes it."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.evaluation.draws import repeat_draws
from segmentlab.evaluation.refit import Refit
from segmentlab.evaluation.scores import compute_inertia
from segmentlab.modelling import Points, limit_threads


def compute_gap(refits: Mapping[int, Refit], points: Points, *, count: int, seed: int) -> pd.DataFrame:
    """Per k: how much farther the spread within segments falls here than in boxes without structure.

    The spread is the logarithm of a sum over segments: the squared distances of all pairs of members, over
    twice their number. It is `d.power = 2` of clusGap, the paper's own, and half the inertia of K-Means. The
    boxes are uniform along the principal axes (`spaceH0 = "scaledPCA"`). Data and boxes have as many rows,
    and all are fitted here: segments that were found among more customers fit these rows worse than segments
    of the boxes fit theirs, and the more so the more segments there are.

    The columns are `gap` and its standard error `error`, which includes that of the simulation; one box has
    none.
    """
    with limit_threads(len(points)):
        own = _measure_spreads(refits, points, seed)
    boxes = np.asarray(repeat_draws(partial(_measure_one_box, refits, points), count, seed, "gap"))
    error = boxes.std(axis=0, ddof=1) * np.sqrt(1 + 1 / count) if count > 1 else np.nan
    return pd.DataFrame(
        {"gap": boxes.mean(axis=0) - own, "error": error}, index=pd.Index(list(refits), name="k")
    )


def _measure_spreads(refits: Mapping[int, Refit], points: Points, seed: int) -> npt.NDArray[np.float64]:
    """The logarithm of the inertia at each k. clusGap halves it, which differences take out."""
    return np.log([compute_inertia(points, refit(points, seed).labels) for refit in refits.values()])


def _measure_one_box(refits: Mapping[int, Refit], points: Points, seed: int) -> npt.NDArray[np.float64]:
    return _measure_spreads(refits, draw_uniform_box(points, np.random.default_rng(seed)), seed)


def draw_uniform_box(points: Points, generator: np.random.Generator) -> Points:
    """As many points, spread evenly over the box that the data fills along its principal axes."""
    middle = points.mean(axis=0)
    axes = np.linalg.svd(points - middle, full_matrices=False)[2]
    turned = (points - middle) @ axes.T
    drawn = generator.uniform(turned.min(axis=0), turned.max(axis=0), (len(points), turned.shape[1]))
    return np.asarray(drawn @ axes + middle)
