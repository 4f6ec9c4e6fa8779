"""Which of several segmentations to believe: kinds of evidence that fail differently, and their vote.

A single score chooses badly: a silhouette favours two segments, a likelihood cuts bent groups into bells, and
a valley sets those who bought once apart and leaves it at that. Each kind of evidence picks one segmentation,
among the candidates and among proposals of other families of models. The candidate that agrees most with the
picks is chosen, and the default is left only for one that agrees with them clearly better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.metrics import adjusted_rand_score

from segmentlab.evaluation.gaps import find_borders, find_nearest
from segmentlab.evaluation.proposals import Candidate, is_usable, propose_candidates
from segmentlab.modelling import NOISE, Labels, Points, draw_limited_rows, limit_threads

MOST_CUSTOMERS: Final = 1_200  # who are looked at: some fifty proposals are rated as well
MARGIN: Final = 0.05  # of agreement, by which the default has to be beaten
NEIGHBOURS: Final = 10
MOST_COLUMNS: Final = 3  # with more, valleys part those who bought once, and no others
DEEP: Final = 1.0  # of the shallowest valley between its segments, in logs of density beyond chance
DEEPEST: Final = 3.0  # what is deeper is not more of a gap
LEAST_FAMILIES: Final = 2  # beside its own, that have as many segments
RIDGE: Final = 1e-4  # of the mean variance, so that a flat segment has a likelihood

EVIDENCE: Final[Mapping[str, str]] = {
    "gaps": "the deepest valleys between segments, then the most segments",
    "neighbours": "the fewest near neighbours parted, for the number and sizes of its segments",
    "bells": "the likeliest as bells of any width and tilt, for its number of segments (BIC)",
    "families": "the most alike to what other families of models find with as many segments",
}


@dataclass(frozen=True)
class Pick:
    """What one kind of evidence would choose."""

    evidence: str
    segments: int  # of what it picked, which may be a proposal of another family
    likeness: tuple[float, ...]  # of every candidate to it: adjusted Rand index

    @property
    def candidate(self) -> int:
        """The place of the candidate that is most like it."""
        return int(np.argmax(self.likeness))


@dataclass(frozen=True)
class Choice:
    """The candidate that is chosen, and why."""

    place: int
    best: int  # by the votes, before the default's margin
    order: tuple[int, ...]  # all candidates, the chosen one first, then by their votes
    votes: tuple[float, ...]  # of each candidate: its mean likeness to the picks
    picks: tuple[Pick, ...]

    @property
    def kept(self) -> bool:
        """Whether the default stayed, as nothing was clearly better."""
        return self.place != self.best


class _Rating(NamedTuple):
    segments: int
    depth: float
    parted: float
    unlikeliness: float
    families: float


def choose_by_evidence(
    points: Points, candidates: Sequence[Candidate], default: int | None, seed: int
) -> Choice:
    """The candidate that four kinds of evidence agree on most; above 1,200 customers, from a sample.

    Without a default there is none to be beaten.

    Example:
        >>> import numpy as np
        >>> from segmentlab.evaluation import Candidate, choose_by_evidence
        >>> group = np.repeat([0, 1, 2], 100)
        >>> points = np.random.default_rng(0).normal(size=(300, 2)) + 9 * np.eye(3)[group][:, :2]
        >>> candidates = [Candidate(group % 2, "KMeans"), Candidate(group, "KMeans")]
        >>> choose_by_evidence(points, candidates, default=0, seed=0).place
        1
    """
    rows = draw_limited_rows(np.zeros(len(points), dtype=np.int64), MOST_CUSTOMERS, seed)
    seen = np.ascontiguousarray(points[rows])
    own = [Candidate(one.labels[rows], one.family) for one in candidates]
    with limit_threads(len(seen)):
        proposed = propose_candidates(seen, seed)
        pool = [one for one in (*own, *proposed) if is_usable(one.labels)]
        chosen = _pick_by_evidence(_rate_partitions(seen, pool, seed))
    picks = tuple(_compare_with(name, pool[place], own) for name, place in chosen.items())
    votes = np.mean([pick.likeness for pick in picks], axis=0) if picks else np.zeros(len(own))
    first = np.asarray(picks[0].likeness) if picks else votes
    by_votes = np.lexsort((-first, -votes.round(6)))  # of equal ones that which the first evidence speaks for
    best = int(by_votes[0])
    place = best if default is None or votes[best] - votes[default] > MARGIN else default
    order = (place, *(int(one) for one in by_votes if one != place))
    return Choice(place, best, order, tuple(votes.tolist()), picks)


def _compare_with(evidence: str, picked: Candidate, candidates: Sequence[Candidate]) -> Pick:
    likeness = tuple(float(adjusted_rand_score(one.labels, picked.labels)) for one in candidates)
    return Pick(evidence, len(set(picked.labels.tolist()) - {NOISE}), likeness)


def _pick_by_evidence(ratings: Sequence[_Rating]) -> dict[str, int]:
    """The place of what each kind picks; gaps pick nothing without a deep valley, or above three columns."""
    if not ratings:
        return {}
    places = range(len(ratings))
    picked = {}
    deep = [one for one in places if ratings[one].depth >= DEEP]
    if deep:
        picked["gaps"] = max(deep, key=lambda one: (min(ratings[one].depth, DEEPEST), ratings[one].segments))
    return picked | {
        "neighbours": min(places, key=lambda one: ratings[one].parted),
        "bells": min(places, key=lambda one: ratings[one].unlikeliness),
        "families": max(places, key=lambda one: ratings[one].families),
    }


def _rate_partitions(points: Points, pool: Sequence[Candidate], seed: int) -> list[_Rating]:
    near = find_nearest(points, points, min(NEIGHBOURS + 1, len(points)))[1][:, 1:]
    filled = [_fill_noise(points, one.labels) for one in pool]
    counts = [len(np.unique(labels)) for labels in filled]
    usual = _part_without_structure(points, set(counts), seed)
    return [
        _Rating(
            segments=count,
            depth=_find_shallowest(points, labels, seed) if points.shape[1] <= MOST_COLUMNS else -np.inf,
            parted=_count_parted(labels, near) / max(usual[count], np.finfo(np.float64).tiny),
            unlikeliness=_compute_bic(points, labels),
            families=_compare_families(pool, counts, place),
        )
        for place, (labels, count) in enumerate(zip(filled, counts, strict=True))
    ]


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


def _fill_noise(points: Points, labels: Labels) -> Labels:
    """Who has no segment goes to the nearest who has one, for this question alone."""
    noise = labels == NOISE
    if noise.any():
        filled = labels.copy()
        real = np.flatnonzero(~noise)
        filled[noise] = labels[real[find_nearest(points[real], points[noise], 1)[1][:, 0]]]
        labels = filled
    return np.unique(labels, return_inverse=True)[1].astype(np.int64)
