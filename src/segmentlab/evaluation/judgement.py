"""Gathers the evidence on one segmentation, and says what to think of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

import pandas as pd

from segmentlab.evaluation.calibration import calibrate_scores
from segmentlab.evaluation.checks.check import CheckedSegments, Finding, run_checks
from segmentlab.evaluation.diagnostics import compute_dbcv, compute_hopkins, find_atoms
from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.gaps import tabulate_borders
from segmentlab.evaluation.groups import look_for_gaps
from segmentlab.evaluation.reference import (
    NULL_MODELS,
    Reference,
    compare_with_null,
)
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.separation import Separation, measure_separation
from segmentlab.evaluation.stability import (
    compute_bootstrap_jaccard,
    compute_prediction_strength,
    compute_seed_agreement,
)
from segmentlab.evaluation.verdict import Verdict, judge_structure
from segmentlab.modelling import (
    NOISE,
    Labels,
    Points,
    Segmenter,
    Transformer,
    draw_stratified_rows,
    find_k_parameter,
    has_different_rows,
    limit_threads,
)

# What to think of the segments: the evidence, the words for it, and what is wrong.


@dataclass(frozen=True)
class Judgement:
    """Evidence, verdict and findings of one run."""

    evidence: Evidence
    verdict: Verdict | None  # none where nobody looked for gaps
    checks: Sequence[Finding]

    @property
    def failed(self) -> list[Finding]:
        """The findings that keep the run from being promoted."""
        return [check for check in self.checks if check.severity == "error"]

    @property
    def recommends_actions(self) -> bool:
        """Whether anybody should act on the segments: no check failed, and there is more than one group."""
        return not self.failed and (self.verdict is None or self.verdict.kind != "one group")

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All of it as tables, by name; what was not measured is not there."""
        evidence = self.evidence
        found = {"checks": pd.DataFrame(self.checks, columns=[field.name for field in fields(Finding)])}
        found["atoms"] = evidence.atoms.reset_index()
        if evidence.stability is not None:
            found["stability"] = evidence.stability.reset_index()
        if evidence.gaps is not None:
            found["borders"] = tabulate_borders(evidence.gaps.borders)
        if evidence.references:
            found["reference"] = pd.DataFrame(_list_reached_values(evidence.references))
        if evidence.usefulness is not None:
            found["usefulness"] = evidence.usefulness.reset_index()
        if evidence.later_value is not None:
            found["value_tenths"] = evidence.later_value.tenths.reset_index()
            if evidence.later_value.weeks is not None:
                found["value_weeks"] = evidence.later_value.weeks
        if evidence.paired is not None:
            found["cutoffs"] = evidence.paired.table
        return found


def _list_reached_values(references: Mapping[str, Reference]) -> Iterator[dict[str, object]]:
    """A row per draw, beside what was observed."""
    for null, reference in references.items():
        for number, reached in enumerate(reference.reached.tolist()):
            yield {"null": null, "draw": number, "reached": reached, "observed": reference.observed}


def judge_segments(
    evidence: Evidence,
    features: pd.DataFrame,
    labels: Labels,
    metrics: Mapping[str, float],
    preparation: Transformer | None = None,
    *,
    names: Mapping[int, str] | None = None,
    money: pd.DataFrame | None = None,
) -> Judgement:
    """The verdict and the checks that fire; how features were prepared keeps them from advising just that."""
    seen = CheckedSegments(features, labels, evidence, metrics, preparation, names or {}, money)
    found = run_checks(seen)
    return Judgement(evidence, judge_structure(evidence.gaps, evidence.references), found)


LEAST_SAMPLE = 10  # different customers for each segment, or resamples hold too few
HOPKINS_PROBES = 500  # places and customers whose neighbours Hopkins' statistic compares


@dataclass(frozen=True)
class RefitSample:
    """The customers that the flow is fitted on again and again."""

    flow: Flow
    points: Points
    labels: Labels  # in the run's own numbers, unless `other`
    other: bool = False  # the model finds other segments among fewer customers
    notes: tuple[str, ...] = ()


def gather_evidence(
    segmenter: Segmenter,
    prepared: pd.DataFrame,
    features: pd.DataFrame,
    effort: Effort,
    seed: int,
    separation: Separation | None = None,
) -> Evidence:
    """Everything but usefulness, which takes what came later; separation is measured where it is not known.

    Customers whom a rule sets apart are no finding of the model: what is drawn goes without them.
    """
    *_, (_, found) = stream_evidence(segmenter, prepared, features, effort, seed, separation)
    return found


def stream_evidence(
    segmenter: Segmenter,
    prepared: pd.DataFrame,
    features: pd.DataFrame,
    effort: Effort,
    seed: int,
    separation: Separation | None = None,
) -> Iterator[tuple[str, Evidence]]:
    """The same, one kind after the other: the kind, and all that is known by then; the last has all."""
    clustered = segmenter.clustered_
    points, labels = prepared.to_numpy()[clustered], segmenter.labels_[clustered]
    separated = separation or measure_separation(prepared, segmenter.labels_, effort.sample, seed)
    found = _gather_without_draws(segmenter, separated, points, features, effort, seed)
    yield "gaps", found
    segments = len(set(labels.tolist()) - {NOISE})
    if segments < 2 or not has_different_rows(points, LEAST_SAMPLE * segments):
        note = (
            f"Stability and references are not available: they need {LEAST_SAMPLE} different "
            "customers a segment."
        )
        yield "stability", replace(found, notes=(*found.notes, note)) if segments > 1 else found
        return
    if effort.random:
        calibrated = calibrate_scores(
            points, labels, count=effort.random, sample=effort.refit_sample, seed=seed
        )
        found = replace(found, calibration=calibrated)
        yield "calibration", found
    if not getattr(segmenter.model_, "can_refit", True):
        note = "Stability and references are not available: these segments were made elsewhere."
        yield "stability", replace(found, notes=(*found.notes, note))
        return
    with limit_threads(effort.sample):
        drawn = draw_refit_sample(
            Flow(segmenter.stages.projection, segmenter.model_), points, labels, effort, seed
        )
    try:
        yield from _stream_draws(found, drawn, effort, seed)
    except ValueError as error:  # a draw that the library can't fit
        note = (
            f"Stability and references are not available: {type(drawn.flow.model).__name__} says '{error}'."
        )
        yield "stability", replace(found, notes=(*found.notes, note))


def _gather_without_draws(
    segmenter: Segmenter,
    separated: Separation,
    points: Points,
    features: pd.DataFrame,
    effort: Effort,
    seed: int,
) -> Evidence:
    """What one look at the segments tells. DBCV is for models that look for dense places by themselves."""
    labels = segmenter.labels_[segmenter.clustered_]
    told = find_k_parameter(segmenter.model_) is not None
    density, notes = (None, ()) if told else compute_dbcv(points, labels, effort.sample, seed)
    gaps = look_for_gaps(points, labels, effort.gaps, seed) if effort.gaps else None
    return Evidence(
        separation=separated,
        atoms=find_atoms(features),
        hopkins=compute_hopkins(points, HOPKINS_PROBES, seed) if len(points) > 1 else None,
        dbcv=density,
        gaps=gaps,
        notes=(*separated.notes, *notes, *(() if gaps is None else gaps.notes)),
    )


def draw_refit_sample(flow: Flow, points: Points, labels: Labels, effort: Effort, seed: int) -> RefitSample:
    """All customers, or a sample of as many as can be segmented again and again.

    A model that is told no number of segments finds as many as there are dense places, and there are
    fewer of them among fewer customers. It is compared with itself on the sample.
    """
    most = effort.small_sample if flow.slow else effort.refit_sample
    told = find_k_parameter(flow.model) is not None
    rows = draw_stratified_rows(labels, most if told or flow.slow else effort.sample, seed)
    if len(rows) == len(labels):
        return RefitSample(flow, points, labels)
    size = f"{len(rows):,} of {len(labels):,} customers"
    note = f"Stability and references come from a stratified sample of {size}"
    if told:
        return RefitSample(flow, points[rows], labels[rows], notes=(f"{note}.",))
    return RefitSample(
        flow,
        points[rows],
        flow(points[rows], seed).labels,
        other=True,
        notes=(
            f"{note}, among whom {type(flow.model).__name__} finds other segments: whether single segments "
            "are stable is not known.",
        ),
    )


def _stream_draws(
    found: Evidence, drawn: RefitSample, effort: Effort, seed: int
) -> Iterator[tuple[str, Evidence]]:
    flow, points = drawn.flow, drawn.points
    if effort.bootstraps or effort.splits or effort.seeds or effort.nulls:
        found = replace(found, notes=found.notes + drawn.notes)
    if effort.bootstraps and not drawn.other:
        jaccards = compute_bootstrap_jaccard(flow, points, drawn.labels, effort.bootstraps, seed)
        found = replace(found, stability=jaccards)
        yield "stability", found
    if effort.seeds > 1:  # one fit agrees with nothing
        found = replace(found, seed_agreement=compute_seed_agreement(flow, points, effort.seeds, seed))
        yield "seeds", found
    if effort.splits:
        strength = compute_prediction_strength(flow, points, effort.splits, seed)
        found = replace(found, prediction_strength=strength)
        yield "halves", found
    for null in NULL_MODELS if effort.nulls else ():
        reference = compare_with_null(
            flow, points, drawn.labels, null, count=effort.nulls, sample=effort.sample, seed=seed
        )
        found = replace(found, references={**found.references, null: reference})
        yield f"null {null}", found
    yield "draws", found
