"""How separated the segments are in the scoring space."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.evaluation.draws import Estimate
from segmentlab.evaluation.measure import Measure
from segmentlab.evaluation.metrics import MEASURES
from segmentlab.evaluation.scores import compute_inertia, compute_silhouettes
from segmentlab.modelling import NOISE, draw_stratified_rows


@dataclass(frozen=True)
class Separation:
    """Metrics by their logged names, the silhouette of each scored customer, and what must be said."""

    metrics: dict[str, float]
    silhouettes: pd.Series
    notes: tuple[str, ...] = ()


def measure_separation(
    prepared: pd.DataFrame,
    labels: npt.NDArray[np.int_],
    sample: int,
    seed: int,
    measures: Sequence[Measure] = MEASURES,
) -> Separation:
    """Score the segments without noise, and say beside it how many customers that leaves.

    scikit-learn would count noise as one more cluster; leaving it out rewards whoever discards the
    difficult customers. So neither number stands alone: coverage is always reported. Scores that need
    two segments are missing, not zero, when there are fewer. The variance within segments is the mean over
    customers and features; where features are standardised, it is the share that segments leave unexplained.
    """
    real = labels != NOISE
    points, own = prepared.to_numpy()[real], labels[real]
    sizes = np.unique(own, return_counts=True)[1]
    metrics = {"segments/count": float(len(sizes)), "separation/coverage": float(real.mean())}
    if len(sizes):
        metrics["segments/smallest_share"] = float(sizes.min() / len(labels))
        metrics["separation/within_variance"] = compute_inertia(points, own) / points.size
    if not 2 <= len(sizes) < len(own):
        note = f"Separation is not available: it needs two segments or more, and there are {len(sizes)}."
        return Separation(metrics, pd.Series(dtype="float64"), (note,))
    metrics |= {each.name: each.compute(points, own) for each in measures if each.compute is not None}
    rows = draw_stratified_rows(own, sample, seed)
    values = compute_silhouettes(points[rows], own[rows])
    metrics |= _average_silhouettes(values, own, rows)
    by_customer = pd.Series(values, index=prepared.index[real][rows], name="silhouette")
    return Separation(metrics, by_customer, _write_sampling_note(metrics, len(rows), len(own)))


def _average_silhouettes(
    values: npt.NDArray[np.float64], own: npt.NDArray[np.int_], rows: npt.NDArray[np.intp]
) -> dict[str, float]:
    """Mean over customers and mean over segments; with the standard error when sampled.

    The mean over customers lets one blob decide; the mean over segments shows the small ones too. The
    interval takes the customers for a sample of all who might have come.
    """
    groups = pd.Series(values).groupby(own[rows])
    share = pd.Series(own).value_counts(normalize=True).sort_index()
    means = groups.mean()
    error = float(np.sqrt((share**2 * groups.var().fillna(0.0) / groups.size()).sum()))
    averages = Estimate(float((share * means).sum()), error).metrics("separation/silhouette")
    averages["separation/silhouette_macro"] = float(means.mean())
    if len(rows) < len(own):
        averages["separation/silhouette_standard_error"] = error
    return averages


def _write_sampling_note(metrics: dict[str, float], sampled: int, rows: int) -> tuple[str, ...]:
    if sampled == rows:
        return ()
    error = metrics["separation/silhouette_standard_error"]
    return (
        f"Silhouettes come from a stratified sample of {sampled:,} of {rows:,} customers "
        f"(standard error {error:.4f}).",
    )
