"""A study that several processes work on, that any of them may die in, and that can be taken up again."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import inf
from typing import Final, Self

import optuna
from optuna.trial import FrozenTrial, TrialState

from segmentlab.errors import ConfigError
from segmentlab.lab.tracking import Process
from segmentlab.lab.tuning.order import StudyOrder, find_direction
from segmentlab.lab.tuning.sampling import CLAIM_KEY, LIVING_STATES, SLOT_KEY, SeededSampler, suggest_proposal
from segmentlab.lab.tuning.space import Proposal, TrialOutcome
from segmentlab.lab.tuning.storage import close_storage, explain_storage_errors, open_storage
from segmentlab.lab.tuning.trials import Trial, TrialStatus, count_since_better, find_front

STUDY_DIGEST_KEY: Final = "segmentlab.digest"
OUTCOME_KEY: Final = "segmentlab.outcome"
WORKER_KEY: Final = "segmentlab.worker:"  # then the process, under the study: who has ever joined
TRIAL_STATES: Final[dict[TrialState, TrialStatus]] = {
    TrialState.COMPLETE: "scored",
    TrialState.PRUNED: "unscored",
    TrialState.FAIL: "failed",
}
LAID_OUT_KEY: Final = "fixed_params"  # Optuna's own: what enqueue_trial was given
NAMELESS = 60.0  # seconds after which a trial without an owner is nobody's: it gets one in milliseconds
ELSEWHERE = 3600.0  # seconds after which a trial of another machine is given up: only that machine can tell
PAUSE = 0.05  # seconds between looks at the last trials of others

ScoreFunction = Callable[[Proposal], TrialOutcome]


@dataclass(frozen=True)
class StudyStanding:
    """How far a study has come."""

    trials: tuple[Trial, ...]
    objectives: tuple[str, ...]

    @cached_property
    def front(self) -> list[Trial]:
        """The best so far."""
        return find_front(self.trials, self.objectives)

    @property
    def finished(self) -> int:
        """How many trials count towards the total."""
        return sum(trial.finished for trial in self.trials)

    @property
    def feasible(self) -> int:
        """How many of them may be chosen."""
        return sum(trial.feasible for trial in self.trials)


class Study:
    """One study in its storage, joined by this process.

    No slot is claimed and no lock is held between processes. Whoever begins a trial counts the living
    trials with lower numbers afterwards and lets go of its own if those make up the total already. Of
    any two processes the one with the higher number sees the other, so the total is never exceeded.
    """

    def __init__(self, name: str, order: StudyOrder) -> None:
        self.name = name
        self.order = order
        self.total = order.budget.trials
        points = order.space.count_points() if order.space.finite or order.sampler == "grid" else inf
        self.whole = points <= self.total  # nothing is left to a sampler's luck where all can be tried
        self.total = int(points) if self.whole else self.total
        self._sampler = SeededSampler("grid" if self.whole else order.sampler, order.seed, order.space)
        self._me = Process.current()
        self._known: dict[int, Trial] = {}  # what has ended does not change
        self._storage = open_storage(order.storage, name)
        with explain_storage_errors("The study can't be opened"):
            self._study = optuna.create_study(
                storage=self._storage,
                study_name=name,
                sampler=self._sampler,
                directions=[find_direction(objective) for objective in order.objectives],
                load_if_exists=True,
            )
            self._check_digest()
            key = f"{WORKER_KEY}{self._me.host}:{self._me.pid}:{self._me.started:.2f}"
            self._study.set_user_attr(key, self._me.tags())
            self._fail_dead()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        close_storage(self._storage)

    def work(
        self, score: ScoreFunction, stopped: Callable[[], str | None], look: Callable[[StudyStanding], None]
    ) -> str:
        """Try one proposal after another until something ends the study; says what it was."""
        seconds = self.order.budget.seconds
        deadline = inf if seconds is None else time.monotonic() + seconds
        while True:
            standing = self.read_standing()
            look(standing)
            ended = stopped() or self._find_end(standing, deadline)
            if ended:
                return ended
            trial = self._begin_trial()
            if trial is None:  # others have the last ones
                time.sleep(PAUSE)
                continue
            with explain_storage_errors("The study's storage did not take a trial"):
                proposal = self.order.space.proposal(suggest_proposal(self.order.space, trial))
                if self._let_go_of_repeat(trial):
                    continue
            outcome = score(proposal)
            with explain_storage_errors("The study's storage did not take a result"):
                self._tell(trial, outcome)

    def _let_go_of_repeat(self, trial: optuna.Trial) -> bool:
        """A setting is tried once: in the place of a repeated one comes one that nobody has tried."""
        states = (*LIVING_STATES, TrialState.WAITING)  # what is laid out for whoever comes next waits
        others = [
            one for one in self._study.get_trials(deepcopy=False, states=states) if one.number != trial.number
        ]
        tried = [one.params or one.system_attrs.get(LAID_OUT_KEY, {}) for one in others]
        untried = self._sampler.find_untried(tried) if trial.params in tried else None
        if untried is None:
            return False
        trial.set_user_attr(OUTCOME_KEY, {"reason": "the same was tried before"})
        self._study.tell(trial, state=TrialState.FAIL)
        self._study.enqueue_trial(untried)
        return True

    def read_standing(self) -> StudyStanding:
        """All trials as they are now."""
        with explain_storage_errors("The study can't be read"):
            stored = self._study.get_trials(deepcopy=False)
        trials = (self._known.get(one.number) or self._read_trial(one) for one in stored)
        return StudyStanding(tuple(trials), self.order.objectives)

    def _find_end(self, standing: StudyStanding, deadline: float) -> str | None:
        patience = self.order.budget.patience
        if standing.finished >= self.total:
            return f"all {self.total} trials are done"
        if time.monotonic() >= deadline:
            return f"its {self.order.budget.seconds:g} seconds are over"
        if patience and count_since_better(standing.trials, self.order.objectives) >= patience:
            return f"the front has not improved for {patience} trials"
        return None

    def _begin_trial(self) -> optuna.Trial | None:
        """A trial of our own; nothing where others are at work on all that are left."""
        with explain_storage_errors("The study's storage did not take a new trial"):
            if self._count_living() >= self.total:
                self._fail_dead()
            if self._count_living() >= self.total:
                return None
            trial = self._study.ask()
            trial.set_user_attr(CLAIM_KEY, {SLOT_KEY: self._sampler.slot, **self._me.tags()})
            if self._count_living(below=trial.number) >= self.total:
                self._study.tell(trial, state=TrialState.FAIL)
                return None
        return trial

    def _count_living(self, below: int | None = None) -> int:
        trials = self._study.get_trials(deepcopy=False, states=LIVING_STATES)
        return sum(below is None or one.number < below for one in trials)

    def _tell(self, trial: optuna.Trial, outcome: TrialOutcome) -> None:
        """Keep what a trial came to.

        A trial that lacks an objective is PRUNED: Optuna has no other state that is finished, has no
        value and is learnt from. The constraint says that it is infeasible.
        """
        limits, metrics = self.order.limits, dict(outcome.metrics)
        lacking = [name for name in self.order.objectives if name not in metrics]
        reasons = [outcome.trouble] if lacking and outcome.trouble else []
        if lacking and not reasons:
            reasons = [f"{', '.join(lacking)} could not be computed"]
        reason = "; ".join([*reasons, *limits.name_broken(metrics)]) or None
        try:
            trial.set_user_attr(OUTCOME_KEY, {"metrics": metrics, "reason": reason})
            for name, by in limits.measure_violations(metrics).items():
                trial.set_constraint(name, by)
            if lacking:
                trial.set_constraint("scored", 1.0)
                self._study.tell(trial, state=TrialState.PRUNED)
            else:
                self._study.tell(trial, [metrics[name] for name in self.order.objectives])
        except (optuna.exceptions.UpdateFinishedTrialError, ValueError):
            if self._study.get_trials(deepcopy=False)[trial.number].state != TrialState.FAIL:
                raise
            # Somebody took us for dead, and has tried it again.

    def _fail_dead(self) -> None:
        """Fail the trials of processes that are gone, so that others take their places."""
        running = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in running:
            if self._is_dead(trial):
                try:
                    self._study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)
                except (optuna.exceptions.UpdateFinishedTrialError, ValueError):
                    continue  # another process has said so in this moment

    def _is_dead(self, trial: FrozenTrial) -> bool:
        begun = trial.datetime_start or datetime.now()  # Optuna's times have no zone
        age = (datetime.now() - begun).total_seconds()
        if CLAIM_KEY not in trial.user_attrs:
            return age > NAMELESS or all(self._is_gone(other) for other in self._list_others())
        owner = Process.from_tags(trial.user_attrs[CLAIM_KEY])
        return self._is_gone(owner) or (owner.host != self._me.host and age > ELSEWHERE)

    def _is_gone(self, process: Process) -> bool:
        return process.host == self._me.host and process.is_gone()

    def _list_others(self) -> Iterator[Process]:
        """Everybody else who has ever joined."""
        for key, tags in self._study.user_attrs.items():
            process = Process.from_tags(tags) if key.startswith(WORKER_KEY) else self._me
            if (process.host, process.pid) != (self._me.host, self._me.pid):
                yield process

    def _check_digest(self) -> None:
        found = self._study.user_attrs.get(STUDY_DIGEST_KEY)
        if found is None:
            self._study.set_user_attr(STUDY_DIGEST_KEY, self.order.digest)
        elif found != self.order.digest:
            raise ConfigError(
                f"tune.study={self.name} is in the storage with other choices, other data or other code, so "
                "its trials can't be compared with new ones. Choose another name, or leave it out: then "
                "the name is made of the choices."
            )

    def _read_trial(self, found: FrozenTrial) -> Trial:
        outcome = found.user_attrs.get(OUTCOME_KEY, {})
        state = TRIAL_STATES.get(found.state, "running")
        dead = "its process died" if state == "failed" else None
        trial = Trial(
            number=found.number,
            state=state,
            proposal=self.order.space.proposal(found.params),
            tried=found.params,
            metrics=outcome.get("metrics", {}),
            reason=outcome.get("reason", dead),
            begun=_count_milliseconds(found.datetime_start),
            ended=_count_milliseconds(found.datetime_complete),
        )
        if state != "running":
            self._known[found.number] = trial
        return trial


def find_nearest_trials(trials: Sequence[Trial], order: StudyOrder, most: int = 5) -> list[Trial]:
    """Different infeasible trials by how much they lack; those without a score come last."""
    infeasible = {str(trial.tried): trial for trial in trials if trial.finished and not trial.feasible}

    def lacks(trial: Trial) -> tuple[bool, float]:
        by = order.limits.measure_violations(trial.metrics).values()
        return trial.state != "scored", sum(value for value in by if value > 0)

    return sorted(infeasible.values(), key=lacks)[:most]


def _count_milliseconds(moment: datetime | None) -> int:
    return 0 if moment is None else int(moment.timestamp() * 1000)
