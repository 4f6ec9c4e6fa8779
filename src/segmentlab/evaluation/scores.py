"""Scores of a partition: simple functions of the points and of the labels of those who have a segment.

Silhouettes are exactly those of Rousseeuw (1987), some ten times as fast as the usual loop.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit

# How far each point is from every segment, in all: the quadratic part of a silhouette.
#
# Compiled once per machine. Memory is linear: no table of distances exists, whatever the number of
# points.


@njit(cache=True, fastmath=True, nogil=True)
def sum_distances(  # pragma: no cover  (compiled)
    columns: npt.NDArray[np.float64], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Per point and segment: the sum of the distances to the segment's members.

    `columns` are the points, one row per dimension, in the order of their segments; `starts` are the
    segments' first positions, and the number of points. Each distance is taken once and counts for both
    of its ends. Columns are walked one at a time, and as slices that begin at 0, so that the processor
    takes several points in one step.
    """
    points, segments = columns.shape[1], len(starts) - 1
    onward = np.zeros((segments, points))  # to those who come later
    back = np.zeros((segments, points))  # to those who came earlier
    room = np.empty(points)
    for home in range(segments):
        for point in range(starts[home], starts[home + 1]):
            distances, mine = room[point:], back[home, point:]
            _fill_distances(columns, point, distances)
            for other in range(len(distances)):
                mine[other] += distances[other]
            for segment in range(home, segments):
                part = room[max(point, starts[segment]) : starts[segment + 1]]
                total = 0.0
                for other in range(len(part)):
                    total += part[other]
                onward[segment, point] = total
    return (onward + back).T.copy()


@njit(cache=True, fastmath=True, nogil=True)
def _fill_distances(  # pragma: no cover  (compiled)
    columns: npt.NDArray[np.float64], point: int, distances: npt.NDArray[np.float64]
) -> None:
    """From one point to itself and to all that come later."""
    distances[:] = 0.0
    for dimension in range(len(columns)):
        column = columns[dimension, point:]
        own = column[0]
        for other in range(len(column)):
            gap = own - column[other]
            distances[other] += gap * gap
    for other in range(len(distances)):
        distances[other] = np.sqrt(distances[other])


WIDE_SPACE = 64  # features


def compute_silhouettes(
    points: npt.NDArray[np.float64], labels: npt.NDArray[np.int_]
) -> npt.NDArray[np.float64]:
    """One value per point; a point alone in its segment has 0.

    `labels` hold at least two segments and no noise. Time is quadratic: the caller samples above a size.
    In many dimensions a product of matrices is faster than any loop, so the library's way is taken.
    """
    if points.shape[1] > WIDE_SPACE:
        from sklearn.metrics import silhouette_samples

        return np.asarray(silhouette_samples(points, labels))

    own = np.unique(labels, return_inverse=True)[1]
    order = np.argsort(own, kind="stable")
    sizes = np.bincount(own)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    values = np.empty(len(own))
    values[order] = _compute_values(sum_distances(points[order].T.copy(), starts), own[order], sizes)
    return values


def _compute_values(
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


def compute_inertia(points: npt.NDArray[np.float64], labels: npt.NDArray[np.int_]) -> float:
    """K-Means' inertia, for the labels of any model."""
    frame = pd.DataFrame(points)
    return float(((frame - frame.groupby(labels).transform("mean")) ** 2).to_numpy().sum())


def compute_davies_bouldin(points: npt.NDArray[np.float64], labels: npt.NDArray[np.int_]) -> float:
    """The spread within segments against the distance between them: the lower the better."""
    from sklearn.metrics import davies_bouldin_score

    return float(davies_bouldin_score(points, labels))


def compute_calinski_harabasz(points: npt.NDArray[np.float64], labels: npt.NDArray[np.int_]) -> float:
    """The variation between segments against that within them: the higher the better."""
    from sklearn.metrics import calinski_harabasz_score

    return float(calinski_harabasz_score(points, labels))
