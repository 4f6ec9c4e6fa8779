"""Models that were learnt elsewhere, from more customers than come here, as estimators that place points.

An engine hands over what it learnt as plain arrays. What is made of them is what a fit here would give, so
that it is stored, scored with and compared like any other.
"""

from collections.abc import Sequence

import numpy as np
from scipy.linalg import solve_triangular
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from segmentlab.modelling.interfaces import Labels, Points
from segmentlab.modelling.numbering import NOISE


def make_centre_model(centres: Points) -> KMeans:
    """A K-Means whose centres are these.

    Example:
        >>> import numpy as np
        >>> from segmentlab.modelling import make_centre_model
        >>> make_centre_model(np.array([[0.0], [10.0]])).predict([[9.0], [1.0]])
        array([1, 0], dtype=int32)
    """
    # Each centre is nearest to itself, so a fit on nothing but the centres moves none of them.
    return KMeans(len(centres), init=centres, n_init=1, max_iter=1).fit(centres)


def make_mixture_model(weights: Points, means: Points, covariances: Points) -> GaussianMixture:
    """A Gaussian mixture with a full covariance for each of these components."""
    model = GaussianMixture(len(weights))
    model.weights_, model.means_, model.covariances_ = weights, means, covariances
    unit = np.eye(means.shape[1])
    lower = [np.linalg.cholesky(covariance) for covariance in covariances]
    model.precisions_cholesky_ = np.array([solve_triangular(one, unit, lower=True).T for one in lower])
    return model


def rank_sums(labels: Sequence[int], customers: Points, revenue: Points | None) -> Labels:
    """The labels in the order of segment numbers, from sums over everybody: the most valuable first.

    It is the order of a fit that sees all customers: mean money, then size. Noise is never numbered.
    """
    worth = np.zeros(len(labels)) if revenue is None else revenue / customers
    ranked = sorted(zip(-worth, -customers, labels, strict=True))
    return np.array([label for _, _, label in ranked if label != NOISE], dtype=np.int64)
