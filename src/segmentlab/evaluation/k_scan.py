"""The same model at every k: several views to look at, not a decision."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import clone

from segmentlab.evaluation.diagnostics import CRITERIA, compute_information_criteria
from segmentlab.evaluation.draws import Effort, repeat_draws
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.gap_statistic import compute_gap
from segmentlab.evaluation.groups import find_gap_share
from segmentlab.evaluation.measure import Measure
from segmentlab.evaluation.metrics import MEASURES
from segmentlab.evaluation.reference import compute_mean_silhouette, draw_gaussian
from segmentlab.evaluation.refit import Flow, Partition, Refit
from segmentlab.evaluation.scores import compute_inertia, compute_silhouettes
from segmentlab.evaluation.stability import (
    compute_bootstrap_jaccard,
    compute_prediction_strength,
    estimate_mean_jaccard,
)
from segmentlab.evaluation.workers import share_work
from segmentlab.modelling import (
    Clusterer,
    Labels,
    Points,
    draw_stratified_rows,
    find_k_parameter,
    fit_model,
    limit_threads,
)

# What repeated fits say of each number of segments: four views, from the same few data sets for every k.


def find_one_segment(points: Points, seed: int) -> Partition:  # noqa: ARG001  (nothing is left to chance)
    """Everybody in one segment: a possible answer, and no model has to be fitted for it."""
    return Partition(_label_as_one(points), _label_as_one)


def _label_as_one(points: Points) -> Labels:
    return np.zeros(len(points), dtype=np.int64)


def compute_k_views(
    k: int, refit: Refit, points: Points, few: Points, labels: Labels, effort: Effort, seed: int
) -> dict[str, float]:
    """At one k: `stability`, `prediction_strength`, `gap` and its `error`, and a cloud's silhouette, `null`.

    The first two are those of a run at that k: of the same rows, with the same seeds, so that only the number
    of draws differs. Their 95 % intervals stand beside them as `_low` and `_high`. Gap and cloud take longer,
    so they are about `few` points, on which the data is fitted as well as what it is compared with. A single
    segment is stable whatever the data, so that is left out; two halves agree about it.
    """
    views = compute_gap({k: refit}, few, count=effort.views, seed=seed).loc[k].to_dict()
    if k > 1:
        score = partial(_score_one_cloud, refit, few, effort.sample)
        views["null"] = float(np.mean(repeat_draws(score, effort.views, seed, f"cloud at {k}")))
    return {str(name): value for name, value in views.items()} | _repeat_at_one_k(
        refit, points, labels, effort, seed
    )


def _repeat_at_one_k(
    refit: Refit, points: Points, labels: Labels, effort: Effort, seed: int
) -> dict[str, float]:
    rows = draw_stratified_rows(labels, effort.refit_sample, seed)
    points, labels = points[rows], labels[rows]
    strength = compute_prediction_strength(refit, points, effort.views, seed).metrics("prediction_strength")
    if not labels.any():
        return strength
    stable = compute_bootstrap_jaccard(refit, points, labels, effort.views, seed)
    return estimate_mean_jaccard(stable).metrics("stability") | strength


def _score_one_cloud(refit: Refit, points: Points, sample: int, seed: int) -> float:
    """What the silhouette reaches on one cloud of the same covariance."""
    drawn = draw_gaussian(points, np.random.default_rng(seed))
    return compute_mean_silhouette(drawn, refit(drawn, seed).labels, sample, seed)


LEAST_SCAN_CUSTOMERS: Final = 10  # different customers for each segment that is drawn again
LEAST_VOTES: Final = 2  # views that agree on another k, before a run is told so


def scan_k(
    flow: Flow,
    projected: Points,
    prepared: Points,
    ks: Sequence[int],
    effort: Effort,
    seed: int,
    measures: Sequence[Measure] = MEASURES,
) -> pd.DataFrame:
    """One row per k: inertia, silhouette, Davies-Bouldin, Calinski-Harabasz; the more, the more is drawn.

    With `effort.gaps` it adds the share of borders that are gaps, with `effort.views` what repeated fits say.
    One segment, where it is among the ks, has no score that compares segments.

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
    few = prepared[_draw_scan_sample(len(prepared), effort.small_sample, seed)]
    refits = _choose_refits(flow, models, few) if effort.views and not flow.slow else {}
    look = partial(_look_at_one_k, prepared, few, effort, seed)
    # Many segments take longest: first, so that it shows whether to share the others.
    tasks = [(k, labels[k], refits.get(k)) for k in sorted(ks, reverse=True)]
    looks = dict(zip(sorted(ks, reverse=True), share_work(look, tasks, "number of segments"), strict=True))
    if any(looks.values()):
        table = table.join(pd.DataFrame([looks[k] for k in ks], index=list(ks)))
    return table.rename_axis("k").reset_index()


def _choose_refits(flow: Flow, models: Mapping[int, Clusterer], few: Points) -> dict[int, Refit]:
    """What is drawn again at each k that has customers enough; nothing where one segment would be alone."""
    most = len(np.unique(few, axis=0)) // LEAST_SCAN_CUSTOMERS
    refits: dict[int, Refit] = {
        k: Flow(flow.projection, model) if k > 1 else find_one_segment
        for k, model in models.items()
        if k <= most
    }
    return refits if any(k > 1 for k in refits) else {}


def _look_at_one_k(
    points: Points, few: Points, effort: Effort, seed: int, task: tuple[int, Labels, Refit | None]
) -> dict[str, float]:
    k, labels, refit = task
    found: dict[str, float] = {}
    if effort.gaps:
        found |= find_gap_share(points, labels, effort.gaps, seed).name_ends("gaps")
    if refit is not None:
        found |= compute_k_views(k, refit, points, few, labels, effort, seed)
    return found


def put_own_evidence(
    scan: pd.DataFrame, k: int, evidence: Evidence, measures: Sequence[Measure] = MEASURES
) -> pd.DataFrame:
    """The table with what the run itself measured at its own k: from more draws, and the same numbers twice.

    What the scan has not is not added, and of what the run has not the scan's own values stay.
    """
    logged = evidence.metrics
    own = {
        one.view.column: logged[one.name] for one in measures if one.view is not None and one.name in logged
    }
    if evidence.stability is not None and len(evidence.stability):
        own |= estimate_mean_jaccard(evidence.stability).metrics("stability")
    if evidence.prediction_strength is not None:
        own |= evidence.prediction_strength.metrics("prediction_strength")
    if evidence.gaps is not None:
        own |= evidence.gaps.share.name_ends("gaps")
    told = scan.copy()
    for column in set(own) & set(scan):
        told.loc[told["k"] == k, column] = own[column]
    return told


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


def describe_k_distance(chosen: Mapping[str, int], own: int) -> str:
    """That more views choose another number of segments than the run's own; nothing where that is not so."""
    votes = Counter(chosen.values())
    if not votes:
        return ""
    most = max(votes, key=lambda k: (votes[k], k == own, -k))
    if votes[most] < LEAST_VOTES or votes[most] <= votes[own]:
        return ""
    theirs = f"{votes[own]} choose {own}" if votes[own] > 1 else f"{votes[own] or 'none'} chooses {own}"
    return (
        f"Of {len(chosen)} views over the number of segments {votes[most]} choose {most}, and {theirs}, as "
        "this run has it: see the figure 'How many segments?'."
    )


def _draw_scan_sample(customers: int, size: int, seed: int) -> npt.NDArray[np.intp]:
    return draw_stratified_rows(np.zeros(customers, dtype=np.int64), size, seed)


def _compute_scan_labels(models: Mapping[int, Clusterer], projected: Points) -> dict[int, Labels]:
    """The labels at every k: from one fit where a model keeps a tree that can be cut, else a fit each.

    One segment takes no fit, but for a model whose likelihood is asked for.
    """
    several = [k for k in models if k > 1]
    first = fit_model(models[several[0]], projected) if several else None
    cut = getattr(first, "cut", None)
    return {
        k: _label_as_one(projected)
        if k == 1 and not any(hasattr(model, name) for name in CRITERIA)
        else cut(k)
        if cut is not None
        else fit_model(model, projected).labels_
        for k, model in models.items()
    }


def _compute_scan_scores(prepared: Points, labels: Labels, measures: Sequence[Measure]) -> dict[str, float]:
    inertia = {"inertia": compute_inertia(prepared, labels)}
    if not labels.any():
        return inertia
    return inertia | {
        "silhouette": float(compute_silhouettes(prepared, labels).mean()),
        **{
            each.view.column: each.compute(prepared, labels)
            for each in measures
            if each.view is not None and each.compute is not None
        },
    }
