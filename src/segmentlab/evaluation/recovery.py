"""Would segments be found again in half of the customers, by whatever model? It asks nothing of the model."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import adjusted_rand_score

from segmentlab.evaluation.gaps import find_nearest
from segmentlab.evaluation.proposals import propose_candidates
from segmentlab.evaluation.ratings import fill_noise
from segmentlab.modelling import NOISE, Labels, Points


def compute_recovery(points: Points, partitions: Sequence[Labels], seed: int) -> list[float]:
    """Per partition: the adjusted Rand index of what is most like it among the proposals for each half.

    Customers of the other half have the segment of their nearest; without a segment likewise.
    """
    wanted = [fill_noise(points, labels) for labels in partitions]
    order = np.random.default_rng(seed).permutation(len(points))
    found = [_find_again(points, half, wanted, seed) for half in np.array_split(order, 2)]
    return [float(each) for each in np.mean(found, axis=0)]


def _find_again(points: Points, half: Labels, wanted: Sequence[Labels], seed: int) -> list[float]:
    nearest = find_nearest(points[half], points, 1)[1][:, 0]
    best = [-1.0] * len(wanted)
    for proposal in propose_candidates(np.ascontiguousarray(points[half]), seed):
        if (proposal.labels != NOISE).any():
            labels = fill_noise(points[half], proposal.labels)[nearest]
            best = [max(own, adjusted_rand_score(one, labels)) for own, one in zip(best, wanted, strict=True)]
    return best
