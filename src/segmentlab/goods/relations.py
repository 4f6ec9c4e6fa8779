"""Which products go together: the weights by which what a customer has speaks for what they have not."""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Weights = npt.NDArray[np.float32]

PENALTY: Final = 300.0  # of squared weights; chosen on earlier days of Online Retail II among 100, 300, 1,000
# Faded purchases of a product below which the penalty leaves nothing of its weights: a hundredth of it.
LEAST_PURCHASES: Final = PENALTY / 100


class Relations(NamedTuple):
    """How much some products, by their columns, speak for each other: what each row says of each column."""

    columns: npt.NDArray[np.int64]
    weights: Weights


def learn_relations(tastes: "csr_array", most: int) -> Relations:
    """Foretell each product from all others at once, by a ridge regression that may not look at itself.

    EASE (Steck 2019) in closed form: with P the inverse of X'X plus the penalty on its diagonal, the weight of
    product i for product j is -P[i,j] / P[j,j]. Unlike similarities it counts once what two neighbours share.
    The time grows with the cube of the products: those that were hardly bought take no part, and at most so
    many do, the first. One thread sums in one order, so the same purchases give the same weights.
    """
    from scipy.linalg import lapack

    bought = np.asarray(tastes.power(2).sum(axis=0)).ravel()
    columns = np.flatnonzero(bought >= LEAST_PURCHASES)[:most]
    if not len(columns):
        return Relations(columns, np.zeros((0, 0), dtype=np.float32))
    own = tastes[:, columns]
    gram = (own.T @ own).toarray(order="F")
    gram[np.diag_indices_from(gram)] += np.float32(PENALTY)
    with threadpool_limits(1, user_api="blas"):
        factor, _ = lapack.spotrf(gram, lower=1, overwrite_a=1)
        inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    scale = -1 / np.diag(inverse)
    weights = np.tril(inverse, -1)
    weights += weights.T
    weights *= scale
    return Relations(columns, np.ascontiguousarray(weights))


def compare_neighbours(tastes: "csr_array") -> Relations:
    """How alike the buyers of two products are: the cosine of their columns, nothing of a product with itself."""
    shared = (tastes.T @ tastes).toarray()
    length = np.sqrt(np.diag(shared))
    length[length == 0] = 1.0
    shared /= length
    shared /= length[:, None]
    np.fill_diagonal(shared, 0.0)
    return Relations(np.arange(len(shared)), shared)
