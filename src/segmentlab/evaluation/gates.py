"""The gates before promotion: what a run must have shown, alone and beside the champion."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from segmentlab.evaluation.separation import measure_separation
from segmentlab.modelling import Labels, Scorer

# The gates before promotion: what a run must have shown, told from what it logged.


@dataclass(frozen=True)
class Gate:
    """One condition: its name, whether the run meets it, and the figures that say so."""

    name: str
    passed: bool
    reason: str


class _Condition(NamedTuple):
    gate: str
    codes: Sequence[str]  # checks that shut it
    measured: str  # the metrics that such a check looks at


GATE_CONDITIONS: Final = (
    _Condition("size", ("SEG001", "SEG010"), "segments/smallest_share"),
    _Condition("coverage", ("SEG002",), "separation/coverage"),
    _Condition("stability", ("SEG003",), "stability/jaccard_min"),
    _Condition("null", ("SEG004",), "reference/p_*"),
    _Condition("features", ("SEG007",), "segments/count"),
    _Condition("scoring", ("SEG009",), "assignment/self_agreement"),
)
# What two runs are held against each other by: the first that both have.
CHAMPION_MEASURES: Final = ("usefulness/spend_r2", "separation/silhouette")
CHECKS_TAG: Final = "checks"


def judge_gates(
    metrics: Mapping[str, float], tags: Mapping[str, str], champion: Mapping[str, float] | None = None
) -> list[Gate]:
    """Every gate, in order; the last only where there is a champion.

    `champion` holds what the champion reached on the same data, and of it only what may be compared: see
    `comparing.likeness.comparable`. What was not measured does not pass: nobody knows.
    """
    fired = set(tags[CHECKS_TAG].split(",")) if CHECKS_TAG in tags else None
    found = [_judge_gate(condition, metrics, fired) for condition in GATE_CONDITIONS]
    return found if champion is None else [*found, _make_champion_gate(metrics, champion)]


def _judge_gate(condition: _Condition, metrics: Mapping[str, float], fired: set[str] | None) -> Gate:
    measured = {name: value for name, value in metrics.items() if fnmatch(name, condition.measured)}
    if fired is None or not measured:
        missing = "checks" if fired is None else condition.measured
        return Gate(condition.gate, passed=False, reason=f"The run has no {missing}: use evaluate=standard.")
    shut = sorted(fired.intersection(condition.codes))
    told = ", ".join(f"{name} {value:.3g}" for name, value in measured.items())
    return Gate(condition.gate, not shut, f"{' and '.join(shut)} fired ({told})." if shut else f"{told}.")


def _make_champion_gate(metrics: Mapping[str, float], champion: Mapping[str, float]) -> Gate:
    """Not worse: the best that the run's interval allows reaches the least that the champion's does."""
    measure = next((name for name in CHAMPION_MEASURES if name in metrics and name in champion), None)
    if measure is None:
        reason = "No measure compares both: run the challenger on the champion's data with evaluate=standard."
        return Gate("champion", passed=False, reason=reason)
    best, least = _find_bound(metrics, measure, "high"), _find_bound(champion, measure, "low")
    told = f"{measure} {metrics[measure]:.3f} (up to {best:.3f}), champion {champion[measure]:.3f}"
    return Gate("champion", best >= least, f"{told} (down to {least:.3f}).")


def _find_bound(metrics: Mapping[str, float], measure: str, bound: str) -> float:
    """The end of the interval, or the value itself where no interval is known."""
    value = metrics.get(f"{measure}_{bound}", math.nan)
    return metrics[measure] if math.isnan(value) else value


COMPARISON_SAMPLE: Final = (
    10_000  # customers whose silhouettes are taken; the interval says what that leaves open
)
COMPARED_METRIC: Final = "separation/silhouette"


def compare_with_champion(
    champion: Scorer, features: pd.DataFrame, labels: Labels
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Silhouettes with their intervals, of the new segments and of the champion's, on these customers.

    Both are taken in the champion's scoring space. It is the one that its segments were found in, so the
    newcomer has to hold where the champion is at home. Nothing comes of it where the customers are not
    described by the champion's features.
    """
    if not set(champion.features) <= set(features.columns):
        return {}, {}
    prepared = champion.prepare(features)
    own = measure_separation(prepared, np.asarray(labels), COMPARISON_SAMPLE, seed=0).metrics
    theirs = measure_separation(prepared, champion.predict(features), COMPARISON_SAMPLE, seed=0).metrics
    return _select_compared(own), _select_compared(theirs)


def _select_compared(metrics: Mapping[str, float]) -> dict[str, float]:
    names = (COMPARED_METRIC, f"{COMPARED_METRIC}_low", f"{COMPARED_METRIC}_high")
    return {name: metrics[name] for name in names if name in metrics}
