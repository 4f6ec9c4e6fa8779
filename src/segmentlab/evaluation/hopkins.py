"""Hopkins' statistic: a diagnostic of whether points lie together more than chance. Not a proof of segments.

One heavy-tailed cloud scores high as well. It is shown as a diagnostic, and no verdict rests on it.
"""

import numpy as np
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
    dimensions = points.shape[1]
    from_even = (tree.query(even, k=1)[0][:, 0] ** dimensions).sum()
    from_own = (tree.query(own, k=2)[0][:, 1] ** dimensions).sum()
    return float(from_even / (from_even + from_own))
