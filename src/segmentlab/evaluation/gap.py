"""The gap statistic of Tibshirani, Walther & Hastie (2001): one of several views of k."""

from collections.abc import Mapping
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.evaluation.contract import Refit
from segmentlab.evaluation.draws import draws
from segmentlab.evaluation.separation import within_sum_of_squares
from segmentlab.modelling.contract import Points


def gap(
    refits: Mapping[int, Refit], points: Points, within: Mapping[int, float], *, count: int, seed: int
) -> pd.DataFrame:
    """Per k: the gap between the logarithms of the sum of squares here and on boxes without structure.

    The reference is uniform in a box along the principal axes (the paper's choice b). The columns are
    `gap` and its standard error `error`, which includes that of the simulation.
    """
    reached = np.log(draws(partial(_one_box, refits, points), count, seed, "gap"))
    return pd.DataFrame(
        {
            "gap": reached.mean(axis=0) - np.log([within[k] for k in refits]),
            "error": reached.std(axis=0) * np.sqrt(1 + 1 / count),
        },
        index=pd.Index(list(refits), name="k"),
    )


def chosen_by_gap(table: pd.DataFrame) -> int | None:
    """The paper's rule: the smallest k whose gap is at least the next one's less its error."""
    following = table.shift(-1)
    enough = table["gap"] >= following["gap"] - following["error"]
    return int(table.index.to_numpy()[enough.to_numpy()][0]) if enough.any() else None


def _one_box(refits: Mapping[int, Refit], points: Points, seed: int) -> npt.NDArray[np.float64]:
    drawn = uniform_box(points, np.random.default_rng(seed))
    return np.array([within_sum_of_squares(drawn, refit(drawn, seed).labels) for refit in refits.values()])


def uniform_box(points: Points, generator: np.random.Generator) -> Points:
    """As many points, spread evenly over the box that the data fills along its principal axes."""
    middle = points.mean(axis=0)
    axes = np.linalg.svd(points - middle, full_matrices=False)[2]
    turned = (points - middle) @ axes.T
    drawn = generator.uniform(turned.min(axis=0), turned.max(axis=0), (len(points), turned.shape[1]))
    return np.asarray(drawn @ axes + middle)
