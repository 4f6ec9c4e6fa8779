"""The gates before promotion: what a run must have logged, alone and beside the champion."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.evaluation.checks.check import Check, list_checks, read_fired_codes
from segmentlab.evaluation.metrics import find_measure
from segmentlab.evaluation.separation import measure_separation
from segmentlab.modelling import Labels, Scorer


@dataclass(frozen=True)
class Gate:
    """One condition: its name, whether the run meets it, and the figures that say so."""

    name: str
    passed: bool
    reason: str


# What two runs are held against each other by: the first that both have.
CHAMPION_MEASURES: Final = ("usefulness/spend_r2", "separation/silhouette")


def judge_gates(
    metrics: Mapping[str, float], tags: Mapping[str, str], champion: Mapping[str, float] | None = None
) -> list[Gate]:
    """Every gate, in order; the last only where there is a champion.

    `champion` holds what the champion reached on the same data, and of it only what may be compared: see
    `select_comparable`. What was not measured does not pass: nobody knows.
    """
    fired = read_fired_codes(tags)
    gates = [_judge_gate(name, checks, metrics, fired) for name, checks in list_gates().items()]
    gates.extend(_judge_unknown_checks(fired or set()))
    return gates if champion is None else [*gates, _make_champion_gate(metrics, champion)]


def list_gates() -> dict[str, list[Check]]:
    """Every gate with the checks that shut it, in the order of their codes."""
    gates: dict[str, list[Check]] = {}
    for check in list_checks():
        if check.gate:
            gates.setdefault(check.gate, []).append(check)
    return gates


def _judge_gate(
    name: str, checks: Sequence[Check], metrics: Mapping[str, float], fired: set[str] | None
) -> Gate:
    if fired is None:
        return Gate(name, passed=False, reason="The run has no checks: use evaluate=standard.")
    measured = {check.needs: _select_metrics(metrics, check.needs) for check in checks if check.needs}
    missing = [needed for needed, values in measured.items() if not values]
    if missing:
        return Gate(name, passed=False, reason=f"The run has no {missing[0]}: use evaluate=standard.")
    figures = ", ".join(f"{key} {value:.3g}" for values in measured.values() for key, value in values.items())
    codes = list(dict.fromkeys(check.code for check in checks))
    shut = [code for code in codes if code in fired]
    if shut:
        behind = f" ({figures})" if figures else ""
        return Gate(name, passed=False, reason=f"{' and '.join(shut)} fired{behind}.")
    return Gate(name, passed=True, reason=f"{figures or ' and '.join(codes) + ' did not fire'}.")


def _select_metrics(metrics: Mapping[str, float], pattern: str) -> dict[str, float]:
    return {name: value for name, value in metrics.items() if fnmatch(name, pattern)}


def _judge_unknown_checks(fired: set[str]) -> Iterator[Gate]:
    """A gate for what nobody here can judge: a check of a package that is not installed here."""
    unknown = sorted(fired - {check.code for check in list_checks()})
    if unknown:
        reason = f"{' and '.join(unknown)} fired, and no check here has that code: declare its package."
        yield Gate("checks", passed=False, reason=reason)


def _make_champion_gate(metrics: Mapping[str, float], champion: Mapping[str, float]) -> Gate:
    """Not worse: the best that the run's interval allows reaches the least that the champion's does."""
    name = next((name for name in CHAMPION_MEASURES if name in metrics and name in champion), None)
    if name is None:
        reason = "No measure compares both: run the challenger on the champion's data with evaluate=standard."
        return Gate("champion", passed=False, reason=reason)
    measure = find_measure(name)
    best, least = measure.find_reach(metrics)[1], measure.find_reach(champion)[0]
    figures = f"{name} {metrics[name]:.3f} (up to {best:.3f}), champion {champion[name]:.3f}"
    passed = measure.sign * best >= measure.sign * least
    return Gate("champion", passed, f"{figures} (down to {least:.3f}).")


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
    return {name: metrics[name] for name in find_measure(COMPARED_METRIC).names if name in metrics}
