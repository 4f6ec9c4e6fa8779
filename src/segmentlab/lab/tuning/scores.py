"""What every trial is scored by: the separation of its segments, each from the trial most like it."""

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from numba import njit
from sklearn import config_context

from segmentlab.evaluation import MEASURES, measure_separation
from segmentlab.modelling import NOISE, Labels, Points

# Silhouettes of many partitions of the same customers, each from the one before that is most like it.
#
# A silhouette needs the distances of each customer to each segment, in all. When a customer changes its
# segment, its distances leave the sums of one segment and enter those of another, and nothing else changes.
# So a partition costs as much as customers changed since the most similar one that was scored. All cuts of
# one tree are alike in this way, and so are the trials of a sampler that has found where to look.


REMEMBERED_PARTITIONS = 32  # partitions; looking for the most similar among more takes longer than it saves
MOST_SEGMENTS = 64  # of a remembered partition: splinters take memory, and no sampler stays with them


@dataclass(frozen=True)
class _ScoredPartition:
    labels: Labels
    sums: Points  # a row per segment, a column per customer


class KnownSums:
    """Silhouettes of partitions of these points, by what changed."""

    def __init__(self, points: Points) -> None:
        self._columns = points.T.copy()
        self._nothing = _ScoredPartition(
            np.full(len(points), NOISE, dtype=np.int64), np.empty((0, len(points)))
        )
        self._scored: deque[_ScoredPartition] = deque(maxlen=REMEMBERED_PARTITIONS)

    def silhouettes(self, labels: Labels) -> Points:
        """One value per customer, nan for noise; labels are 0 to at least 1, without gaps."""
        sizes = np.bincount(labels[labels != NOISE])
        sums = self._sums(labels, len(sizes))
        if len(sizes) <= MOST_SEGMENTS:
            self._scored.append(_ScoredPartition(labels, sums))
        rows, own = np.arange(len(labels)), labels.clip(0)
        within = sums[own, rows] / np.maximum(sizes[own] - 1, 1)
        means = sums / sizes[:, None]
        means[own, rows] = np.inf
        nearest = means.min(axis=0)
        widest = np.maximum(within, nearest)
        values = np.divide(nearest - within, widest, out=np.zeros_like(within), where=widest > 0)
        values[sizes[own] == 1] = 0.0
        values[labels == NOISE] = np.nan
        return np.asarray(values)

    def _sums(self, labels: Labels, segments: int) -> Points:
        """The sums of the most similar partition, corrected for those who changed."""
        known = (self._nothing, *self._scored)
        heirs = [_find_heirs(each, labels, segments) for each in known]
        afterwards = zip(known, heirs, strict=True)
        changed = [np.count_nonzero(heir[each.labels] != labels) for each, heir in afterwards]
        base, heir = known[np.argmin(changed)], heirs[np.argmin(changed)]
        sums = np.zeros((segments, len(labels)))
        for segment, row in zip(heir[:-1], base.sums, strict=True):
            if segment != NOISE:
                sums[segment] += row
        before = heir[base.labels]
        movers = np.flatnonzero(before != labels)
        _move_distances(self._columns, sums, movers, before[movers], labels[movers])
        return sums


def _find_heirs(known: _ScoredPartition, labels: Labels, segments: int) -> Labels:
    """The new segment that holds most of each known one; noise stays noise, at the last place."""
    pairs = known.labels * (segments + 1) + labels + 1
    old = len(known.sums)
    counts = np.bincount(pairs[known.labels != NOISE], minlength=old * (segments + 1))
    most = counts.reshape(old, segments + 1).argmax(axis=1) - 1
    return np.append(most, NOISE)


@njit(cache=True, fastmath=True, nogil=True)
def _move_distances(  # pragma: no cover  (compiled)
    columns: Points,
    sums: Points,
    movers: npt.NDArray[np.intp],
    origins: Labels,
    targets: Labels,
) -> None:
    """Take the distances of all from each mover out of the sums of its old segment and into the new."""
    distances = np.empty(columns.shape[1])
    for mover, origin, target in zip(movers, origins, targets):  # noqa: B905  (Numba knows no strict)
        _measure_distances(columns, mover, distances)
        if origin != NOISE:
            for other in range(len(distances)):
                sums[origin, other] -= distances[other]
        if target != NOISE:
            for other in range(len(distances)):
                sums[target, other] += distances[other]


@njit(cache=True, fastmath=True, nogil=True)
def _measure_distances(
    columns: Points, customer: int, distances: Points
) -> None:  # pragma: no cover  (compiled)
    """How far everybody is from one customer; a dimension at a time, several customers in one step."""
    distances[:] = 0.0
    for column in columns:
        own = column[customer]
        for other in range(len(distances)):
            gap = own - column[other]
            distances[other] += gap * gap
    for other in range(len(distances)):
        distances[other] = np.sqrt(distances[other])


TRIAL_METRICS: Final = frozenset(measure.name for measure in MEASURES if measure.in_trials)


class SeparationScores:
    """Metrics of partitions of the same customers, as `evaluation/separation.py` defines them.

    Up to `sample` customers silhouettes are exact, and each partition starts from the one before that
    is most like it. Above, they are those of a run: from a stratified sample, with their standard error.
    """

    def __init__(self, prepared: pd.DataFrame, sample: int, seed: int) -> None:
        self.prepared = prepared
        self.sample = sample
        self.seed = seed

    @cached_property
    def _sums(self) -> KnownSums:
        return KnownSums(self.prepared.to_numpy())

    def metrics(self, labels: Labels) -> dict[str, float]:
        """By their logged names; those that need two segments are missing where there are fewer."""
        if len(labels) > self.sample:
            found = measure_separation(self.prepared, labels, self.sample, self.seed).metrics
            return {name: value for name, value in found.items() if name in TRIAL_METRICS}
        real = labels != NOISE
        sizes = np.bincount(labels[real])
        metrics = {"segments/count": float(len(sizes)), "separation/coverage": float(real.mean())}
        if len(sizes):
            metrics["segments/smallest_share"] = float(sizes.min() / len(labels))
        if not 2 <= len(sizes) < real.sum():
            return metrics
        points, own = self.prepared.to_numpy()[real], labels[real]
        silhouettes = self._sums.silhouettes(labels)[real]
        # What is checked here, once per segment, was checked when the features were.
        with config_context(assume_finite=True, skip_parameter_validation=True):
            scores = {each.name: each.compute(points, own) for each in MEASURES if each.compute is not None}
        return metrics | {
            "separation/silhouette": float(silhouettes.mean()),
            "separation/silhouette_macro": float((np.bincount(own, silhouettes) / sizes).mean()),
            **scores,
        }
