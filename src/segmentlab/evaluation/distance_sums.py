"""How far each point is from every segment, in all: the quadratic part of a silhouette.

Compiled once per machine. Memory is linear: no table of distances exists, whatever the number of points.
"""

import numpy as np
import numpy.typing as npt
from numba import njit


@njit(cache=True, fastmath=True, nogil=True)
def distance_sums(  # pragma: no cover  (compiled)
    columns: npt.NDArray[np.float64], starts: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Per point and segment: the sum of the distances to the segment's members.

    `columns` are the points, one row per dimension, in the order of their segments; `starts` are the
    segments' first positions, and the number of points. Columns are walked one at a time, so that the
    processor takes several points in one step.
    """
    dimensions, points = columns.shape
    sums = np.zeros((points, len(starts) - 1))
    squares = np.empty(points)
    for point in range(points):
        squares[:] = 0.0
        for dimension in range(dimensions):
            own = columns[dimension, point]
            for other in range(points):
                gap = own - columns[dimension, other]
                squares[other] += gap * gap
        for segment in range(len(starts) - 1):
            total = 0.0
            for other in range(starts[segment], starts[segment + 1]):
                total += np.sqrt(squares[other])
            sums[point, segment] = total
    return sums
