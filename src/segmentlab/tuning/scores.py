"""What every trial is scored by: the separation of its segments, in the one declared space."""

from functools import cached_property
from typing import Final

import numpy as np
import pandas as pd
from sklearn import config_context
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from segmentlab.evaluation.separation import separation
from segmentlab.modelling.contract import Labels
from segmentlab.modelling.numbering import NOISE
from segmentlab.tuning.known_sums import KnownSums

MEASURED: Final = (
    "segments/count",
    "segments/smallest_share",
    "separation/coverage",
    "separation/silhouette",
    "separation/silhouette_macro",
    "separation/silhouette_standard_error",
    "separation/davies_bouldin",
    "separation/calinski_harabasz",
)


class Scores:
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
            found = separation(self.prepared, labels, self.sample, self.seed).metrics
            return {name: value for name, value in found.items() if name in MEASURED}
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
            davies_bouldin = davies_bouldin_score(points, own)
            calinski_harabasz = calinski_harabasz_score(points, own)
        return metrics | {
            "separation/silhouette": float(silhouettes.mean()),
            "separation/silhouette_macro": float((np.bincount(own, silhouettes) / sizes).mean()),
            "separation/davies_bouldin": float(davies_bouldin),
            "separation/calinski_harabasz": float(calinski_harabasz),
        }
