"""Would the segments be found again? Bootstrap Jaccard per segment, and agreement over seeds."""

from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from segmentlab.evaluation.contract import Refit
from segmentlab.evaluation.draws import draws
from segmentlab.evaluation.estimate import Estimate
from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.numbering import NOISE

# Hennig (2007), as in R's fpc::clusterboot. A segment at or below DISSOLVED is gone in a draw.
VERDICTS = (
    (0.85, "highly stable"),
    (0.75, "stable"),
    (0.6, "pattern"),
    (0.5, "doubtful"),
    (0.0, "dissolved"),
)
DISSOLVED, RECOVERED = 0.5, 0.75


def bootstrap_jaccard(refit: Refit, points: Points, labels: Labels, count: int, seed: int) -> pd.DataFrame:
    """Per segment: its mean similarity to the most similar segment of each resample, and what that means.

    A resample draws as many customers as there are, with replacement, and segments them anew. Both
    segmentations are compared on the customers that were drawn, each counted once. Stable does not
    mean valid: it says that the method does the same again, not that nature has these groups.
    """
    segments = np.unique(labels[labels != NOISE])
    drawn = draws(partial(_one_bootstrap, refit, points, labels, segments), count, seed, "bootstrap")
    similarity = np.asarray(drawn).reshape(len(drawn), len(segments))
    mean = similarity.mean(axis=0)
    return pd.DataFrame(
        {
            "jaccard": mean,
            "error": [Estimate.mean(values).error for values in similarity.T],
            "verdict": [verdict(value) for value in mean],
            "dissolved": (similarity <= DISSOLVED).mean(axis=0),
            "recovered": (similarity >= RECOVERED).mean(axis=0),
        },
        index=pd.Index(segments, name="segment"),
    )


def verdict(jaccard: float) -> str:
    """What a mean Jaccard similarity says of a segment."""
    return next(words for least, words in VERDICTS if jaccard >= least)


def agreement_over_seeds(refit: Refit, points: Points, count: int, seed: int) -> float:
    """The mean adjusted Rand index of fits that differ only in their seed: 1 where chance plays no part."""
    fitted = draws(partial(_labels, refit, points), count, seed, "seed")
    return float(np.mean([adjusted_rand_score(one, other) for one, other in pairwise(fitted)]))


def _labels(refit: Refit, points: Points, seed: int) -> Labels:
    return refit(points, seed).labels


def _one_bootstrap(
    refit: Refit, points: Points, labels: Labels, segments: Labels, seed: int
) -> npt.NDArray[np.float64]:
    rows = np.random.default_rng(seed).integers(0, len(points), len(points))
    again = refit(points[rows], seed).labels
    distinct, first = np.unique(rows, return_index=True)
    return most_similar(labels[distinct], again[first], segments)


def most_similar(labels: Labels, others: Labels, segments: Labels) -> npt.NDArray[np.float64]:
    """The largest Jaccard similarity of each segment with any of the other segmentation; noise is none."""
    present, columns = np.unique(labels), np.unique(others)
    shared = contingency_matrix(labels, others)
    union = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    similarity = (shared / union)[:, columns != NOISE]
    best = similarity.max(axis=1, initial=0.0)
    found = dict(zip(present.tolist(), best.tolist(), strict=True))
    return np.array([found.get(int(segment), 0.0) for segment in segments])
