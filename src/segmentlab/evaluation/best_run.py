"""What runs are ranked by, and which to take: of all that can't be told from the best, the simplest.

Everything rests on what runs have logged of themselves. A run that is neither the best nor as good as it
changes nothing, so the answer does not depend on what else is stored.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from segmentlab.evaluation.cutoffs import LEAST_DRAWS, read_day_scores, read_draws, weigh_days
from segmentlab.evaluation.draws import NORMAL
from segmentlab.evaluation.logged_run import LoggedRun
from segmentlab.evaluation.measure import Measure

CERTAINTY_MEASURES: Final = ("gaps/share", "stability/jaccard_min")
CERTAINTY_WEIGHT: Final = 0.05  # of R2, each
BEYOND_GRID: Final = "usefulness/beyond_best_grid"
BASE_STAGES: Final = {"projection": "none", "outliers": "none", "one_time": "together"}


@dataclass(frozen=True)
class Judged:
    """What a run is judged by across scoring spaces, and how it does."""

    measure: Measure
    turn: int
    cutoffs: int  # days on which it was judged
    days: int  # after each of them
    score: float  # more is better: the measure itself, and a little for what is certain of the segments
    words: str

    @property
    def group(self) -> tuple[int, int, int]:
        """Runs of one group are compared with each other; the smaller comes first."""
        return self.turn, -self.cutoffs, -self.days


def find_judged(run: LoggedRun, across: Sequence[Measure]) -> Judged | None:
    """By the first of these measures that the run has; None where it has none."""
    measure = next((one for one in across if one.name in run.metrics), None)
    if measure is None or measure.rank is None:
        return None
    days = _read_count(run.params.get("evaluate.holdout_days", "0"))
    cutoffs = int(run.metrics.get("usefulness/cutoffs", 0)) if "cutoffs" in measure.rank.alike else 0
    days = days if "holdout_days" in measure.rank.alike else 0
    over = f" after each of {cutoffs} days" if cutoffs > 1 else ""
    over = f", {days} days{over}" if days else over
    score = round(measure.sign * run.metrics[measure.name] + _count_certainty(run), 9)
    return Judged(measure, measure.rank.turn, cutoffs, days, score, f"{measure.heading}{over}")


def _count_certainty(run: LoggedRun) -> float:
    """What decides between runs that foresee about as much: gaps between segments, and that they come again.

    It is small beside what forecasts differ by, and 0 for whatever was not measured.
    """
    return CERTAINTY_WEIGHT * sum(run.metrics.get(name, 0.0) for name in CERTAINTY_MEASURES)


def order_judged(judged: Judged | None) -> tuple[float, ...]:
    """Numbers to sort by, the smaller the better."""
    if judged is None:
        return (math.inf,) * 4
    return (*map(float, judged.group), -judged.score)


@dataclass(frozen=True)
class Recommendation:
    """The run to take, those that are as good as the best, and why it is this one."""

    run_id: str
    equals: Sequence[str]
    reason: str


def recommend_run(runs: Sequence[LoggedRun], across: Sequence[Measure]) -> Recommendation | None:
    """The simplest of the runs that can't be told from the best one; None without a run that is judged.

    Runs with an error of a check take no part while there is one without, and neither do those of which it
    is certain that a plain RFM grid does better. Of equally simple runs, the more stable one.
    """
    judged = [(run, found) for run in runs if (found := find_judged(run, across)) is not None]
    sound = [pair for pair in judged if not pair[0].errors]
    useful = [pair for pair in sound if not _falls_short_of_grid(pair[0])]
    candidates = useful or sound or judged
    if not candidates:
        return None
    best, its = min(candidates, key=lambda pair: (order_judged(pair[1]), rank_simplicity(pair[0])))
    alike = [run for run, found in candidates if found.group == its.group and not is_worse(run, best, its)]
    chosen = min(alike, key=rank_simplicity)
    told = _write_reason(chosen, best, its, len(alike), sound=bool(sound), useful=bool(useful))
    return Recommendation(chosen.run_id, [run.run_id for run in alike], told)


def is_worse(run: LoggedRun, best: LoggedRun, judged: Judged) -> bool:
    """Whether a run is worse than the best by more than other customers or other days would make of it.

    In pairs where both have kept their draws; else by intervals, which differ only where they do not overlap.
    """
    measure = judged.measure
    behind = measure.sign * (best.metrics[measure.name] - run.metrics[measure.name])
    error = _find_paired_error(run, best) if judged.cutoffs else None
    if error is not None:
        return behind > NORMAL * error
    return (
        measure.sign * measure.find_reach(run.metrics)[1] < measure.sign * measure.find_reach(best.metrics)[0]
    )


def _find_paired_error(run: LoggedRun, best: LoggedRun) -> float | None:
    """The standard error of the difference: over resampled customers, or over days where that is greater."""
    first, second = read_draws(run.tags), read_draws(best.tags)
    if (count := min(len(first), len(second))) < LEAST_DRAWS:
        return None
    among_customers = float((first[:count] - second[:count]).std(ddof=1))
    own, other = read_day_scores(run.tags), read_day_scores(best.tags)
    if len(own) != len(other) or len(own) < 2:
        return among_customers
    weights = weigh_days(len(own))
    return max(among_customers, float((own - other).std(ddof=1) * np.sqrt(weights @ weights)))


def rank_simplicity(run: LoggedRun) -> tuple[object, ...]:
    """To sort runs by, the simplest first: segments, feature sets, steps; then the more certain."""
    steps = sum(run.params.get(group, plain) != plain for group, plain in BASE_STAGES.items())
    segments = run.metrics.get("segments/count", math.inf)
    features = run.params.get("features", "").count(",")
    return segments, features, steps, -_count_certainty(run), run.run_id


def _falls_short_of_grid(run: LoggedRun) -> bool:
    return run.metrics.get(f"{BEYOND_GRID}_high", 0.0) < 0


def _write_reason(
    chosen: LoggedRun, best: LoggedRun, judged: Judged, equals: int, *, sound: bool, useful: bool
) -> str:
    """One sentence."""
    name = judged.measure.name
    what = f"{judged.words}: {chosen.metrics[name]:.3f}"
    if equals == 1:
        told = f"it is best by {what}, and no other run is as good within what chance makes of it"
    elif chosen.run_id == best.run_id:
        told = f"it is best by {what}, and of {equals} that can't be told apart none is simpler"
    else:
        told = (
            f"of {equals} runs that can't be told from the best by {what} against {best.metrics[name]:.3f}, "
            "it is the simplest"
        )
    if not sound:
        told += "; every run has an error of a check, so look at the checks first"
    elif not useful:
        told += "; a plain RFM grid foresees later spend better than any of these runs"
    return f"{told}."


def _read_count(text: str) -> int:
    return int(text) if text.isdigit() else 0
