"""Gaps: whether customers are rarer between two segments than within the sparser of the two.

The density of customers is measured half way between near neighbours. Across a border it rises to some
height. Where that stays below the peaks of both segments by more than chance makes within one group, there is
a valley between them, and so a gap. It asks for no draws, and does not look at a silhouette.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.spatial import KDTree

from segmentlab.evaluation.ties import has_ties, spread_ties
from segmentlab.modelling import NOISE, Labels, Points

BorderKind = Literal["gap", "cut", "not decided", "too small", "no border"]

LINKS: Final = 10  # of each customer, to those who are nearest
REACHES: Final = (8, 12, 20, 30, 50, 80, 120)  # neighbours, within whose distance a density is measured
LEAST_MEMBERS: Final = 16  # of a segment, before anything can be said of its borders
LEAST_CHANCE: Final = 0.25  # the depth of valley that chance makes where a density is as smooth as can be
DOUBT: Final = 0.2  # to either side of what chance makes, nothing is decided
TYPICAL_PEAK: Final = 0.9  # the quantile of the densities within a segment that counts as its peak
PEAK_LINKS: Final = 500  # within a segment, from which that quantile is taken
SPREADS: Final = 3  # draws of where within their ranges tied values lie
FARTHEST_SHARE: Final = 0.1  # of customers, who do not count for the shape of segments
FLAT: Final = 1e-8  # of the widest direction; what is flatter holds no customers apart

TREE_COLUMNS: Final = 6  # above so many, a tree of customers takes longer than all distances

Pair = tuple[int, int]
Links = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Border:
    """What lies between two segments."""

    first: int
    second: int
    depth: float  # of the valley beyond what chance makes, in logs of density; infinite where none are near
    kind: BorderKind


def find_borders(points: Points, labels: Labels, seed: int) -> list[Border]:
    """Judge the border of every two segments; noise goes to the segment nearest to it, for this alone.

    Example:
        >>> import numpy as np
        >>> from segmentlab.evaluation import find_borders
        >>> points = np.random.default_rng(0).normal(size=(400, 2)) + 9 * (np.arange(400) < 200)[:, None]
        >>> [border.kind for border in find_borders(points, (np.arange(400) < 200).astype(int), seed=0)]
        ['gap']
    """
    generator = np.random.default_rng(seed)
    draws = [
        _measure_depths(spread_ties(points, generator), labels)
        for _ in range(SPREADS if has_ties(points) else 1)
    ]
    members = dict(zip(*np.unique(labels, return_counts=True), strict=True))
    borders = []
    for first, second in draws[0]:
        depth = float(np.median([draw[first, second] for draw in draws]))
        kind = _judge_border(depth, int(min(members[first], members[second])))
        borders.append(Border(first, second, depth, kind))
    return _find_no_borders(borders)


def _find_no_borders(borders: list[Border]) -> list[Border]:
    """Two segments of one group that do not touch, since others of it lie between, have no border."""
    ends = {end for one in borders for end in (one.first, one.second)}
    group = join_segments(ends, borders, ("cut", "not decided"))
    return [
        replace(one, kind="no border") if one.kind == "gap" and group[one.first] == group[one.second] else one
        for one in borders
    ]


def join_segments(
    segments: Iterable[int], borders: Sequence[Border], over: Sequence[BorderKind]
) -> dict[int, int]:
    """The group of each segment, named by its first segment: who is joined over borders of these kinds."""
    group = {segment: segment for segment in segments}
    for border in borders:
        if border.kind in over and {border.first, border.second} <= set(group):
            kept, gone = sorted((group[border.first], group[border.second]))
            group = {segment: kept if own == gone else own for segment, own in group.items()}
    return group


@dataclass(frozen=True)
class GapShare:
    """How many of the borders are gaps: at least this share, at most that, where some are not decided."""

    least: float
    most: float

    def name_ends(self, name: str) -> dict[str, float]:
        """The share that is certain under the name, and the interval that what is not decided leaves."""
        return {name: self.least, f"{name}_low": self.least, f"{name}_high": self.most}


def measure_gap_share(borders: Sequence[Border]) -> GapShare:
    """Of the borders that can be judged; NaN where there is none. One segment has no border to be a cut."""
    if not borders:
        return GapShare(1.0, 1.0)
    kinds = [border.kind for border in borders if border.kind not in ("too small", "no border")]
    if not kinds:
        return GapShare(math.nan, math.nan)
    certain, open_ = kinds.count("gap") / len(kinds), kinds.count("not decided") / len(kinds)
    return GapShare(certain, certain + open_)


def tabulate_borders(borders: Sequence[Border]) -> pd.DataFrame:
    """A row for each two segments."""
    return pd.DataFrame(borders, columns=["first", "second", "depth", "kind"])


def _judge_border(depth: float, members: int) -> BorderKind:
    if members < LEAST_MEMBERS:
        return "too small"
    if depth > DOUBT:
        return "gap"
    return "cut" if depth < -DOUBT else "not decided"


def bound_chance(reach: int) -> float:
    """The depth of valley that one group hardly ever shows: the fewer neighbours, the rougher a density."""
    return max(LEAST_CHANCE, 4.24 / float(np.sqrt(reach)) - 0.22)


def _measure_depths(points: Points, labels: Labels) -> Mapping[Pair, float]:
    """For every two segments, the depth of the valley between them beyond what chance makes."""
    labels = _take_in_noise(points, labels)
    if not points.std(axis=0).any():  # all customers are alike
        return {(int(one), int(other)): -np.inf for one, other in combinations(np.unique(labels), 2)}
    whitened = whiten_within(points, labels)
    links = _link_neighbours(whitened)
    middles = (whitened[links[:, 0]] + whitened[links[:, 1]]) / 2
    chosen = _thin_links(links, middles, labels)
    densities, ends = _measure_densities(whitened, middles[chosen]), np.sort(labels[links[chosen]], axis=1)
    peaks = {
        int(segment): _find_peaks(densities[(ends == segment).all(axis=1)]) for segment in np.unique(labels)
    }
    members = dict(zip(*np.unique(labels, return_counts=True), strict=True))
    found = dict.fromkeys(combinations(peaks, 2), np.inf)  # nobody of the one is near anybody of the other
    for (first, second), height in _find_heights(densities, ends).items():
        smaller = int(min(members[first], members[second]))
        found[first, second] = _find_depth(np.minimum(peaks[first], peaks[second]), height, smaller)
    return found


def _find_heights(densities: Points, ends: Links) -> Mapping[Pair, Points]:
    """The greatest density across each border; segments that do not touch are not there."""
    across = ends[:, 0] != ends[:, 1]
    pairs, place = np.unique(ends[across], axis=0, return_inverse=True)
    heights = np.full((len(pairs), len(REACHES)), -np.inf)
    np.maximum.at(heights, place, densities[across])
    return {(int(first), int(second)): height for (first, second), height in zip(pairs, heights, strict=True)}


def _find_depth(peaks: Points, height: Points, members: int) -> float:
    """The deepest valley at all reaches that the smaller segment is large enough for."""
    depths = peaks - height
    usable = [place for place, reach in enumerate(REACHES) if reach <= members / 2]
    return max((float(depths[place]) - bound_chance(REACHES[place]) for place in usable), default=-np.inf)


def _find_peaks(densities: Points) -> Points:
    if not len(densities):
        return np.full(len(REACHES), -np.inf)
    return np.asarray(np.quantile(densities, TYPICAL_PEAK, axis=0))


def _take_in_noise(points: Points, labels: Labels) -> Labels:
    noise = labels == NOISE
    if not noise.any():
        return labels
    scale = points[~noise].std(axis=0)
    scaled = points / np.where(scale > 0, scale, 1.0)
    _, nearest = KDTree(scaled[~noise]).query(scaled[noise])
    taken = labels.copy()
    taken[noise] = labels[~noise][nearest]
    return taken


def whiten_within(points: Points, labels: Labels) -> Points:
    """Stretch the space until segments are round: by their common covariance, without who lies far out."""
    centred = points.copy()
    for segment in np.unique(labels):
        centred[labels == segment] -= np.median(points[labels == segment], axis=0)
    spread = centred.std(axis=0)
    scale = np.where(spread > 0, spread, 1.0)
    centred /= scale
    far = (centred**2).sum(axis=1)
    near = centred[far <= np.quantile(far, 1 - FARTHEST_SHARE)]
    variances, directions = np.linalg.eigh(np.atleast_2d(np.cov(near, rowvar=False)))
    kept = variances > FLAT * variances.max()
    return np.asarray((points / scale) @ (directions[:, kept] / np.sqrt(variances[kept])))


def _link_neighbours(points: Points) -> Links:
    """Every two customers of whom one is among the nearest of the other."""
    count = min(LINKS, len(points) - 1)
    nearest = find_nearest(points, points, count + 1)[1][:, 1:]
    own = np.repeat(np.arange(len(points)), count)
    low, high = np.minimum(own, nearest.ravel()), np.maximum(own, nearest.ravel())
    return np.column_stack(np.divmod(np.unique(low * len(points) + high), len(points)))


def _thin_links(links: Links, middles: Points, labels: Labels) -> npt.NDArray[np.intp]:
    """The rows of all links across borders, and within each segment of as many as its peak takes."""
    ends = labels[links]
    within = ends[:, 0] == ends[:, 1]
    kept = [np.flatnonzero(~within)]
    for segment in np.unique(ends[within, 0]):
        own = np.flatnonzero(within & (ends[:, 0] == segment))
        own = own[np.argsort(middles[own, 0])]  # whatever the order of the customers, the same links
        kept.append(own[np.linspace(0, len(own) - 1, min(len(own), PEAK_LINKS)).astype(np.intp)])
    return np.concatenate(kept)


def _measure_densities(points: Points, places: Points) -> Points:
    """The log of the density at each place, a column for each reach."""
    reaches = np.minimum(REACHES, len(points)) - 1
    distances = find_nearest(points, places, int(reaches[-1]) + 1)[0][:, reaches]
    return np.asarray(-points.shape[1] * np.log(np.maximum(distances, np.finfo(np.float64).tiny)))


def find_nearest(points: Points, places: Points, count: int) -> tuple[Points, npt.NDArray[np.intp]]:
    """How far the nearest so many customers of each place are, and who they are."""
    if points.shape[1] <= TREE_COLUMNS:
        distances, nearest = KDTree(points).query(places, count)
        return distances.reshape(len(places), count), nearest.reshape(len(places), count)
    from sklearn.neighbors import NearestNeighbors

    found: tuple[Points, npt.NDArray[np.intp]] = (
        NearestNeighbors(n_neighbors=count, algorithm="brute").fit(points).kneighbors(places)
    )
    return found
