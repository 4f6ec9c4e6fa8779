"""Silhouettes of many labellings from one block of distances."""

import numpy as np
import numpy.typing as npt
from sklearn.metrics import pairwise_distances

ROWS_AT_ONCE = 512  # computed in double precision, kept in single: the double block never exists whole


class Distances:
    """The pairwise distances of one set of points, computed once.

    Memory is quadratic: 4 bytes per pair, 400 MB at 10,000 points. The caller samples above that.
    A labelling then costs one matrix product where scikit-learn would compute all distances again.
    """

    def __init__(self, points: npt.NDArray[np.float64]) -> None:
        self._block = np.empty((len(points), len(points)), dtype=np.float32)
        for start in range(0, len(points), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            self._block[rows] = pairwise_distances(points[rows], points)
        np.fill_diagonal(self._block, 0.0)

    def silhouettes(self, labels: npt.NDArray[np.int_]) -> npt.NDArray[np.float64]:
        """One value per point, as in Rousseeuw (1987); a point alone in its segment has 0.

        `labels` hold at least two segments and no noise.
        """
        members, own = np.unique(labels, return_inverse=True)
        indicator = (own[:, None] == np.arange(len(members))).astype(np.float32)
        sums = (self._block @ indicator).astype(np.float64)
        sizes = indicator.sum(axis=0).astype(np.float64)
        rows = np.arange(len(own))
        within = sums[rows, own] / np.maximum(sizes[own] - 1, 1)
        means = sums / sizes
        means[rows, own] = np.inf
        nearest = means.min(axis=1)
        widest = np.maximum(within, nearest)
        values = np.divide(nearest - within, widest, out=np.zeros_like(within), where=widest > 0)
        return np.where(sizes[own] == 1, 0.0, values)
