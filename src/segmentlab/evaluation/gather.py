"""Collects the evidence on one segmentation, as much of it as was asked for."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from segmentlab.evaluation.atoms import atoms
from segmentlab.evaluation.calibration import calibrate
from segmentlab.evaluation.density_validity import dbcv
from segmentlab.evaluation.effort import Effort
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.hopkins import hopkins
from segmentlab.evaluation.nulls import NULLS
from segmentlab.evaluation.prediction_strength import prediction_strength
from segmentlab.evaluation.reference import against_null
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.sample import stratified
from segmentlab.evaluation.separation import separation
from segmentlab.evaluation.stability import agreement_over_seeds, bootstrap_jaccard
from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.segmenter import Segmenter, k_parameter
from segmentlab.modelling.threads import threads_for

AT_LEAST = 10  # different customers for each segment, or resamples hold too few
PROBES = 500  # places and customers whose neighbours Hopkins' statistic compares


@dataclass(frozen=True)
class Drawn:
    """The customers that the flow is fitted on again and again."""

    flow: Flow
    points: Points
    labels: Labels  # in the run's own numbers, unless `other`
    other: bool = False  # the model finds other segments among fewer customers
    notes: tuple[str, ...] = ()


def gather(
    segmenter: Segmenter, prepared: pd.DataFrame, features: pd.DataFrame, effort: Effort, seed: int
) -> Evidence:
    """Everything but usefulness, which takes what came later.

    Customers whom a rule sets apart are no finding of the model: what is drawn goes without them.
    """
    clustered = segmenter.clustered_
    points, labels = prepared.to_numpy()[clustered], segmenter.labels_[clustered]
    found = _without_draws(segmenter, prepared, features, effort, seed)
    segments = len(set(labels.tolist()) - {NOISE})
    if segments < 2 or len(np.unique(points, axis=0)) < AT_LEAST * segments:
        note = (
            f"Stability and references are not available: they need {AT_LEAST} different customers a segment."
        )
        return replace(found, notes=(*found.notes, note)) if segments > 1 else found
    with threads_for(effort.sample):
        drawn = draw_from(Flow(segmenter.projection, segmenter.model), points, labels, effort, seed)
    if effort.random:
        calibrated = calibrate(points, labels, count=effort.random, sample=effort.refit_sample, seed=seed)
        found = replace(found, calibration=calibrated)
    try:
        return _with_draws(found, drawn, effort, seed)
    except ValueError as error:  # a draw that the library can't fit
        note = (
            f"Stability and references are not available: {type(drawn.flow.model).__name__} says '{error}'."
        )
        return replace(found, notes=(*found.notes, note))


def _without_draws(
    segmenter: Segmenter, prepared: pd.DataFrame, features: pd.DataFrame, effort: Effort, seed: int
) -> Evidence:
    """What one look at the segments tells. DBCV is for models that look for dense places by themselves."""
    clustered = segmenter.clustered_
    points, labels = prepared.to_numpy()[clustered], segmenter.labels_[clustered]
    separated = separation(prepared, segmenter.labels_, effort.sample, seed)
    told = k_parameter(segmenter.model) is not None
    density, notes = (None, ()) if told else dbcv(points, labels, effort.sample, seed)
    return Evidence(
        separation=separated,
        atoms=atoms(features),
        hopkins=hopkins(points, PROBES, seed) if len(points) > 1 else None,
        dbcv=density,
        notes=(*separated.notes, *notes),
    )


def draw_from(flow: Flow, points: Points, labels: Labels, effort: Effort, seed: int) -> Drawn:
    """All customers, or a sample of as many as can be segmented again and again.

    A model that is told no number of segments finds as many as there are dense places, and there are
    fewer of them among fewer customers. It is compared with itself on the sample.
    """
    most = effort.small_sample if flow.slow else effort.refit_sample
    told = k_parameter(flow.model) is not None
    rows = stratified(labels, most if told or flow.slow else effort.sample, seed)
    if len(rows) == len(labels):
        return Drawn(flow, points, labels)
    size = f"{len(rows):,} of {len(labels):,} customers"
    note = f"Stability and references come from a stratified sample of {size}"
    if told:
        return Drawn(flow, points[rows], labels[rows], notes=(f"{note}.",))
    return Drawn(
        flow,
        points[rows],
        flow(points[rows], seed).labels,
        other=True,
        notes=(
            f"{note}, among whom {type(flow.model).__name__} finds other segments: whether single segments "
            "are stable is not known.",
        ),
    )


def _with_draws(found: Evidence, drawn: Drawn, effort: Effort, seed: int) -> Evidence:
    flow, points = drawn.flow, drawn.points
    asked = effort.bootstraps or effort.splits or effort.seeds or effort.nulls
    return replace(
        found,
        stability=bootstrap_jaccard(flow, points, drawn.labels, effort.bootstraps, seed)
        if effort.bootstraps and not drawn.other
        else None,
        seed_agreement=agreement_over_seeds(flow, points, effort.seeds, seed) if effort.seeds else None,
        prediction_strength=prediction_strength(flow, points, effort.splits, seed) if effort.splits else None,
        references={
            null: against_null(
                flow, points, drawn.labels, null, count=effort.nulls, sample=effort.sample, seed=seed
            )
            for null in (NULLS if effort.nulls else ())
        },
        notes=found.notes + (drawn.notes if asked else ()),
    )
