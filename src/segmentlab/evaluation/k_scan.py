"""The same model at every k: several views to look at, not a decision."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone

from segmentlab.evaluation.diagnostics import compute_information_criteria
from segmentlab.evaluation.draws import Effort, repeat_draws
from segmentlab.evaluation.measure import Measure
from segmentlab.evaluation.metrics import MEASURES
from segmentlab.evaluation.reference import compute_mean_silhouette, draw_gaussian
from segmentlab.evaluation.refit import Flow, Refit
from segmentlab.evaluation.scores import compute_inertia, compute_silhouettes
from segmentlab.evaluation.stability import compute_bootstrap_jaccard, compute_prediction_strength
from segmentlab.modelling import (
    Clusterer,
    Labels,
    Points,
    draw_stratified_rows,
    find_k_parameter,
    fit_model,
    limit_threads,
)

# The gap statistic of Tibshirani, Walther & Hastie (2001): one of several views of k.


def compute_gap(
    refits: Mapping[int, Refit], points: Points, within: Mapping[int, float], *, count: int, seed: int
) -> pd.DataFrame:
    """Per k: the gap between the logarithms of the sum of squares here and on boxes without structure.

    The reference is uniform in a box along the principal axes (the paper's choice b). The columns are
    `gap` and its standard error `error`, which includes that of the simulation.
    """
    reached = np.log(repeat_draws(partial(_fit_one_box, refits, points), count, seed, "gap"))
    return pd.DataFrame(
        {
            "gap": reached.mean(axis=0) - np.log([within[k] for k in refits]),
            "error": reached.std(axis=0) * np.sqrt(1 + 1 / count),
        },
        index=pd.Index(list(refits), name="k"),
    )


def _fit_one_box(refits: Mapping[int, Refit], points: Points, seed: int) -> npt.NDArray[np.float64]:
    drawn = draw_uniform_box(points, np.random.default_rng(seed))
    return np.array([compute_inertia(drawn, refit(drawn, seed).labels) for refit in refits.values()])


def draw_uniform_box(points: Points, generator: np.random.Generator) -> Points:
    """As many points, spread evenly over the box that the data fills along its principal axes."""
    middle = points.mean(axis=0)
    axes = np.linalg.svd(points - middle, full_matrices=False)[2]
    turned = (points - middle) @ axes.T
    drawn = generator.uniform(turned.min(axis=0), turned.max(axis=0), (len(points), turned.shape[1]))
    return np.asarray(drawn @ axes + middle)


# What repeated fits say of each number of segments: four views, from the same few data sets for every k.


def compute_k_views(
    refits: Mapping[int, Refit],
    points: Points,
    labels: Mapping[int, Labels],
    *,
    count: int,
    sample: int,
    seed: int,
) -> pd.DataFrame:
    """Per k: `stability`, `prediction_strength`, `gap` and its `error`, and a cloud's silhouette, `null`."""
    within = {k: compute_inertia(points, own) for k, own in labels.items()}
    table = compute_gap(refits, points, within, count=count, seed=seed)
    clouds = repeat_draws(partial(_score_one_cloud, refits, points, sample), count, seed, "cloud at every k")
    return table.assign(
        stability=[
            float(compute_bootstrap_jaccard(refit, points, labels[k], count, seed)["jaccard"].mean())
            for k, refit in refits.items()
        ],
        prediction_strength=[
            compute_prediction_strength(refit, points, count, seed).value for refit in refits.values()
        ],
        null=np.mean(clouds, axis=0),
    )


def _score_one_cloud(
    refits: Mapping[int, Refit], points: Points, sample: int, seed: int
) -> npt.NDArray[np.float64]:
    """What the silhouette reaches at each k on one cloud of the same covariance."""
    drawn = draw_gaussian(points, np.random.default_rng(seed))
    return np.array(
        [compute_mean_silhouette(drawn, refit(drawn, seed).labels, sample, seed) for refit in refits.values()]
    )


LEAST_SCAN_CUSTOMERS: Final = 10  # different customers for each segment that is drawn again


def scan_k(
    flow: Flow,
    projected: Points,
    prepared: Points,
    ks: Sequence[int],
    effort: Effort,
    seed: int,
    measures: Sequence[Measure] = MEASURES,
) -> pd.DataFrame:
    """One row per k: inertia, silhouette, Davies-Bouldin, Calinski-Harabasz; with draws also `k_views`.

    The model clusters the projected points; every score is taken in the prepared space, so that the
    rows compare. Mixtures add BIC and AIC, which belong to the space that they are fitted in. A flow that
    takes seconds to fit is not drawn again for every k. Above `effort.sample` customers all of it is done
    on a sample of them: a dozen fits for a look must not cost a dozen times the run.
    """
    rows = _draw_scan_sample(len(prepared), effort.sample, seed)
    projected, prepared = projected[rows], prepared[rows]
    models = {k: set_k(flow.model, k) for k in ks}
    with limit_threads(len(prepared)):
        labels = _compute_scan_labels(models, projected)
        scores = [
            _compute_scan_scores(prepared, own, measures) | compute_information_criteria(models[k], projected)
            for k, own in labels.items()
        ]
        table = pd.DataFrame(scores, index=list(ks)).assign(customers=len(prepared))
    if effort.views and not flow.slow:
        few = _draw_scan_sample(len(prepared), effort.small_sample, seed)
        most = len(np.unique(prepared[few], axis=0)) // LEAST_SCAN_CUSTOMERS
        refits = {k: Flow(flow.projection, models[k]) for k in ks if k <= most}
        part = {k: labels[k][few] for k in refits}
        sizes = {"count": effort.views, "sample": effort.sample, "seed": seed}
        table = table.join(compute_k_views(refits, prepared[few], part, **sizes)) if refits else table
    return table.rename_axis("k").reset_index()


def set_k(model: Clusterer, k: int) -> Clusterer:
    """The same model, unfitted, with another number of segments."""
    fresh: Clusterer = clone(model).set_params(**{find_k_parameter(model) or "n_clusters": k})
    return fresh


def list_k_choices(scan: pd.DataFrame, measures: Sequence[Measure] = MEASURES) -> dict[str, int]:
    """The k that each view would choose, for the views that choose and were measured.

    Inertia falls with every segment, so it chooses none: the elbow is a plot, never a decision.
    """
    table = scan.set_index("k")
    return {
        measure.view.column: k
        for measure in measures
        if measure.view is not None and (k := measure.choose_k(table)) is not None
    }


def describe_k_agreement(chosen: Mapping[str, int]) -> str:
    """Whether the views agree on a number of segments, in a sentence."""
    if len(set(chosen.values())) < 2:
        return "The views that choose agree." if chosen else "No view chooses a number of segments."
    told_by = ", ".join(f"{view.replace('_', ' ')} {k}" for view, k in chosen.items())
    return f"The views disagree ({told_by}): the number of segments is a decision, not a discovery."


def _draw_scan_sample(customers: int, size: int, seed: int) -> npt.NDArray[np.intp]:
    return draw_stratified_rows(np.zeros(customers, dtype=np.int64), size, seed)


def _compute_scan_labels(models: Mapping[int, Clusterer], projected: Points) -> dict[int, Labels]:
    """The labels at every k: from one fit where a model keeps a tree that can be cut, else a fit each."""
    first = fit_model(next(iter(models.values())), projected)
    cut = getattr(first, "cut", None)
    if cut is not None:
        return {k: cut(k) for k in models}
    return {k: fit_model(model, projected).labels_ for k, model in models.items()}


def _compute_scan_scores(prepared: Points, labels: Labels, measures: Sequence[Measure]) -> dict[str, float]:
    return {
        "inertia": compute_inertia(prepared, labels),
        "silhouette": float(compute_silhouettes(prepared, labels).mean()),
        **{
            each.view.column: each.compute(prepared, labels)
            for each in measures
            if each.view is not None and each.compute is not None
        },
    }
