"""The same model at every k: views to look at, not a decision."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from segmentlab.evaluation.effort import Effort
from segmentlab.evaluation.gap import chosen_by_gap
from segmentlab.evaluation.information_criteria import information_criteria
from segmentlab.evaluation.k_views import k_views
from segmentlab.evaluation.prediction_strength import STRONG
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.sample import stratified
from segmentlab.evaluation.separation import within_sum_of_squares
from segmentlab.evaluation.silhouette import silhouettes
from segmentlab.modelling.contract import Clusterer, Labels, Points
from segmentlab.modelling.segmenter import fit_model, k_parameter
from segmentlab.modelling.threads import threads_for

AT_LEAST: Final = 10  # different customers for each segment that is drawn again
BEST: Final = {
    "silhouette": "highest",
    "davies_bouldin": "lowest",
    "calinski_harabasz": "highest",
    "stability": "highest",
}


def scan_k(
    flow: Flow, projected: Points, prepared: Points, ks: Sequence[int], effort: Effort, seed: int
) -> pd.DataFrame:
    """One row per k: inertia, silhouette, Davies-Bouldin, Calinski-Harabasz; with draws also `k_views`.

    The model clusters the projected points; every score is taken in the prepared space, so that the
    rows compare. Mixtures add BIC and AIC, which belong to the space that they are fitted in. A flow that
    takes seconds to fit is not drawn again for every k. Above `effort.sample` customers all of it is done
    on a sample of them: a dozen fits for a look must not cost a dozen times the run.
    """
    rows = _sample(len(prepared), effort.sample, seed)
    projected, prepared = projected[rows], prepared[rows]
    models = {k: told(flow.model, k) for k in ks}
    with threads_for(len(prepared)):
        labels = _labels(models, projected)
        scores = [
            _scores(prepared, own) | information_criteria(models[k], projected) for k, own in labels.items()
        ]
        table = pd.DataFrame(scores, index=list(ks)).assign(customers=len(prepared))
    if effort.views and not flow.slow:
        few = _sample(len(prepared), effort.small_sample, seed)
        most = len(np.unique(prepared[few], axis=0)) // AT_LEAST
        refits = {k: Flow(flow.projection, models[k]) for k in ks if k <= most}
        part = {k: labels[k][few] for k in refits}
        sizes = {"count": effort.views, "sample": effort.sample, "seed": seed}
        table = table.join(k_views(refits, prepared[few], part, **sizes)) if refits else table
    return table.rename_axis("k").reset_index()


def told(model: Clusterer, k: int) -> Clusterer:
    """The same model, unfitted, with another number of segments."""
    fresh: Clusterer = clone(model).set_params(**{k_parameter(model) or "n_clusters": k})
    return fresh


def choices(scan: pd.DataFrame) -> dict[str, int]:
    """The k that each view would choose, for the views that choose and were measured.

    Inertia falls with every segment, so it chooses none: the elbow is a plot, never a decision.
    """
    table, ks = scan.set_index("k"), scan["k"].to_numpy()
    found = {
        view: ks[np.nanargmax(table[view]) if better == "highest" else np.nanargmin(table[view])]
        for view, better in BEST.items()
        if view in table and table[view].notna().any()
    }
    if "prediction_strength" in table:
        strong = ks[(table["prediction_strength"] > STRONG).to_numpy()]
        found |= {"prediction_strength": strong.max()} if len(strong) else {}
    if "gap" in table and (k := chosen_by_gap(table)) is not None:
        found["gap"] = k
    if "null" in table:
        found["null"] = ks[np.nanargmax(table["silhouette"] - table["null"])]
    return {view: int(k) for view, k in found.items()}


def agreement(chosen: Mapping[str, int]) -> str:
    """Whether the views agree on a number of segments, in a sentence."""
    if len(set(chosen.values())) < 2:
        return "The views that choose agree." if chosen else "No view chooses a number of segments."
    told_by = ", ".join(f"{view.replace('_', ' ')} {k}" for view, k in chosen.items())
    return f"The views disagree ({told_by}): the number of segments is a decision, not a discovery."


def _sample(customers: int, size: int, seed: int) -> npt.NDArray[np.intp]:
    return stratified(np.zeros(customers, dtype=np.int64), size, seed)


def _labels(models: Mapping[int, Clusterer], projected: Points) -> dict[int, Labels]:
    """The labels at every k: from one fit where a model keeps a tree that can be cut, else a fit each."""
    first = fit_model(next(iter(models.values())), projected)
    cut = getattr(first, "cut", None)
    if cut is not None:
        return {k: cut(k) for k in models}
    return {k: fit_model(model, projected).labels_ for k, model in models.items()}


def _scores(prepared: Points, labels: Labels) -> dict[str, float]:
    return {
        "inertia": within_sum_of_squares(prepared, labels),
        "silhouette": float(silhouettes(prepared, labels).mean()),
        "davies_bouldin": float(davies_bouldin_score(prepared, labels)),
        "calinski_harabasz": float(calinski_harabasz_score(prepared, labels)),
    }
