"""A gate is shut by a check, by a number that is missing, and by a better champion."""

from fnmatch import fnmatch

import pytest

from segmentlab.evaluation.checks import run_checks
from segmentlab.evaluation.gates import GATE_CONDITIONS, judge_gates
from tests.evaluation.test_checks import CASES

SOUND = {
    "segments/count": 4.0,
    "segments/smallest_share": 0.12,
    "separation/coverage": 0.97,
    "stability/jaccard_min": 0.81,
    "reference/p_gaussian": 0.3,
    "reference/p_permuted": 0.01,
    "assignment/self_agreement": 1.0,
}
NOTHING_FIRED = {"checks": "none"}


def useful(value: float) -> dict[str, float]:
    return {
        "usefulness/spend_r2": value,
        "usefulness/spend_r2_low": value - 0.05,
        "usefulness/spend_r2_high": value + 0.05,
    }


def shut(metrics: dict[str, float], tags: dict[str, str], champion: dict[str, float] | None = None) -> set:
    return {gate.name for gate in judge_gates(metrics, tags, champion) if not gate.passed}


def test_a_sound_run_passes_and_a_warning_shuts_nothing() -> None:
    assert shut(SOUND, NOTHING_FIRED) == set()
    assert shut(SOUND, {"checks": "SEG005,SEG006,SEG008"}) == set()


@pytest.mark.parametrize("code", CASES)
def test_every_error_shuts_one_gate_that_says_why(code: str) -> None:
    """A check of severity error that no gate knows would let its run through."""
    finding = next(finding for finding in run_checks(CASES[code]) if finding.code == code)
    failed = [gate for gate in judge_gates(SOUND, {"checks": code}) if not gate.passed]
    assert len(failed) == (1 if finding.severity == "error" else 0)
    assert all(code in gate.reason for gate in failed)


@pytest.mark.parametrize(
    "condition", [condition for condition in GATE_CONDITIONS if condition.gate != "features"]
)
def test_what_was_not_measured_does_not_pass(condition) -> None:
    lacking = {name: value for name, value in SOUND.items() if not fnmatch(name, condition.measured)}
    failed = [gate for gate in judge_gates(lacking, NOTHING_FIRED) if not gate.passed]
    assert [gate.name for gate in failed] == [condition.gate]
    assert "evaluate=standard" in failed[0].reason


def test_a_run_without_checks_passes_nothing() -> None:
    assert shut(SOUND, {}) == {condition.gate for condition in GATE_CONDITIONS}


@pytest.mark.parametrize(("champion", "better"), [(0.30, False), (0.38, False), (0.41, True)])
def test_worse_than_the_champion_is_beyond_both_intervals(champion: float, better: bool) -> None:
    failed = shut(SOUND | useful(0.3), NOTHING_FIRED, useful(champion))
    assert failed == ({"champion"} if better else set())


def test_in_one_scoring_space_a_silhouette_compares_where_no_forecast_does() -> None:
    own = SOUND | {"separation/silhouette": 0.4, "separation/silhouette_high": 0.41}
    assert shut(own, NOTHING_FIRED, {"separation/silhouette": 0.42}) == {"champion"}
    assert (
        shut(own, NOTHING_FIRED, {"separation/silhouette": 0.42, "separation/silhouette_low": 0.4}) == set()
    )


def test_without_a_common_measure_nobody_is_promoted_over_the_champion() -> None:
    assert shut(SOUND | useful(0.3), NOTHING_FIRED, {}) == {"champion"}
