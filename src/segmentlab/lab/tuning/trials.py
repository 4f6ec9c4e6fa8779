"""Trials as plain records: what was tried, what it came to, and whether it counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
import pandas as pd

from segmentlab.evaluation import find_measure
from segmentlab.lab.tuning.space import Proposal

TrialStatus = Literal["scored", "unscored", "failed", "running"]
FINISHED_STATES: Final = ("scored", "unscored")


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial.

    `scored` has a value for every objective, `unscored` lacks one, `failed` is without an outcome because
    its process died, and another trial has taken its place.
    """

    number: int
    state: TrialStatus
    proposal: Proposal
    tried: Mapping[str, object]  # the proposal, flat
    metrics: Mapping[str, float] = field(default_factory=dict)
    reason: str | None = None  # why it does not count
    begun: int = 0  # milliseconds since 1970
    ended: int = 0

    @property
    def finished(self) -> bool:
        """Whether it is one of the number that was asked for."""
        return self.state in FINISHED_STATES

    @property
    def feasible(self) -> bool:
        """Whether it may be chosen."""
        return self.state == "scored" and self.reason is None


def compute_gains(trial: Trial, objectives: Sequence[str]) -> tuple[float, ...]:
    """The values of the objectives, turned so that more is better."""
    return tuple(find_measure(name).sign * trial.metrics[name] for name in objectives)


def find_front(trials: Sequence[Trial], objectives: Sequence[str]) -> list[Trial]:
    """Feasible trials that no other beats in every objective; of equal ones the first."""
    found: list[Trial] = []
    for trial in trials:
        if trial.feasible:
            found = _join_front(found, trial, objectives)
    return found


def count_since_better(trials: Sequence[Trial], objectives: Sequence[str]) -> int:
    """How many finished trials the front has stood unchanged."""
    found: list[Trial] = []
    waited = 0
    for trial in trials:
        if not trial.finished:
            continue
        after = _join_front(found, trial, objectives) if trial.feasible else found
        waited = 0 if trial in after else waited + 1
        found = after
    return waited


def make_trials_table(
    trials: Sequence[Trial], on_front: Sequence[Trial], chosen: Trial | None
) -> pd.DataFrame:
    """A row per trial, with a column for each parameter and each metric."""
    members = {trial.number for trial in on_front}
    rows = [
        {
            "number": trial.number,
            "state": trial.state,
            "feasible": trial.feasible,
            "reason": trial.reason or "",
            "seconds": max(trial.ended - trial.begun, 0) / 1000,
            "on_front": trial.number in members,
            "chosen": chosen is not None and trial.number == chosen.number,
            "model": trial.proposal.model,
            **{name: value for name, value in trial.tried.items() if name != "model"},
            **trial.metrics,
        }
        for trial in trials
        if trial.state != "running"
    ]
    return pd.DataFrame(rows)


def _join_front(found: Sequence[Trial], trial: Trial, objectives: Sequence[str]) -> list[Trial]:
    """The front with one more trial, if that belongs there."""
    own = np.asarray(compute_gains(trial, objectives))
    others = {other.number: np.asarray(compute_gains(other, objectives)) for other in found}
    if any((gain >= own).all() for gain in others.values()):
        return list(found)
    return [*(other for other in found if not (own >= others[other.number]).all()), trial]
