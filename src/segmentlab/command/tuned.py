"""A study inside a run: proposals are tried until it is over, and the plan gets what was best."""

import hashlib
import logging
import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Final, NamedTuple

import numpy as np
from hydra.core.hydra_config import HydraConfig

from segmentlab.cache.code import code_digest
from segmentlab.command.provenance import overrides
from segmentlab.command.study_choice import choose
from segmentlab.command.study_commands import without_study
from segmentlab.command.study_items import (
    children,
    chosen_lines,
    progress_line,
    study_items,
    study_table,
)
from segmentlab.described import Described
from segmentlab.errors import ConfigError
from segmentlab.evaluation.refit import Flow
from segmentlab.features.table import FeatureTable
from segmentlab.pipeline import long_tailed
from segmentlab.report.picture import Picture
from segmentlab.result import Plan
from segmentlab.steps import Steps
from segmentlab.study_pictures import study_pictures
from segmentlab.tracking.tracker import RunLog
from segmentlab.tuning.candidate import proposed
from segmentlab.tuning.further import Further, check_stability, past_for
from segmentlab.tuning.importance import importances
from segmentlab.tuning.order import Order
from segmentlab.tuning.space import MODEL
from segmentlab.tuning.study import Standing, Study
from segmentlab.tuning.trials import Trial
from segmentlab.tuning.workers import Task, assisted

SHOWN_EVERY: Final = 2.0  # seconds
KEPT_EVERY: Final = 30.0  # seconds; between them, and at the end, trials are written in one go

logger = logging.getLogger("segmentlab.tuning")


class Tuned(NamedTuple):
    """What a study hands to its run."""

    plan: Plan  # with what was chosen
    typed: Sequence[str]  # what would have led to it without the study
    pictures: Sequence[Picture]
    told: Sequence[str]


def tuned(order: Order, plan: Plan, described: Described, log: RunLog, steps: Steps) -> Tuned:
    """Work on the study, choose from its front, and log both."""
    order = replace(order, digest=identified(order.digest, described.features))
    task = _task(order, plan, described)
    with steps("tune"), Study(task.study, order) as study:
        watch = Watch(study, log)
        with _interruptible("choosing from what there is after this trial") as stopped, assisted(task):
            ended = study.work(task.laboratory().score, stopped, watch)
        standing = study.standing()
    try:
        with steps("choose"), _interruptible("taking the next by the rule, unjudged, after this") as stopped:
            chosen = choose(order, plan, described, standing, stopped)
    except ConfigError:
        log.log(study_items(study, standing, None, ended))
        raise
    shares = importances(standing.trials, order.space, order.objectives)
    if isinstance(shares, str):
        chosen = replace(chosen, notes=(*chosen.notes, shares))
    log.log(study_items(study, standing, chosen, ended))
    table = study_table(standing, chosen)
    return Tuned(
        plan=proposed(plan, chosen.trial.proposal, order),
        typed=typed_for(chosen.trial),
        pictures=list(study_pictures(table, None if isinstance(shares, str) else shares)),
        told=chosen_lines(study, standing, chosen, ended, typed_for),
    )


def typed_for(trial: Trial) -> Sequence[str]:
    """What this command would have been, had it been typed for the trial alone."""
    return without_study(overrides(), HydraConfig.get().runtime.choices[MODEL], trial.proposal)


class Watch:
    """Tells how far the study has come, and keeps what it has found, now and then."""

    def __init__(self, study: Study, log: RunLog) -> None:
        self.study = study
        self.log = log
        self.shown = self.kept = time.monotonic()

    def __call__(self, standing: Standing) -> None:
        """Look at the clock first: a trial may take less than a line about it."""
        now = time.monotonic()
        if now - self.shown >= SHOWN_EVERY:
            self.shown = now
            logger.info(progress_line(standing, self.study.total))
        if now - self.kept >= KEPT_EVERY and self.study.order.log_trials == "all":
            self.kept = now
            self.log.log([children(self.study, standing.trials)])


def _task(order: Order, plan: Plan, described: Described) -> Task:
    name = order.study or f"{'-'.join(order.space.models)}-{order.digest[:12]}"
    objectives = order.objectives
    effort = replace(plan.effort, bootstraps=order.bootstraps, splits=order.splits)
    flows = {model: Flow(plan.projection, order.models[model]) for model in order.models}
    check_stability(objectives, flows, len(described.features.frame), effort)
    further = Further(
        objectives=objectives,
        effort=effort,
        past=past_for(objectives, described.past),
        long_tailed=long_tailed(described.features),
        seed=plan.seed,
    )
    return Task(
        study=name,
        order=order,
        features=described.features.frame,
        long_tailed=long_tailed(described.features),
        apart=plan.apart,
        projection=plan.projection,
        sample=plan.effort.sample,
        further=further,
    )


def identified(order_digest: str, features: FeatureTable) -> str:
    """A digest of all that decides what trials come to: the choices, the customers and the code."""
    whole = hashlib.sha256(f"{order_digest} {code_digest()}".encode())
    whole.update(repr([features.columns, features.frame.index.tolist()]).encode())
    whole.update(np.ascontiguousarray(features.frame.to_numpy()).tobytes())
    return whole.hexdigest()


@contextmanager
def _interruptible(then: str) -> Iterator["Interruption"]:
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
