"""Hopkins' statistic: a diagnostic of whether points lie together more than chance. Not a proof of segments.

One heavy-tailed cloud scores high as well. It is shown as a diagnostic, and no verdict rests on it.
"""

import numpy as np
from scipy.special import expit, logsumexp
from sklearn.neighbors import KDTree

from segmentlab.modelling.contract import Points


def hopkins(points: Points, sample: int, seed: int) -> float:
    """About one half for points spread evenly, near one where they lie in clumps.

    Compares the distance to the nearest customer from places drawn evenly in the data's box and from
    customers, both to the power of the number of dimensions (Cross & Jain 1982).
    """
    generator = np.random.default_rng(seed)
    probes = min(sample, max(1, len(points) // 10))
    tree = KDTree(points)
    even = generator.uniform(points.min(axis=0), points.max(axis=0), (probes, points.shape[1]))
    own = points[generator.choice(len(points), probes, replace=False)]
    from_even = _log_of_sum(tree.query(even, k=1)[0][:, 0], points.shape[1])
    from_own = _log_of_sum(tree.query(own, k=2)[0][:, 1], points.shape[1])
    return float(expit(from_even - from_own))


def _log_of_sum(distances: Points, dimensions: int) -> float:
    """Of the distances to that power: in a thousand dimensions it is beyond what numbers hold."""
    with np.errstate(divide="ignore"):  # two customers in one place are at no distance, and add nothing
        return float(logsumexp(dimensions * np.log(distances)))
