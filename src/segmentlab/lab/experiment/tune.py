"""A study inside a run: proposals are tried until it is over, and the plan gets what was best."""

import hashlib
import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Final, NamedTuple

import numpy as np

from segmentlab.errors import ConfigError
from segmentlab.evaluation import Flow
from segmentlab.features import FeatureTable
from segmentlab.flow import DescribedCustomers, Picture, Plan, StepTimer
from segmentlab.lab.cache import compute_code_digest
from segmentlab.lab.config import Setup
from segmentlab.lab.experiment.study_items import (
    ChosenTrial,
    describe_chosen_trial,
    describe_study_progress,
    explain_nothing_feasible,
    make_child_runs,
    make_study_items,
    make_study_table,
)
from segmentlab.lab.tracking import RunLog
from segmentlab.lab.tuning import (
    EVIDENCE_RULE,
    MODEL_STAGE,
    PREPARE_STAGE,
    PROJECTION_STAGE,
    FurtherObjectives,
    Laboratory,
    Proposal,
    Study,
    StudyOrder,
    StudyStanding,
    StudyTask,
    Trial,
    WeighedTrials,
    apply_proposal,
    check_stability,
    compute_importances,
    find_candidate_errors,
    find_study_past,
    name_trial,
    rank_trials,
    score_untuned,
    start_workers,
    weigh_trials,
)
from segmentlab.report import draw_study_pictures

# From the trials of a study to one of them: by the rule, and only if a run could stand by it.


logger = logging.getLogger("segmentlab.tuning")


def choose_candidate(
    order: StudyOrder,
    plan: Plan,
    described: DescribedCustomers,
    standing: StudyStanding,
    stopped: Callable[[], str | None],
    laboratory: Laboratory,
) -> ChosenTrial:
    """The first by the rule that no check calls an error; the first of all where every one has errors.

    The untuned model is among them whatever it comes to: behind all others where the objectives rank, in its
    place where the evidence does.
    """
    if not standing.front:
        raise ConfigError(explain_nothing_feasible(standing, order))
    candidates, weighed = _rank_candidates(order, standing, laboratory)
    notes: list[str] = []
    for number, trial in enumerate(candidates, 1):
        name = name_trial(trial)
        if stopped():
            notes.append(f"Trial {name} was not judged: {stopped()}.")
            return ChosenTrial(trial, tuple(notes), weighed)
        logger.info("%d of %d, trial %s", number, len(candidates), name)
        candidate = apply_proposal(plan, trial.proposal, order)
        wrong = find_candidate_errors(candidate, described, order.bootstraps)
        if not wrong:
            return ChosenTrial(trial, tuple(notes), weighed)
        notes.append(f"Trial {name} was passed over: {'; '.join(wrong)}.")
    notes.append(f"No trial passes all checks, so trial {name_trial(candidates[0])} was chosen by the rule.")
    return ChosenTrial(candidates[0], tuple(notes), weighed)


def _rank_candidates(
    order: StudyOrder, standing: StudyStanding, laboratory: Laboratory
) -> tuple[list[Trial], WeighedTrials | None]:
    untuned = score_untuned(laboratory, order)
    by_objectives = rank_trials(standing, "knee" if order.choice == EVIDENCE_RULE else order.choice)
    if order.choice != EVIDENCE_RULE:
        return [*by_objectives, *([] if untuned is None else [untuned])], None
    weighed = weigh_trials(laboratory, by_objectives, untuned, order)
    return weighed.ranked, weighed


# What to type to have the segments of a trial without its study.


def write_command_without_study(typed: Sequence[str], own_model: str, proposal: Proposal) -> list[str]:
    """What was typed, with the values of a trial in the place of the study.

    What was typed for the parameters of the run's own model says nothing to another one.
    """
    chosen = {MODEL_STAGE: proposal.model} if proposal.model != own_model else {}
    chosen |= {f"{MODEL_STAGE}.{name}": str(value) for name, value in proposal.parameters.items()}
    chosen |= {f"{PROJECTION_STAGE}.{name}": str(value) for name, value in proposal.projection.items()}
    if proposal.prepare is not None:
        chosen[PREPARE_STAGE] = proposal.prepare
    kept = [one for one in typed if not _replace_choice(one.lstrip("+").partition("=")[0], chosen)]
    return [*kept, *(f"{name}={value}" for name, value in chosen.items())]


def _replace_choice(key: str, chosen: dict[str, str]) -> bool:
    another_model = MODEL_STAGE in chosen and key.startswith(f"{MODEL_STAGE}.")
    return key in chosen or another_model or key.partition(".")[0] == "tune"


SHOWN_EVERY: Final = 2.0  # seconds
KEPT_EVERY: Final = 30.0  # seconds; between them, and at the end, trials are written in one go


class TunedPlan(NamedTuple):
    """What a study hands to its run."""

    plan: Plan  # with what was chosen
    typed: Sequence[str]  # what would have led to it without the study
    pictures: Sequence[Picture]
    told: Sequence[str]


def tune_plan(
    setup: Setup, order: StudyOrder, plan: Plan, described: DescribedCustomers, log: RunLog, steps: StepTimer
) -> TunedPlan:
    """Work on the study, choose from its front, and log both."""

    def write_trial(trial: Trial) -> Sequence[str]:
        """What this command would have been, had it been typed for the trial alone."""
        return write_command_without_study(setup.public, setup.choices[MODEL_STAGE], trial.proposal)

    order = replace(order, digest=identify_study(order.digest, described.features))
    task = _build_task(order, plan, described)
    with steps("tune"), Study(task.study, order) as study:
        watch = StudyWatch(study, log)
        with (
            _allow_interruption("choosing from what there is after this trial") as stopped,
            start_workers(task),
        ):
            laboratory = task.laboratory()
            ended = study.work(laboratory.score, stopped, watch)
        standing = study.read_standing()
    try:
        with (
            steps("choose"),
            _allow_interruption("taking the next by the rule, unjudged, after this") as stopped,
        ):
            chosen = choose_candidate(order, plan, described, standing, stopped, laboratory)
    except ConfigError:
        log.log(make_study_items(study, standing, None, ended))
        raise
    shares = compute_importances(standing.trials, order.space, order.objectives)
    if isinstance(shares, str):
        chosen = replace(chosen, notes=(*chosen.notes, shares))
    log.log(make_study_items(study, standing, chosen, ended))
    table = make_study_table(standing, chosen)
    return TunedPlan(
        plan=apply_proposal(plan, chosen.trial.proposal, order),
        typed=write_trial(chosen.trial),
        pictures=list(
            draw_study_pictures(
                table,
                None if isinstance(shares, str) else shares,
                None if chosen.weighed is None else chosen.weighed.tabulate(),
            )
        ),
        told=describe_chosen_trial(study, standing, chosen, ended, write_trial),
    )


class StudyWatch:
    """Tells how far the study has come, and keeps what it has found, now and then."""

    def __init__(self, study: Study, log: RunLog) -> None:
        self.study = study
        self.log = log
        self.shown = self.kept = time.monotonic()

    def __call__(self, standing: StudyStanding) -> None:
        """Look at the clock first: a trial may take less than a line about it."""
        now = time.monotonic()
        if now - self.shown >= SHOWN_EVERY:
            self.shown = now
            logger.info(describe_study_progress(standing, self.study.total))
        if now - self.kept >= KEPT_EVERY and self.study.order.log_trials == "all":
            self.kept = now
            self.log.log([make_child_runs(self.study, standing.trials)])


def _build_task(order: StudyOrder, plan: Plan, described: DescribedCustomers) -> StudyTask:
    name = order.study or f"{'-'.join(order.space.models)}-{order.digest[:12]}"
    objectives = order.objectives
    effort = replace(plan.effort, bootstraps=order.bootstraps, splits=order.splits)
    flows = {model: Flow(plan.projection, order.models[model]) for model in order.space.models}
    check_stability(objectives, flows, len(described.features.frame), effort)
    further = FurtherObjectives(
        objectives=objectives,
        effort=effort,
        past=find_study_past(objectives, described.past),
        long_tailed=described.features.long_tailed,
        seed=plan.seed,
    )
    return StudyTask(
        study=name,
        order=order,
        features=described.features.frame,
        long_tailed=described.features.long_tailed,
        apart=plan.apart,
        projection=plan.projection,
        sample=plan.effort.sample,
        further=further,
    )


def identify_study(order_digest: str, features: FeatureTable) -> str:
    """A digest of all that decides what trials come to: the choices, the customers and the code."""
    whole = hashlib.sha256(f"{order_digest} {compute_code_digest()}".encode())
    whole.update(repr([features.columns, features.frame.index.tolist()]).encode())
    whole.update(np.ascontiguousarray(features.frame.to_numpy()).tobytes())
    return whole.hexdigest()


@contextmanager
def _allow_interruption(then: str) -> Iterator["Interruption"]:
    """While the block lasts, Ctrl-C ends the block's work and not the run; a second one ends the run."""
    interruption = Interruption(then)
    before = signal.signal(signal.SIGINT, interruption.interrupt)
    try:
        yield interruption
    finally:
        signal.signal(signal.SIGINT, before)


class Interruption:
    """Remembers that somebody pressed Ctrl-C."""

    def __init__(self, then: str) -> None:
        self.then = then
        self.told: str | None = None

    def __call__(self) -> str | None:
        """Why to stop, if there is a reason."""
        return self.told

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        """The handler of the signal."""
        if self.told is not None:
            raise KeyboardInterrupt
        self.told = "it was interrupted from the keyboard"
        logger.info("Ctrl-C: %s. Again ends the run.", self.then)
