"""Small diagnostics of features and partitions, each of which proves nothing alone."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree
from scipy.special import expit, logsumexp
from sklearn.metrics import adjusted_rand_score

from segmentlab.modelling import NOISE, Clusterer, Labels, Points, draw_stratified_rows

# Values that many customers share: a density model finds such a spike and calls it a segment.


def find_atoms(features: pd.DataFrame) -> pd.DataFrame:
    """Per feature: its most frequent value, and the share of customers who have exactly that."""
    most = {name: _find_most_frequent(column.to_numpy()) for name, column in features.items()}
    return pd.DataFrame(
        {
            "value": {name: value for name, (value, _) in most.items()},
            "share": {name: count / len(features) for name, (_, count) in most.items()},
        }
    ).rename_axis("feature")


def _find_most_frequent(values: npt.NDArray[np.float64]) -> tuple[float, int]:
    """The value and its count; of equals the one that comes first. Sorting takes less than a table of all."""
    ordered = np.sort(values)
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))
    counts = np.diff(starts, append=len(ordered))
    most = counts.max()
    if most == 1:
        return values[0], 1
    equals = ordered[starts[counts == most]]
    return values[np.isin(values, equals).argmax()], int(most)


# Hopkins' statistic: a diagnostic of whether points lie together more than chance. Not a proof of
# segments.
#
# One heavy-tailed cloud scores high as well. It is shown as a diagnostic, and no verdict rests on it.


def compute_hopkins(points: Points, sample: int, seed: int) -> float:
    """About one half for points spread evenly, near one where they lie in clumps.

    Compares the distance to the nearest customer from places drawn evenly in the data's box and from
    customers, both to the power of the number of dimensions (Cross & Jain 1982).
    """
    generator = np.random.default_rng(seed)
    probes = min(sample, max(1, len(points) // 10))
    tree = KDTree(points, balanced_tree=False, compact_nodes=False)  # built soon, for few questions
    even = generator.uniform(points.min(axis=0), points.max(axis=0), (probes, points.shape[1]))
    own = points[generator.choice(len(points), probes, replace=False)]
    from_even = _compute_log_sum(tree.query(even, k=1)[0], points.shape[1])
    from_own = _compute_log_sum(tree.query(own, k=2)[0][:, 1], points.shape[1])
    return float(expit(from_even - from_own))


def _compute_log_sum(distances: Points, dimensions: int) -> float:
    """Of the distances to that power: in a thousand dimensions it is beyond what numbers hold."""
    with np.errstate(divide="ignore"):  # two customers in one place are at no distance, and add nothing
        return float(logsumexp(dimensions * np.log(distances)))


# How well mixtures explain the customers, less a penalty for each parameter: lower is better.


CRITERIA: Final = ("bic", "aic")


def compute_information_criteria(fitted: Clusterer, projected: Points) -> dict[str, float]:
    """BIC and AIC in the space that the model clusters in; none of a model without a likelihood."""
    return {name: float(getattr(fitted, name)(projected)) for name in CRITERIA if hasattr(fitted, name)}


# Agreement with a truth that is only known where it was planted.


def compare_with_truth(customers: pd.Index, labels: npt.NDArray[np.int_], truth: pd.Series) -> float:
    """1 for the planted segments exactly, about 0 for chance; over the segmented customers who have one."""
    planted = truth.reindex(customers)
    known = planted.notna().to_numpy()
    return float(adjusted_rand_score(planted[known], labels[known]))


MOST_DBCV_POINTS: Final = (
    6_000  # customers; the distances within a segment are held some six times: 1.7 GB at this size
)


def compute_dbcv(
    points: Points, labels: Labels, sample: int, seed: int
) -> tuple[float | None, tuple[str, ...]]:
    """From -1 to 1, the higher the better, with what must be said; None where it can't be had.

    Noise counts for nobody: a segment weighs by its share of all customers. The library raises on segments
    of too few customers, and divides by zero where copies are all there is.
    """
    if len(np.unique(labels[labels != NOISE])) < 2:
        return None, ()
    from hdbscan.validity import validity_index  # slow to import

    rows = draw_stratified_rows(labels, min(sample, MOST_DBCV_POINTS), seed)
    try:
        with np.errstate(all="ignore"):
            value = float(validity_index(points[rows].astype(np.float64), labels[rows]))
    except (ValueError, AssertionError) as error:
        return None, (f"DBCV is not available: the library says '{error}'.",)
    if not math.isfinite(value):
        return None, ("DBCV is not available: some customers have copies only, so density has no bound.",)
    if len(rows) == len(labels):
        return value, ()
    return value, (f"DBCV comes from a stratified sample of {len(rows):,} of {len(labels):,} customers.",)
