"""What kinds of evidence say of each of several segmentations: numbers that fail differently."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.metrics import adjusted_rand_score

from segmentlab.evaluation.gaps import find_borders, find_nearest
from segmentlab.evaluation.proposals import Candidate
from segmentlab.modelling import NOISE, Labels, Points

NEIGHBOURS: Final = 10
MOST_COLUMNS: Final = 3  # with more, valleys and neighbours part those who bought once, and no others
LEAST_FAMILIES: Final = 2  # beside its own, that have as many segments
RIDGE: Final = 1e-4  # of the mean variance, so that a flat segment has a likelihood


class Rating(NamedTuple):
    """Of one segmentation; customers without a segment count to the nearest."""

    segments: int
    breadth: float  # as many segments of equal size would be as uneven
    depth: float  # of the shallowest valley between two segments; -inf above three columns
    parted: float  # near neighbours, against K-Means in a cloud without groups
    unlikeliness: float  # as bells
    families: float  # how much other families of models find the same


def rate_partitions(points: Points, pool: Sequence[Candidate], seed: int) -> list[Rating]:
    """A rating for each, in order."""
    near = find_nearest(points, points, min(NEIGHBOURS + 1, len(points)))[1][:, 1:]
    filled = [fill_noise(points, one.labels) for one in pool]
    counts = [len(np.unique(labels)) for labels in filled]
    usual = _part_without_structure(points, set(counts), seed)
    return [
        Rating(
            segments=count,
            breadth=_count_equal_segments(labels),
            depth=_find_shallowest(points, labels, seed) if points.shape[1] <= MOST_COLUMNS else -np.inf,
            parted=_count_parted(labels, near) / max(usual[count], np.finfo(np.float64).tiny),
            unlikeliness=_compute_bic(points, labels),
            families=_compare_families(pool, counts, place),
        )
        for place, (labels, count) in enumerate(zip(filled, counts, strict=True))
    ]


def _count_equal_segments(labels: Labels) -> float:
    return float(1 / ((np.bincount(labels) / len(labels)) ** 2).sum())


def _find_shallowest(points: Points, labels: Labels, seed: int) -> float:
    """The shallowest valley between two segments; where one is too small to say, none is deep."""
    borders = [border for border in find_borders(points, labels, seed) if border.kind != "no border"]
    return min((-np.inf if one.kind == "too small" else one.depth for one in borders), default=-np.inf)


def _count_parted(labels: Labels, near: npt.NDArray[np.intp]) -> float:
    """The share of near neighbours that are parted, of those that segments of these sizes part by chance."""
    sizes = np.unique(labels, return_counts=True)[1] / len(labels)
    return float((labels[near] != labels[:, None]).mean() / (1 - (sizes**2).sum()))


def _part_without_structure(points: Points, counts: set[int], seed: int) -> dict[int, float]:
    """The same for what K-Means finds in one bell of the same width and tilt, at each number of segments."""
    from sklearn.cluster import KMeans

    covariance = np.atleast_2d(np.cov(points, rowvar=False))
    cloud = np.random.default_rng(seed).multivariate_normal(points.mean(axis=0), covariance, len(points))
    near = find_nearest(cloud, cloud, min(NEIGHBOURS + 1, len(cloud)))[1][:, 1:]
    return {
        count: _count_parted(KMeans(count, n_init=3, random_state=seed).fit_predict(cloud), near)
        for count in sorted(counts)
    }


def _compute_bic(points: Points, labels: Labels) -> float:
    """Of the segments as bells, each with its own mean and covariance."""
    count, columns = points.shape
    whole = np.atleast_2d(np.cov(points, rowvar=False))
    ridge = RIDGE * np.trace(whole) / columns * np.eye(columns)
    segments = np.unique(labels)
    likelihood = 0.0
    for segment in segments:
        own = points[labels == segment]
        shape = np.atleast_2d(np.cov(own, rowvar=False, bias=True)) if len(own) > columns + 1 else whole
        width = float(np.linalg.slogdet(shape + ridge)[1])
        bell = columns * np.log(2 * np.pi) + width + columns
        likelihood += len(own) * (np.log(len(own) / count) - bell / 2)
    free = len(segments) * (1 + columns + columns * (columns + 1) / 2) - 1
    return float(free * np.log(count) - 2 * likelihood)


def _compare_families(pool: Sequence[Candidate], counts: Sequence[int], place: int) -> float:
    """The mean over other families of what is most like it there, with as many segments."""
    labels, family = pool[place]
    best: dict[str, float] = {}
    for other, count in zip(pool, counts, strict=True):
        if other.family != family and count == counts[place]:
            likeness = float(adjusted_rand_score(labels, other.labels))
            best[other.family] = max(best.get(other.family, -1.0), likeness)
    return float(np.mean(list(best.values()))) if len(best) >= LEAST_FAMILIES else -1.0


def fill_noise(points: Points, labels: Labels) -> Labels:
    """Who has no segment goes to the nearest who has one, for this question alone."""
    noise = labels == NOISE
    if noise.any():
        filled = labels.copy()
        real = np.flatnonzero(~noise)
        filled[noise] = labels[real[find_nearest(points[real], points[noise], 1)[1][:, 0]]]
        labels = filled
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
