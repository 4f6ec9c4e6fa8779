"""What a study says and leaves behind: its progress, its trials, what was chosen and why."""

import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from segmentlab.evaluation import find_measure
from segmentlab.flow import Child, Children, Item, Param, Table, Tag
from segmentlab.lab.config import write_start
from segmentlab.lab.tuning import (
    Study,
    StudyOrder,
    StudyStanding,
    Trial,
    WeighedTrials,
    find_nearest_trials,
    make_trials_table,
    name_trial,
    rank_front,
    rank_trials,
)
from segmentlab.report import StudyTable, format_parameter

TRIAL_KIND: Final = "trial"
SHOWN_ALTERNATIVES: Final = 3  # of the front that are told beside the chosen one


@dataclass(frozen=True)
class ChosenTrial:
    """The trial that becomes the run's model, and what there is to say about it."""

    trial: Trial
    notes: tuple[str, ...]
    weighed: WeighedTrials | None = None  # where evidence chose


def describe_study_progress(standing: StudyStanding, total: int) -> str:
    """How far the study has come, in one line."""
    line = (
        f"{standing.finished} of {total} trials, {standing.feasible} feasible, front of {len(standing.front)}"
    )
    if not standing.front:
        return line
    first = standing.objectives[0]
    best = rank_front(standing.front, standing.objectives, "first")[0]
    return f"{line}, best {first} {best.metrics[first]:.4f}"


def explain_nothing_feasible(standing: StudyStanding, order: StudyOrder) -> str:
    """What to tell when there is nothing to choose from."""
    lines = [
        f"No trial of {standing.finished} is feasible, so there is nothing to choose. The nearest:",
        *(
            f"  {_describe_trial(trial)}: {trial.reason}"
            for trial in find_nearest_trials(standing.trials, order)
        ),
        "Widen tune.space, or loosen tune.least_coverage, tune.least_share or tune.segments.",
    ]
    return "\n".join(lines)


def describe_chosen_trial(
    study: Study,
    standing: StudyStanding,
    chosen: ChosenTrial,
    ended: str,
    typed_for: Callable[[Trial], Sequence[str]],
) -> list[str]:
    """What to tell of a study whose run has ended: how it went, what was chosen, and what else there is."""
    by_rule = rank_trials(standing, study.order.choice) if chosen.weighed is None else chosen.weighed.ranked
    others = [trial for trial in by_rule if trial.number != chosen.trial.number][:SHOWN_ALTERNATIVES]
    return [
        f"The study {study.name} has ended: {ended}. {standing.feasible} of {standing.finished} trials are "
        f"feasible, {len(standing.front)} on the front.",
        *([] if chosen.weighed is None else _tell_evidence(chosen.weighed)),
        *chosen.notes,
        f"By the rule '{study.order.choice}' the segments are those of "
        f"{_list_scores(chosen.trial, standing.objectives)}.",
        *(["Next by the rule, and what to type for their segments:"] if others else []),
        *(
            f"  {_list_scores(trial, standing.objectives)}\n"
            f"    {write_start('run')} {shlex.join(typed_for(trial))}"
            for trial in others
        ),
        "Every setting of its space was tried."
        if study.whole and standing.finished >= study.total
        else f"The same command with tune.trials={2 * standing.finished} goes on with this study.",
    ]


def _tell_evidence(weighed: WeighedTrials) -> Iterator[str]:
    """What each kind of evidence would have chosen, and whether the untuned model was left for it."""
    picks = weighed.tabulate()
    if len(picks):
        told = ", ".join(
            f"{row['evidence']} trial {row['trial']} ({row['likeness']:.2f} like what it picked)"
            for row in picks.to_dict("records")
        )
        yield f"Each kind of evidence would have chosen: {told}."
    if weighed.default is not None and weighed.choice.kept and weighed.choice.recovery:
        of_best, of_untuned = weighed.choice.recovery
        yield (
            "The trial that agrees best with the evidence is a variant of the untuned model and is found "
            f"again less well in halves of the customers ({of_best:.2f} against {of_untuned:.2f}), so that "
            "is first."
        )
    elif weighed.default is not None and weighed.choice.kept:
        yield (
            "No trial agrees with the evidence clearly better than the untuned model, so that is first "
            f"(agreement {weighed.choice.votes[weighed.default]:.2f}, the best trial "
            f"{weighed.choice.votes[weighed.choice.best]:.2f})."
        )


def make_study_table(standing: StudyStanding, chosen: ChosenTrial) -> StudyTable:
    """The study as its figures take it."""
    varied = dict.fromkeys(name for trial in standing.trials for name in trial.tried)
    return StudyTable(
        make_trials_table(standing.trials, standing.front, chosen.trial),
        [find_measure(name) for name in standing.objectives],
        list(varied),
    )


def make_study_items(
    study: Study, standing: StudyStanding, chosen: ChosenTrial | None, ended: str
) -> Iterator[Item]:
    """What the study leaves with its run."""
    kept: Sequence[Trial] = {"all": standing.trials, "front": standing.front}.get(study.order.log_trials, ())
    yield Tag("study.name", study.name)
    yield Tag("study.ended", ended)
    if kept:
        yield make_child_runs(study, kept)
    best = None if chosen is None else chosen.trial
    yield Table("tables/trials.csv", make_trials_table(standing.trials, standing.front, best))
    if chosen is not None and chosen.weighed is not None:
        yield Table("tables/choice.csv", chosen.weighed.tabulate().round(4))
    if chosen is not None:
        for name, value in _name_parameters(chosen.trial).items():
            yield Param(f"tuned.{name}", value)
        yield Tag("study.chosen", name_trial(chosen.trial))
        if chosen.notes:
            yield Tag("study.notes", "\n".join(chosen.notes))


def make_child_runs(study: Study, trials: Sequence[Trial]) -> Children:
    """The finished trials as runs below the run."""
    return Children(study.name, [_make_child_run(trial) for trial in trials if trial.finished])


def _make_child_run(trial: Trial) -> Child:
    reason = {} if trial.reason is None else {"reason": trial.reason}
    return Child(
        number=trial.number,
        params=_name_parameters(trial),
        metrics=trial.metrics,
        tags={"segmentlab.kind": TRIAL_KIND, "feasible": "yes" if trial.feasible else "no", **reason},
        begun=trial.begun,
        ended=trial.ended,
    )


def _name_parameters(trial: Trial) -> dict[str, str]:
    """Under the names of the configuration: those of different models line up."""
    proposal = trial.proposal
    found: dict[str, object] = {"model": proposal.model}
    found |= {f"model.{name}": value for name, value in proposal.parameters.items()}
    found |= {f"projection.{name}": value for name, value in proposal.projection.items()}
    if proposal.prepare is not None:
        found["prepare"] = proposal.prepare
    return {name: str(value) for name, value in found.items()}


def _list_scores(trial: Trial, objectives: Sequence[str]) -> str:
    values = ", ".join(f"{name.rpartition('/')[2]} {trial.metrics[name]:.3f}" for name in objectives)
    return f"{_describe_trial(trial)}: {values}"


def _describe_trial(trial: Trial) -> str:
    values = ", ".join(f"{name}={format_parameter(value)}" for name, value in trial.tried.items())
    return f"trial {name_trial(trial)}" + (f" ({values})" if values else "")
