"""Would the segments be found again: on resamples, from other seeds, in the other half of the customers?"""

from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from segmentlab.evaluation.draws import Estimate, repeat_draws
from segmentlab.evaluation.refit import Refit
from segmentlab.modelling import NOISE, Labels, Points

# Would the segments be found again? Bootstrap Jaccard per segment, and agreement over seeds.


# Hennig (2007), as in R's fpc::clusterboot. A segment at or below DISSOLVED is gone in a draw.
JACCARD_VERDICTS = (
    (0.85, "highly stable"),
    (0.75, "stable"),
    (0.6, "pattern"),
    (0.5, "doubtful"),
    (0.0, "dissolved"),
)
DISSOLVED, RECOVERED = 0.5, 0.75


def compute_bootstrap_jaccard(
    refit: Refit, points: Points, labels: Labels, count: int, seed: int
) -> pd.DataFrame:
    """Per segment: its mean similarity to the most similar segment of each resample, and what that means.

    A resample draws as many customers as there are, with replacement, and segments them anew. Both
    segmentations are compared on the customers that were drawn, each counted once. Stable does not
    mean valid: it says that the method does the same again, not that nature has these groups.
    """
    segments = np.unique(labels[labels != NOISE])
    drawn = repeat_draws(
        partial(_judge_one_bootstrap, refit, points, labels, segments), count, seed, "bootstrap"
    )
    similarity = np.asarray(drawn).reshape(len(drawn), len(segments))
    mean = similarity.mean(axis=0)
    return pd.DataFrame(
        {
            "jaccard": mean,
            "error": [Estimate.mean(values).error for values in similarity.T],
            "verdict": [judge_jaccard(value) for value in mean],
            "dissolved": (similarity <= DISSOLVED).mean(axis=0),
            "recovered": (similarity >= RECOVERED).mean(axis=0),
        },
        index=pd.Index(segments, name="segment"),
    )


def estimate_mean_jaccard(table: pd.DataFrame) -> Estimate:
    """The mean over segments; its error is at most theirs, for a bad draw is bad for several at once."""
    return Estimate(float(table["jaccard"].mean()), float(table["error"].mean()))


def judge_jaccard(jaccard: float) -> str:
    """What a mean Jaccard similarity says of a segment."""
    return next(words for least, words in JACCARD_VERDICTS if jaccard >= least)


def compute_seed_agreement(refit: Refit, points: Points, count: int, seed: int) -> float:
    """The mean adjusted Rand index of fits that differ only in their seed: 1 where chance plays no part."""
    fitted = repeat_draws(partial(_refit_labels, refit, points), count, seed, "seed")
    return float(np.mean([adjusted_rand_score(one, other) for one, other in pairwise(fitted)]))


def _refit_labels(refit: Refit, points: Points, seed: int) -> Labels:
    return refit(points, seed).labels


def _judge_one_bootstrap(
    refit: Refit, points: Points, labels: Labels, segments: Labels, seed: int
) -> npt.NDArray[np.float64]:
    rows = np.random.default_rng(seed).integers(0, len(points), len(points))
    again = refit(points[rows], seed).labels
    distinct, first = np.unique(rows, return_index=True)
    return find_most_similar(labels[distinct], again[first], segments)


def find_most_similar(labels: Labels, others: Labels, segments: Labels) -> npt.NDArray[np.float64]:
    """The largest Jaccard similarity of each segment with any of the other segmentation; noise is none."""
    present, columns = np.unique(labels), np.unique(others)
    shared = contingency_matrix(labels, others)
    union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    similarity = (shared / union)[:, columns != NOISE]
    best = similarity.max(axis=1, initial=0.0)
    found = dict(zip(present.tolist(), best.tolist(), strict=True))
    return np.array([found.get(int(segment), 0.0) for segment in segments])


def compute_prediction_strength(refit: Refit, points: Points, splits: int, seed: int) -> Estimate:
    """Mean over random splits of the worst segment's strength; both halves judge each other.

    A segment's strength is the share of its pairs of customers whom the other half's segmentation
    keeps together. Segments of one customer have no pairs and are left out.
    """
    return Estimate.mean(
        np.asarray(repeat_draws(partial(_judge_one_split, refit, points), splits, seed, "split"))
    )


def _judge_one_split(refit: Refit, points: Points, seed: int) -> float:
    order = np.random.default_rng(seed).permutation(len(points))
    halves = [points[part] for part in np.array_split(order, 2)]
    fitted = [refit(half, seed) for half in halves]
    return float(
        np.mean(
            [find_worst_strength(fitted[own].labels, fitted[1 - own].assign(halves[own])) for own in (0, 1)]
        )
    )


def find_worst_strength(labels: Labels, predicted: Labels) -> float:
    """The smallest share of pairs that stay together, over the segments that have pairs.

    Noise keeps nobody together: customers that the other half calls noise are apart.
    """
    pairs = contingency_matrix(labels, predicted).astype(float)
    sizes = pairs.sum(axis=1)
    together = (pairs * (pairs - 1))[:, np.unique(predicted) != NOISE].sum(axis=1)
    counted = (np.unique(labels) != NOISE) & (sizes > 1)
    if not counted.any():
        return 0.0
    return float((together[counted] / (sizes * (sizes - 1))[counted]).min())
