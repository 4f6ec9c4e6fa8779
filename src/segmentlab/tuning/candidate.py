"""The members of the front, looked at as closely as it takes to know whether a run could stand by them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import pandas as pd
from sklearn.base import clone

from segmentlab.described import Described
from segmentlab.errors import SegmentLabError
from segmentlab.evaluation.atoms import atoms
from segmentlab.evaluation.checks import Judged, checks
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.gather import draw_from
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.separation import separation
from segmentlab.evaluation.stability import bootstrap_jaccard
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.result import Plan
from segmentlab.tuning.order import Order
from segmentlab.tuning.proposal import Proposal

# A member that fails is followed by the next. Neighbours on a front fail alike, and each takes a dozen fits.
MOST: Final = 5

Estimator = TypeVar("Estimator", bound=Any)


def proposed(plan: Plan, proposal: Proposal, order: Order) -> Plan:
    """The plan of the run with what a trial tried."""
    return replace(
        plan,
        preparation=order.preparations[proposal.prepare],
        projection=_with(plan.projection, proposal.projection),
        model=_with(order.models[proposal.model], proposal.parameters),
        ks=order.ks[proposal.model],
    )


def errors_of(plan: Plan, described: Described, long_tailed: Sequence[str], bootstraps: int) -> list[str]:
    """What the checks of a run call errors of one candidate, stability among them; or why it can't be had."""
    frame = described.features.frame
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
    try:
        segmenter.fit(frame, described.revenue, long_tailed)
        prepared = segmenter.scorer_.prepare(frame)
        evidence = Evidence(
            separation=separation(prepared, segmenter.labels_, plan.effort.sample, plan.seed),
            atoms=atoms(frame),
            stability=_stability(plan, segmenter, prepared, bootstraps),
        )
    except (SegmentLabError, ValueError) as error:
        return [str(error)]
    found = checks(Judged(frame, segmenter.labels_, evidence, evidence.metrics))
    return [f"{check.code} {check.title}" for check in found if check.severity == "error"]


def _stability(
    plan: Plan, segmenter: Segmenter, prepared: pd.DataFrame, bootstraps: int
) -> pd.DataFrame | None:
    """Of each segment, from few draws; nothing where a sample has other segments than all customers."""
    points, labels = prepared.to_numpy()[segmenter.clustered_], segmenter.labels_[segmenter.clustered_]
    drawn = draw_from(Flow(plan.projection, plan.model), points, labels, plan.effort, plan.seed)
    if drawn.other:
        return None
    return bootstrap_jaccard(drawn.flow, drawn.points, drawn.labels, bootstraps, plan.seed)


def _with(estimator: Estimator, parameters: Any) -> Estimator:  # noqa: ANN401  (a mapping by name)
    fresh: Estimator = clone(estimator)
    fresh.set_params(**parameters)
    return fresh
