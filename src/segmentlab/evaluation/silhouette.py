"""Silhouettes, exactly as in Rousseeuw (1987), some ten times as fast as the usual loop."""

import numpy as np
import numpy.typing as npt

WIDE = 64  # features


def silhouettes(points: npt.NDArray[np.float64], labels: npt.NDArray[np.int_]) -> npt.NDArray[np.float64]:
    """One value per point; a point alone in its segment has 0.

    `labels` hold at least two segments and no noise. Time is quadratic: the caller samples above a size.
    In many dimensions a product of matrices is faster than any loop, so the library's way is taken.
    """
    if points.shape[1] > WIDE:
        from sklearn.metrics import silhouette_samples

        return np.asarray(silhouette_samples(points, labels))
    from segmentlab.evaluation.distance_sums import distance_sums  # loads a compiler

    own = np.unique(labels, return_inverse=True)[1]
    order = np.argsort(own, kind="stable")
    sizes = np.bincount(own)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    values = np.empty(len(own))
    values[order] = _values(distance_sums(points[order].T.copy(), starts), own[order], sizes)
    return values


def _values(
    sums: npt.NDArray[np.float64], own: npt.NDArray[np.intp], sizes: npt.NDArray[np.intp]
) -> npt.NDArray[np.float64]:
    rows = np.arange(len(own))
    within = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
    means = sums / sizes
    means[rows, own] = np.inf
    nearest = means.min(axis=1)
    widest = np.maximum(within, nearest)
    values = np.divide(nearest - within, widest, out=np.zeros_like(within), where=widest > 0)
    return np.where(sizes[own] == 1, 0.0, values)
