"""A study's trials weighed against each other and against the untuned model, by several kinds of evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pandas as pd

from segmentlab.evaluation import EVIDENCE, Candidate, Choice, choose_by_evidence
from segmentlab.lab.tuning.laboratory import Laboratory
from segmentlab.lab.tuning.order import StudyOrder
from segmentlab.lab.tuning.space import Proposal
from segmentlab.lab.tuning.trials import Trial
from segmentlab.modelling import Clusterer

UNTUNED: Final = -1  # the number of the trial that stands for the model as it was typed


@dataclass(frozen=True)
class WeighedTrials:
    """The trials with different segments, and what the evidence says of them."""

    trials: tuple[Trial, ...]
    default: int | None  # the place of the one with the untuned model's segments; none where it finds none
    choice: Choice

    @property
    def ranked(self) -> list[Trial]:
        """The chosen one first, then by their votes."""
        return [self.trials[place] for place in self.choice.order]

    def tabulate(self) -> pd.DataFrame:
        """A row for each kind of evidence: the trial that it would have chosen."""
        places = {"chosen": self.choice.place}
        if self.default is not None:
            places["untuned"] = self.default
        rows = [
            {
                "evidence": pick.evidence,
                "looks_for": EVIDENCE[pick.evidence],
                "segments": pick.segments,
                "trial": name_trial(self.trials[pick.candidate]),
                "likeness": pick.likeness[pick.candidate],
                **{f"likeness_{name}": pick.likeness[place] for name, place in places.items()},
            }
            for pick in self.choice.picks
        ]
        return pd.DataFrame(rows)


def name_trial(trial: Trial) -> str:
    """Its number, or that it is the model as it was typed."""
    return "untuned" if trial.number == UNTUNED else str(trial.number)


def score_untuned(laboratory: Laboratory, order: StudyOrder) -> Trial | None:
    """The model as it was typed, as a trial; none where it finds fewer than two segments."""
    outcome = laboratory.score(order.untuned)
    if any(name not in outcome.metrics for name in order.objectives):
        return None
    return Trial(
        number=UNTUNED, state="scored", proposal=order.untuned, tried={}, metrics=dict(outcome.metrics)
    )


def weigh_trials(
    laboratory: Laboratory, trials: Sequence[Trial], untuned: Trial | None, order: StudyOrder
) -> WeighedTrials:
    """Feasible trials beside the untuned model, which stays unless another is clearly better."""
    places: dict[bytes, int] = {}
    different: list[Trial] = []
    partitions: list[Candidate] = []
    for trial in (*trials, *([] if untuned is None else [untuned])):
        labels = laboratory.find_labels(trial.proposal)
        place = places.setdefault(labels.tobytes(), len(different))
        if place == len(different):
            different.append(trial)
            partitions.append(Candidate(labels, _name_family(order, trial.proposal)))
    default = None if untuned is None else place  # it was the last
    choice = choose_by_evidence(laboratory.scoring_points, partitions, default, order.seed)
    return WeighedTrials(tuple(different), default, choice)


def _name_family(order: StudyOrder, proposal: Proposal) -> str:
    """Models that find alike segments for alike reasons: each linkage is a family of its own."""
    model: Clusterer = order.models[proposal.model]
    linkage = proposal.parameters.get("linkage", model.get_params().get("linkage", ""))
    return f"{type(model).__name__} {linkage}".strip()
