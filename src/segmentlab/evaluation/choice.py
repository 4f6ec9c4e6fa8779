"""Which of several segmentations to believe: kinds of evidence that fail differently, and their vote.

A single score chooses badly: a silhouette favours two segments, a likelihood cuts bent groups into bells, and
a valley sets those who bought once apart and leaves it at that. Each kind of evidence picks one segmentation,
among the candidates and among proposals of other families of models. The candidate that agrees most with the
picks is chosen, and the default is left only for one that agrees with them clearly better. Where that is a
variant of the default, as another number of the same segments is, it has to be found again as well, too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from sklearn.metrics import adjusted_rand_score

from segmentlab.evaluation.proposals import Candidate, is_usable, propose_candidates
from segmentlab.evaluation.ratings import MOST_COLUMNS, Rating, rate_partitions
from segmentlab.evaluation.recovery import compute_recovery
from segmentlab.modelling import NOISE, Points, draw_limited_rows, limit_threads

MOST_CUSTOMERS: Final = 1_200  # who are looked at: some fifty proposals are rated as well
MARGIN: Final = 0.06  # of agreement, by which the default has to be beaten
ALIKE: Final = 0.5  # adjusted Rand index: what is more like the default than not is a variant of it
EVEN: Final = 2.0  # segments of equal size: what is less even is one big rest and its crumbs
DEEP: Final = 1.0  # of the shallowest valley between its segments, in logs of density beyond chance
DEEPEST: Final = 3.0  # what is deeper is not more of a gap

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
    recovery: tuple[float, float] | None = None  # of the best and of the default, where they are variants

    @property
    def kept(self) -> bool:
        """Whether the default stayed, as nothing was clearly better, or only a shakier variant of it."""
        return self.place != self.best


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
        chosen = _pick_by_evidence(rate_partitions(seen, pool, seed), points.shape[1])
    picks = tuple(_compare_with(name, pool[place], own) for name, place in chosen.items())
    votes = np.mean([pick.likeness for pick in picks], axis=0) if picks else np.zeros(len(own))
    first = np.asarray(picks[0].likeness) if picks else votes
    by_votes = np.lexsort((-first, -votes.round(6)))  # of equal ones that which the first evidence speaks for
    best = int(by_votes[0])
    place, recovery = best, None
    if default is not None and votes[best] - votes[default] <= MARGIN:
        place = default
    elif default is not None:
        recovery = _compare_variants(seen, own[best], own[default], seed)
        place = default if recovery and recovery[0] < recovery[1] else best
    order = (place, *(int(one) for one in by_votes if one != place))
    return Choice(place, best, order, tuple(votes.tolist()), picks, recovery)


def _compare_variants(
    points: Points, best: Candidate, default: Candidate, seed: int
) -> tuple[float, float] | None:
    """How well both are found again in halves; None for segments of another kind, of which it says nothing.

    Two or twenty are found again wherever something is found at all, so only variants compare.
    """
    if adjusted_rand_score(best.labels, default.labels) <= ALIKE:
        return None
    with limit_threads(len(points)):
        of_best, of_default = compute_recovery(points, (best.labels, default.labels), seed)
    return of_best, of_default


def _compare_with(evidence: str, picked: Candidate, candidates: Sequence[Candidate]) -> Pick:
    likeness = tuple(float(adjusted_rand_score(one.labels, picked.labels)) for one in candidates)
    return Pick(evidence, len(set(picked.labels.tolist()) - {NOISE}), likeness)


def _pick_by_evidence(ratings: Sequence[Rating], columns: int) -> dict[str, int]:
    """The place of what each kind picks; gaps pick nothing without a deep valley, or above three columns.

    Above three columns neighbours are hardly parted by what sets those who bought once apart, so there they
    pick among the even ones.
    """
    if not ratings:
        return {}
    places = range(len(ratings))
    picked = {}
    deep = [one for one in places if ratings[one].depth >= DEEP]
    if deep:
        picked["gaps"] = max(deep, key=lambda one: (min(ratings[one].depth, DEEPEST), ratings[one].segments))
    even = [one for one in places if columns <= MOST_COLUMNS or ratings[one].breadth >= EVEN]
    if even:
        picked["neighbours"] = min(even, key=lambda one: ratings[one].parted)
    return picked | {
        "bells": min(places, key=lambda one: ratings[one].unlikeliness),
        "families": max(places, key=lambda one: ratings[one].families),
    }
