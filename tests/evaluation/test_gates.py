"""A gate is shut by a check, by a number that is missing, and by a better champion."""

from fnmatch import fnmatch
from pathlib import Path

import pytest

from segmentlab.evaluation.checks.check import Check, list_checks
from segmentlab.evaluation.gates import judge_gates, list_gates

DOCS = Path(__file__).parents[2] / "docs"

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


@pytest.mark.parametrize("check", list_checks(), ids=lambda check: type(check).__name__)
def test_every_error_shuts_its_gate_which_says_why(check: Check) -> None:
    """A check of severity error that no gate knows would let its run through."""
    failed = [gate for gate in judge_gates(SOUND, {"checks": check.code}) if not gate.passed]
    assert [gate.name for gate in failed] == ([check.gate] if check.severity == "error" else [])
    assert all(f"{check.code} fired" in gate.reason for gate in failed)


@pytest.mark.parametrize("check", [one for one in list_checks() if one.needs], ids=lambda one: one.needs)
def test_what_was_not_measured_does_not_pass(check: Check) -> None:
    lacking = {name: value for name, value in SOUND.items() if not fnmatch(name, check.needs)}
    failed = [gate for gate in judge_gates(lacking, NOTHING_FIRED) if not gate.passed]
    assert [gate.name for gate in failed] == [check.gate]
    assert failed[0].reason == f"The run has no {check.needs}: use evaluate=standard."


def test_a_run_without_checks_passes_nothing() -> None:
    assert shut(SOUND, {}) == set(list_gates())


def test_each_gate_gives_its_figures_or_the_checks_that_shut_it() -> None:
    reasons = {gate.name: gate.reason for gate in judge_gates(SOUND, {"checks": "SEG001,SEG010"})}
    assert reasons == {
        "size": "SEG001 and SEG010 fired (segments/smallest_share 0.12, segments/count 4).",
        "coverage": "separation/coverage 0.97.",
        "stability": "stability/jaccard_min 0.81.",
        "null": "reference/p_gaussian 0.3, reference/p_permuted 0.01.",
        "features": "SEG007 did not fire.",
        "names": "SEG013 did not fire.",
        "scoring": "assignment/self_agreement 1.",
    }


def test_a_code_that_nobody_here_knows_shuts_a_gate_of_its_own() -> None:
    """It may be an error of a package that is installed where the run was made, and not here."""
    [gate] = [gate for gate in judge_gates(SOUND, {"checks": "ACME001,SEG006"}) if not gate.passed]
    assert gate.name == "checks"
    assert gate.reason.startswith("ACME001 fired, and no check here has that code")


def test_the_documentation_says_what_shuts_each_gate() -> None:
    """The tables have a row per gate, in order, that ends with its checks or with what they need."""
    page = (DOCS / "promote.md").read_text(encoding="utf-8")
    rows = [line.strip("|").split("|") for line in page.splitlines() if line.startswith("| `")]
    told = {row[0].strip(" `"): row[-1].strip() for row in rows}
    for name, checks in list_gates().items():
        assert told[name] == ", ".join(dict.fromkeys(check.code for check in checks))


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
