"""The evidence again, written from the papers and as slowly as they read: loops over pairs and sets."""

from itertools import combinations

import numpy as np


def jaccard_with_most_similar(labels: np.ndarray, others: np.ndarray, segment: int) -> float:
    own = {row for row, label in enumerate(labels) if label == segment}
    if not own:
        return 0.0
    best = 0.0
    for other in set(others.tolist()) - {-1}:
        theirs = {row for row, label in enumerate(others) if label == other}
        best = max(best, len(own & theirs) / len(own | theirs))
    return best


def worst_strength(labels: np.ndarray, predicted: np.ndarray) -> float:
    shares = []
    for segment in set(labels.tolist()) - {-1}:
        pairs = list(combinations(np.flatnonzero(labels == segment).tolist(), 2))
        if pairs:
            kept = [predicted[one] == predicted[other] != -1 for one, other in pairs]
            shares.append(sum(kept) / len(pairs))
    return min(shares, default=0.0)
