"""Do two halves of the customers agree about who belongs together? Tibshirani & Walther (2005)."""

from functools import partial

import numpy as np
from sklearn.metrics.cluster import contingency_matrix

from segmentlab.evaluation.contract import Refit
from segmentlab.evaluation.draws import draws
from segmentlab.evaluation.estimate import Estimate
from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.numbering import NOISE

STRONG = 0.8  # the largest k above it is the one that this view chooses


def prediction_strength(refit: Refit, points: Points, splits: int, seed: int) -> Estimate:
    """Mean over random splits of the worst segment's strength; both halves judge each other.

    A segment's strength is the share of its pairs of customers whom the other half's segmentation
    keeps together. Segments of one customer have no pairs and are left out.
    """
    return Estimate.mean(np.asarray(draws(partial(_one_split, refit, points), splits, seed, "split")))


def _one_split(refit: Refit, points: Points, seed: int) -> float:
    order = np.random.default_rng(seed).permutation(len(points))
    halves = [points[part] for part in np.array_split(order, 2)]
    fitted = [refit(half, seed) for half in halves]
    return float(
        np.mean([worst_strength(fitted[own].labels, fitted[1 - own].assign(halves[own])) for own in (0, 1)])
    )


def worst_strength(labels: Labels, predicted: Labels) -> float:
    """The smallest share of pairs that stay together, over the segments that have pairs.

    Noise keeps nobody together: customers that the other half calls noise are apart.
    """
    pairs = contingency_matrix(labels, predicted).astype(float)
    sizes = pairs.sum(axis=1)
    together = (pairs * (pairs - 1))[:, np.unique(predicted) != NOISE].sum(axis=1)
    counted = (np.unique(labels) != NOISE) & (sizes > 1)
    if not counted.any():
        return 0.0
    return float((together[counted] / (sizes * (sizes - 1))[counted]).min())
