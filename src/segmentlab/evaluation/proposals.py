"""Segmentations of several families of models: what else these customers could be divided into."""

import warnings
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np

from segmentlab.modelling import NOISE, Labels, Points

PROPOSED_COUNTS: Final = range(2, 13)
PROPOSED_LINKAGES: Final = ("ward", "average", "complete")
DENSE_SHARES: Final = (0.01, 0.03, 0.08)  # of the customers: the smallest dense place that is a segment
DENSE_NEIGHBOURS: Final = (5, 20)
FEWEST_DENSE: Final = 10
LEAST_SHARE: Final = 0.01  # of the customers in the smallest segment of a proposal
LEAST_COVERAGE: Final = 0.8  # of the customers with a segment
MOST_SEGMENTS: Final = 20
LEAST_VARIANCE: Final = 1e-6  # of a bell, where the whole cloud has 1


class Candidate(NamedTuple):
    """The segments of some customers, and the family of models that they come from."""

    labels: Labels
    family: str


def propose_candidates(points: Points, seed: int) -> Iterator[Candidate]:
    """Centres, bells, trees and dense places, at every number of segments that is usual."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from sklearn.cluster import KMeans
    from sklearn.mixture import GaussianMixture

    least = LEAST_VARIANCE * float(points.var()) or LEAST_VARIANCE
    counts = [count for count in PROPOSED_COUNTS if count < len(np.unique(points, axis=0))]
    with warnings.catch_warnings(action="ignore"):  # a proposal that did not converge is a proposal
        for count in counts:
            yield Candidate(KMeans(count, n_init=3, random_state=seed).fit_predict(points), "KMeans")
            bells = GaussianMixture(count, reg_covar=least, random_state=seed)
            yield Candidate(bells.fit_predict(points), "GaussianMixture")
        for name in PROPOSED_LINKAGES:
            tree = linkage(points, name)
            for count in counts:
                labels = fcluster(tree, count, "maxclust") - 1
                yield Candidate(labels.astype(np.int64), f"Hierarchical {name}")
        yield from _propose_dense(points)


def _propose_dense(points: Points) -> Iterator[Candidate]:
    from fast_hdbscan import HDBSCAN

    for share in DENSE_SHARES:
        least = max(FEWEST_DENSE, int(share * len(points)))
        for neighbours in DENSE_NEIGHBOURS:
            if max(least, neighbours) >= len(points):
                continue
            for method in ("eom", "leaf"):
                model = HDBSCAN(
                    min_cluster_size=least, min_samples=neighbours, cluster_selection_method=method
                )
                yield Candidate(np.asarray(model.fit_predict(points), dtype=np.int64), "Hdbscan")


def is_usable(labels: Labels) -> bool:
    """Whether it has two segments or more, none tiny, and leaves few customers out."""
    real = labels != NOISE
    if real.mean() < LEAST_COVERAGE:
        return False
    sizes = np.unique(labels[real], return_counts=True)[1]
    return bool(2 <= len(sizes) <= MOST_SEGMENTS and sizes.min() >= LEAST_SHARE * len(labels))
