"""From the front of a study to one of its members: by the rule, and only if a run could stand by it."""

import logging
from collections.abc import Callable

from segmentlab.command.study_items import Chosen, nothing_feasible
from segmentlab.described import Described
from segmentlab.errors import ConfigError
from segmentlab.pipeline import long_tailed
from segmentlab.result import Plan
from segmentlab.tuning.candidate import MOST, errors_of, proposed
from segmentlab.tuning.choice import preferred
from segmentlab.tuning.order import Order
from segmentlab.tuning.study import Standing

logger = logging.getLogger("segmentlab.tuning")


def choose(
    order: Order, plan: Plan, described: Described, standing: Standing, stopped: Callable[[], str | None]
) -> Chosen:
    """The first by the rule that no check calls an error; the first of all where those judged have errors."""
    candidates = preferred(standing.front, order.objectives, order.choice)
    if not candidates:
        raise ConfigError(nothing_feasible(standing, order))
    judged = candidates[:MOST]
    notes: list[str] = []
    for number, trial in enumerate(judged, 1):
        if stopped():
            notes.append(f"Trial {trial.number} was not judged: {stopped()}.")
            return Chosen(trial, tuple(notes))
        logger.info("%d of %d, trial %d", number, len(judged), trial.number)
        candidate = proposed(plan, trial.proposal, order)
        wrong = errors_of(candidate, described, long_tailed(described.features), order.bootstraps)
        if not wrong:
            return Chosen(trial, tuple(notes))
        notes.append(f"Trial {trial.number} was passed over: {'; '.join(wrong)}.")
    first = candidates[0]
    which = "No member of the front" if len(judged) == len(candidates) else f"None of the first {len(judged)}"
    notes.append(f"{which} passes all checks, so trial {first.number} was chosen by the rule.")
    return Chosen(first, tuple(notes))
