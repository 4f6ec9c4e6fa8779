"""Groups that gaps divide, whatever the segments of a run: a look of its own, from several proposals."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from segmentlab.evaluation.gaps import (
    LEAST_MEMBERS,
    TREE_COLUMNS,
    Border,
    GapShare,
    find_borders,
    find_nearest,
    join_segments,
    measure_gap_share,
    whiten_within,
)
from segmentlab.evaluation.ties import spread_ties
from segmentlab.modelling import NOISE, Labels, Points, draw_limited_rows, limit_threads

MOST_PROPOSED: Final = 5  # groups; what is finer is found by density
LEAST_SHARE: Final = 0.02  # of customers in a dense place, before it is proposed
DENSE_NEIGHBOURS: Final = 10
SURE_DEPTH: Final = 0.3  # of a valley, where several proposals are looked at: one may be deep by chance
VOTERS: Final = 15  # neighbours who decide where a customer of a proposal belongs
VOTES: Final = 3  # rounds of it
MANY_COLUMNS_SAMPLE: Final = 1_500  # customers, where no tree helps to find neighbours
LEAST_VARIANCE: Final = 1e-3  # of a proposed group, where the widest is 1


@dataclass(frozen=True)
class Gaps:
    """The borders of a run's segments, and the groups that there are whatever its segments."""

    borders: tuple[Border, ...]
    judged: tuple[int, ...]  # segments that are large enough
    small: tuple[int, ...]  # and those that are not
    groups: int  # that a look finds which leaves the segments aside
    notes: tuple[str, ...] = ()

    def join(self, *, doubtful: bool) -> dict[int, int]:
        """The group of each judged segment; over borders in doubt they are joined, or are not."""
        return join_segments(self.judged, self.borders, ("cut", "not decided") if doubtful else ("cut",))

    @property
    def metrics(self) -> dict[str, float]:
        """How many groups the segments form, and how many there are."""
        joined = set(self.join(doubtful=True).values())
        found = {"gaps/groups": float(len(joined)), "gaps/groups_found": float(self.groups)}
        if self.borders and not math.isnan(self.share.least):
            found["gaps/share"] = self.share.least
        return found

    @property
    def share(self) -> GapShare:
        """How many of the borders are gaps."""
        return measure_gap_share(self.borders)


def look_for_gaps(points: Points, labels: Labels, sample: int, seed: int) -> Gaps:
    """Judge every border of the segments, and look for groups without them; above `sample`, on a sample."""
    rows = draw_limited_rows(labels, limit_sample(points, sample), seed)
    notes = (
        (f"Gaps were looked for among a stratified sample of {len(rows):,} of {len(labels):,} customers.",)
        if len(rows) < len(labels)
        else ()
    )
    points, labels = points[rows], labels[rows]
    segments, members = np.unique(labels[labels != NOISE], return_counts=True)
    return Gaps(
        borders=_judge_borders(points, labels, seed),
        judged=tuple(segments[members >= LEAST_MEMBERS].tolist()),
        small=tuple(segments[members < LEAST_MEMBERS].tolist()),
        groups=count_groups(points, seed),
        notes=notes,
    )


def limit_sample(points: Points, sample: int) -> int:
    """As many customers as a look takes a second of processor time for: in many columns it takes longer."""
    return sample if points.shape[1] <= TREE_COLUMNS else min(sample, MANY_COLUMNS_SAMPLE)


def find_gap_share(points: Points, labels: Labels, sample: int, seed: int) -> GapShare:
    """How many borders are gaps, without a look for other groups; above `sample`, on a sample."""
    rows = draw_limited_rows(labels, limit_sample(points, sample), seed)
    return measure_gap_share(_judge_borders(points[rows], labels[rows], seed))


def _judge_borders(points: Points, labels: Labels, seed: int) -> tuple[Border, ...]:
    several = len(np.unique(labels[labels != NOISE])) > 1
    return tuple(find_borders(points, labels, seed)) if several else ()


def count_groups(points: Points, seed: int) -> int:
    """How many groups are divided by gaps: the most that any proposal shows, 1 where none shows any.

    Example:
        >>> import numpy as np
        >>> from segmentlab.evaluation import count_groups
        >>> count_groups(np.random.default_rng(0).normal(size=(400, 2)), seed=0)
        1
    """
    if len(points) < 2 * LEAST_MEMBERS or not points.std(axis=0).any():
        return 1
    spread = spread_ties(points, np.random.default_rng(seed))  # once: a proposal is drawn from it as well
    with limit_threads(len(points)):
        found = [_count_apart(spread, labels, seed) for labels in _propose_groups(spread, seed)]
    return max(found)


def _count_apart(points: Points, labels: Labels, seed: int) -> int:
    segments, members = np.unique(labels[labels != NOISE], return_counts=True)
    judged = segments[members >= LEAST_MEMBERS].tolist()
    if len(judged) < 2:
        return 1
    borders = find_borders(points, labels, seed)
    certain = [replace(one, kind="not decided") if one.depth < SURE_DEPTH else one for one in borders]
    return len(set(join_segments(judged, certain, ("cut", "not decided")).values()))


def _propose_groups(points: Points, seed: int) -> Iterator[Labels]:
    """Mixtures of so many round or long groups, and dense places of any form."""
    from fast_hdbscan import HDBSCAN
    from sklearn.mixture import GaussianMixture

    space = whiten_within(points, np.zeros(len(points), dtype=np.int64))
    with warnings.catch_warnings(action="ignore"):  # a proposal that did not converge is a proposal
        for groups in range(2, MOST_PROPOSED + 1):
            mixture = GaussianMixture(groups, n_init=2, reg_covar=LEAST_VARIANCE, random_state=seed)
            yield _let_neighbours_vote(space, mixture.fit_predict(space))
        least = max(LEAST_MEMBERS, int(LEAST_SHARE * len(space)))
        dense = HDBSCAN(min_cluster_size=least, min_samples=DENSE_NEIGHBOURS).fit_predict(space)
    if (dense != NOISE).any():
        yield _let_neighbours_vote(space, np.asarray(dense, dtype=np.int64))


def _let_neighbours_vote(points: Points, labels: Labels) -> Labels:
    """Borders without frays: a customer belongs where most of the nearest do."""
    near = find_nearest(points, points, min(VOTERS + 1, len(points)))[1]
    for _ in range(VOTES):
        votes = np.column_stack([(labels[near] == one).sum(axis=1) for one in range(labels.max() + 1)])
        settled = votes.argmax(axis=1)
        labels = np.where(votes.max(axis=1) > 0, settled, labels)
    return labels
