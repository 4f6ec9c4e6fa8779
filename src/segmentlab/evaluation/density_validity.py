"""DBCV: do density models part dense places by sparse ones? Moulavi et al. (2014).

It compares parameters of a model within one scoring space, and nothing else: what is dense is relative
to the space, and the values of two spaces share no scale.
"""

import math
from typing import Final

import numpy as np

from segmentlab.evaluation.sample import stratified
from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.numbering import NOISE

MOST: Final = 6_000  # customers; the distances within a segment are held some six times: 1.7 GB at this size


def dbcv(points: Points, labels: Labels, sample: int, seed: int) -> tuple[float | None, tuple[str, ...]]:
    """From -1 to 1, the higher the better, with what must be said; None where it can't be had.

    Noise counts for nobody: a segment weighs by its share of all customers. The library raises on segments
    of too few customers, and divides by zero where copies are all there is.
    """
    if len(np.unique(labels[labels != NOISE])) < 2:
        return None, ()
    from hdbscan.validity import validity_index  # slow to import

    rows = stratified(labels, min(sample, MOST), seed)
    try:
        with np.errstate(all="ignore"):
            value = float(validity_index(points[rows].astype(np.float64), labels[rows]))
    except (ValueError, AssertionError) as error:
        return None, (f"DBCV is not available: the library says '{error}'.",)
    if not math.isfinite(value):
        return None, ("DBCV is not available: some customers have copies only, so density has no bound.",)
    if len(rows) == len(labels):
        return value, ()
    return value, (f"DBCV comes from a stratified sample of {len(rows):,} of {len(labels):,} customers.",)
