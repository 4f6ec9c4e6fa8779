"""Which trial becomes the run's model: a rule that is stated before, and a closer look at the best."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar

import numpy as np
import pandas as pd
from sklearn.base import clone

from segmentlab.errors import SegmentLabError
from segmentlab.evaluation import (
    CheckedSegments,
    Evidence,
    Flow,
    compute_bootstrap_jaccard,
    draw_refit_sample,
    find_atoms,
    measure_separation,
    run_checks,
)
from segmentlab.flow import DescribedCustomers, Plan
from segmentlab.lab.tuning.order import StudyOrder
from segmentlab.lab.tuning.space import Proposal
from segmentlab.lab.tuning.study import StudyStanding
from segmentlab.lab.tuning.trials import Trial, compute_gains
from segmentlab.modelling import Segmenter

# Which trial becomes the run's model: a rule that is stated before.


EVIDENCE_RULE: Final = "evidence"
FEWEST_WITH_KNEE: Final = 3  # members of a front
CHOICE_RULES: Final = (EVIDENCE_RULE, "knee", "first")


def rank_trials(standing: StudyStanding, rule: str) -> list[Trial]:
    """All feasible trials by a rule that goes by the objectives: the front, then what the front beats."""
    front = rank_front(standing.front, standing.objectives, rule)
    numbers = {trial.number for trial in front}
    beaten = [trial for trial in standing.trials if trial.feasible and trial.number not in numbers]
    return [*front, *rank_front(beaten, standing.objectives, rule)]


def rank_front(front: Sequence[Trial], objectives: Sequence[str], rule: str) -> list[Trial]:
    """The members of the front, the best by the rule first; of equal ones the one that came first.

    `first` goes by the first objective alone. `knee` goes by the distance to the ideal point, which has
    the best value of every objective on the front, where each is scaled to run from 0 to 1 on the front. Of
    two members each is as far from it as the other: two points have no knee, and the first objective decides.
    """
    if not front:
        return []
    gained = np.array([compute_gains(trial, objectives) for trial in front])
    spread = np.ptp(gained, axis=0)
    lacking = (gained.max(axis=0) - gained) / np.where(spread > 0, spread, 1.0)
    by_first = rule == "first" or len(front) < FEWEST_WITH_KNEE
    distance = lacking[:, 0] if by_first else np.linalg.norm(lacking, axis=1)
    order = np.lexsort(([trial.number for trial in front], distance.round(9)))
    return [front[place] for place in order]


Estimator = TypeVar("Estimator", bound=Any)


def apply_proposal(plan: Plan, proposal: Proposal, order: StudyOrder) -> Plan:
    """The plan of the run with what a trial tried."""
    return replace(
        plan,
        preparation=order.preparations[proposal.prepare],
        projection=_set_parameters(plan.projection, proposal.projection),
        model=_set_parameters(order.models[proposal.model], proposal.parameters),
        ks=order.ks[proposal.model],
    )


def find_candidate_errors(plan: Plan, described: DescribedCustomers, bootstraps: int) -> list[str]:
    """What the checks of a run call errors of one candidate, stability among them; or why it can't be had."""
    features = described.features
    frame = features.frame
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
    try:
        segmenter.fit(frame, value=described.revenue, long_tailed=features.long_tailed)
        prepared = segmenter.scorer_.prepare(frame)
        evidence = Evidence(
            separation=measure_separation(prepared, segmenter.labels_, plan.effort.sample, plan.seed),
            atoms=find_atoms(frame),
            stability=_measure_few_draws(plan, segmenter, prepared, bootstraps),
        )
    except (SegmentLabError, ValueError) as error:
        return [str(error)]
    findings = run_checks(CheckedSegments(frame, segmenter.labels_, evidence, evidence.metrics))
    return [f"{found.code} {found.title}" for found in findings if found.severity == "error"]


def _measure_few_draws(
    plan: Plan, segmenter: Segmenter, prepared: pd.DataFrame, bootstraps: int
) -> pd.DataFrame | None:
    """Of each segment, from few draws; nothing where a sample has other segments than all customers."""
    points, labels = prepared.to_numpy()[segmenter.clustered_], segmenter.labels_[segmenter.clustered_]
    drawn = draw_refit_sample(Flow(plan.projection, segmenter.model_), points, labels, plan.effort, plan.seed)
    if drawn.other:
        return None
    return compute_bootstrap_jaccard(drawn.flow, drawn.points, drawn.labels, bootstraps, plan.seed)


def _set_parameters(estimator: Estimator, parameters: Any) -> Estimator:  # noqa: ANN401  (a mapping by name)
    fresh: Estimator = clone(estimator)
    fresh.set_params(**parameters)
    return fresh
