"""Scores that compare across feature sets: how far above random segmentations of the same points.

A raw silhouette falls with every column of noise. Random segmentations of the same number of segments
fall with it, so the distance to them compares where the score itself does not (Akhanli & Hennig 2020).
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from sklearn.metrics import davies_bouldin_score

from segmentlab.evaluation.draws import Estimate, repeat_draws
from segmentlab.evaluation.scores import compute_silhouettes
from segmentlab.modelling import NOISE, Labels, Points, draw_stratified_rows


@dataclass(frozen=True)
class Calibration:
    """z-scores, both the better the higher."""

    silhouette_z: Estimate
    davies_bouldin_z: Estimate


def calibrate_scores(
    points: Points, labels: Labels, *, count: int, sample: int, seed: int
) -> Calibration | None:
    """Score the segments and `count` random segmentations of the same points; None where that can't be.

    A random segmentation takes as many customers as there are segments as centres, and everybody goes
    to the nearest: compact by construction, and blind to any structure.
    """
    real = np.flatnonzero(labels != NOISE)
    rows = real[draw_stratified_rows(labels[real], sample, seed)]
    chosen, own = points[rows], labels[rows]
    segments = len(np.unique(own))
    distinct = np.unique(chosen, axis=0)
    if not 2 <= segments < len(distinct):
        return None
    draw = partial(_score_random_segments, chosen, distinct, segments)
    drawn = np.asarray(repeat_draws(draw, count, seed, "random segmentation"))
    scores = _compute_fit_scores(chosen, own)
    spread = drawn.std(axis=0, ddof=1)
    if not (spread > 0).all():
        return None
    silhouette_z, davies_bouldin_z = (scores - drawn.mean(axis=0)) / spread
    return Calibration(_compute_z(silhouette_z, count), _compute_z(-davies_bouldin_z, count))


def _compute_z(value: float, draws: int) -> Estimate:
    """As sure as the mean and the spread of so many draws are: few of them place a far score only roughly."""
    return Estimate(float(value), float(np.sqrt(1 / draws + value**2 / (2 * (draws - 1)))))


def _score_random_segments(
    points: Points, distinct: Points, segments: int, seed: int
) -> npt.NDArray[np.float64]:
    return _compute_fit_scores(
        points, draw_random_segments(points, distinct, segments, np.random.default_rng(seed))
    )


def draw_random_segments(
    points: Points, distinct: Points, segments: int, generator: np.random.Generator
) -> Labels:
    """Everybody with the nearest of some random customers, no two of whom are alike."""
    centres = distinct[generator.choice(len(distinct), segments, replace=False)]
    squares = (centres**2).sum(axis=1) - 2 * points @ centres.T
    return np.asarray(squares.argmin(axis=1), dtype=np.int64)


def _compute_fit_scores(points: Points, labels: Labels) -> npt.NDArray[np.float64]:
    return np.array([compute_silhouettes(points, labels).mean(), davies_bouldin_score(points, labels)])
