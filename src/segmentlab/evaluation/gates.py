"""The gates before promotion: what a run must have shown, told from what it logged."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Final, NamedTuple


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


CONDITIONS: Final = (
    _Condition("size", ("SEG001", "SEG010"), "segments/smallest_share"),
    _Condition("coverage", ("SEG002",), "separation/coverage"),
    _Condition("stability", ("SEG003",), "stability/jaccard_min"),
    _Condition("null", ("SEG004",), "reference/p_*"),
    _Condition("features", ("SEG007",), "segments/count"),
    _Condition("scoring", ("SEG009",), "assignment/self_agreement"),
)
# What two runs are held against each other by: the first that both have.
MEASURES: Final = ("usefulness/spend_r2", "separation/silhouette")
CHECKS_TAG: Final = "checks"


def gates(
    metrics: Mapping[str, float], tags: Mapping[str, str], champion: Mapping[str, float] | None = None
) -> list[Gate]:
    """Every gate, in order; the last only where there is a champion.

    `champion` holds what the champion reached on the same data, and of it only what may be compared: see
    `comparing.likeness.comparable`. What was not measured does not pass: nobody knows.
    """
    fired = set(tags[CHECKS_TAG].split(",")) if CHECKS_TAG in tags else None
    found = [_gate(condition, metrics, fired) for condition in CONDITIONS]
    return found if champion is None else [*found, _against_champion(metrics, champion)]


def _gate(condition: _Condition, metrics: Mapping[str, float], fired: set[str] | None) -> Gate:
    measured = {name: value for name, value in metrics.items() if fnmatch(name, condition.measured)}
    if fired is None or not measured:
        missing = "checks" if fired is None else condition.measured
        return Gate(condition.gate, passed=False, reason=f"The run has no {missing}: use evaluate=standard.")
    shut = sorted(fired.intersection(condition.codes))
    told = ", ".join(f"{name} {value:.3g}" for name, value in measured.items())
    return Gate(condition.gate, not shut, f"{' and '.join(shut)} fired ({told})." if shut else f"{told}.")


def _against_champion(metrics: Mapping[str, float], champion: Mapping[str, float]) -> Gate:
    """Not worse: the best that the run's interval allows reaches the least that the champion's does."""
    measure = next((name for name in MEASURES if name in metrics and name in champion), None)
    if measure is None:
        reason = "No measure compares both: run the challenger on the champion's data with evaluate=standard."
        return Gate("champion", passed=False, reason=reason)
    best, least = _bound(metrics, measure, "high"), _bound(champion, measure, "low")
    told = f"{measure} {metrics[measure]:.3f} (up to {best:.3f}), champion {champion[measure]:.3f}"
    return Gate("champion", best >= least, f"{told} (down to {least:.3f}).")


def _bound(metrics: Mapping[str, float], measure: str, bound: str) -> float:
    """The end of the interval, or the value itself where no interval is known."""
    value = metrics.get(f"{measure}_{bound}", math.nan)
    return metrics[measure] if math.isnan(value) else value
