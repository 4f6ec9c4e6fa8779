"""What holds for every check: its words, its tests, its line in the documentation; and one of one's own."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import ConfigError
from segmentlab.evaluation.checks import check as module
from segmentlab.evaluation.checks.check import (
    Check,
    CheckedSegments,
    Finding,
    list_checks,
    read_fired_codes,
    register_check,
    run_checks,
    write_check_tags,
)
from tests.evaluation.checks.segments import FEATURES, IDS, judged, reference, stability, usefulness

ROOT = Path(__file__).parents[3]
EVERY = pytest.mark.parametrize("check", list_checks(), ids=lambda check: type(check).__name__)


def codes(segments: CheckedSegments) -> set[str]:
    return {finding.code for finding in run_checks(segments)}


def test_they_come_in_the_order_of_their_codes() -> None:
    assert [check.code for check in list_checks()] == [
        "SEG001", "SEG002", "SEG003", "SEG004", "SEG005", "SEG006", "SEG007", "SEG007", "SEG008", "SEG009",
        "SEG010", "SEG011", "SEG012", "SEG013", "SEG014",
    ]  # fmt: skip


@EVERY
def test_it_says_what_is_wrong_and_what_to_do(check: Check) -> None:
    found = check.make_finding("It is so.", feature="rfm_recency")
    assert found == Finding(check.code, check.title, check.severity, "It is so.", found.advice)
    assert re.fullmatch(r"[A-Z].*[^.]", check.title)
    assert re.fullmatch(r"[A-Z][^{}]*\.", found.advice)
    assert check.fires_when[0].islower()
    assert check.severity == ("error" if check.gate else "warning")


@EVERY
def test_it_has_a_test_file_of_its_own(check: Check) -> None:
    """The laws of all are here; when it fires and when it is silent stands there."""
    files = Path(__file__).parent.glob(f"test_{check.code.lower()}_*.py")
    assert any(re.search(rf"\b{type(check).__name__}\b", path.read_text(encoding="utf-8")) for path in files)


def test_the_documentation_has_a_line_for_each() -> None:
    """After a change of words, copy what this test prints into the section Checks."""
    heading = ["| code | title | fires when | severity | gate | the gate needs |", "|-|-|-|-|-|-|"]
    rows = [
        f"| {check.code} | {check.title} | {check.fires_when} | {check.severity} | {check.gate or '-'} | "
        f"{f'`{check.needs}`' if check.needs else '-'} |"
        for check in list_checks()
    ]
    table = "\n".join([*heading, *rows])
    assert f"\n{table}\n\n" in (ROOT / "docs" / "evidence.md").read_text(encoding="utf-8"), table


def test_sound_segments_pass_every_check_but_that_of_one_feature() -> None:
    """The planted groups lie apart in every feature, so any one of them tells the segment."""
    sound = judged(
        features=FEATURES.set_index(IDS),
        stability=stability(0.9, 0.95, 0.99),
        references={"gaussian": reference(0.6), "permuted": reference(0.6)},
        usefulness=usefulness(0.05),
    )
    assert codes(sound) <= {"SEG006"}


def test_the_26_wholesalers_are_refused() -> None:
    """Raw scaling, k=2: silhouette .896 with sizes 4312 and 26. The checks name both reasons."""
    labels = np.repeat([0, 1], [4312, 26])
    points = np.random.default_rng(0).normal(size=(4338, 3)) + 30 * labels[:, None]
    features = pd.DataFrame(points, columns=["rfm_recency", "rfm_frequency", "rfm_monetary"])
    case = judged(labels, np.exp(features / 10))
    case = replace(case, evidence=replace(case.evidence, stability=stability(0.99, 0.36)))
    assert case.metrics["separation/silhouette"] > 0.8
    assert codes(case) >= {"SEG001", "SEG003"}


@pytest.fixture
def no_more_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    monkeypatch.setattr(module, "_CHECKS", dict(module._CHECKS))


class TooManySegments(Check):
    """A check as somebody may write it."""

    code = "ACME001"
    title = "More segments than we can serve"
    fires_when = "there are more than two segments"
    advice = "Choose fewer segments."

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        count = segments.metrics.get("segments/count", 0)
        if count > 2:
            yield self.make_finding(f"There are {count:.0f} segments, and two campaigns.")


@pytest.mark.usefixtures("no_more_checks")
def test_a_check_of_ones_own_runs_with_the_others() -> None:
    assert register_check(TooManySegments) is TooManySegments
    own = Finding(
        "ACME001",
        "More segments than we can serve",
        "warning",
        "There are 3 segments, and two campaigns.",
        "Choose fewer segments.",
    )
    assert run_checks(judged())[0] == own


@pytest.mark.usefixtures("no_more_checks")
def test_a_check_that_is_registered_again_takes_its_own_place() -> None:
    """A cell of a notebook is run twice."""
    before = len(list_checks())
    register_check(TooManySegments)
    register_check(type("TooManySegments", (TooManySegments,), {"advice": "Merge some."}))
    assert len(list_checks()) == before + 1
    assert run_checks(judged())[0].advice == "Merge some."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"code": "too many"}, "has the code 'too many': write one such as ACME001"),
        ({"code": "A001,B001"}, "write one such as ACME001"),
        ({"code": "SEG011"}, "SEG marks SegmentLab's own checks"),
        ({"title": ""}, "has no title"),
        ({"title": "", "advice": ""}, "has no title, advice: give it at its top"),
    ],
)
@pytest.mark.usefixtures("no_more_checks")
def test_a_check_that_nobody_could_tell_from_others_is_refused(change: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(message)):
        register_check(type("Broken", (TooManySegments,), change))


def test_what_fired_is_kept_as_tags_and_read_from_them() -> None:
    found = run_checks(judged(np.zeros(len(FEATURES), dtype=int), stability=stability(0.1)))
    tags = write_check_tags(found)
    assert tags == {"checks": "SEG003,SEG010", "checks.errors": "2"}
    assert read_fired_codes(tags) == {"SEG003", "SEG010"}


def test_nothing_fired_is_not_the_same_as_nothing_was_checked() -> None:
    assert write_check_tags([]) == {"checks": "none", "checks.errors": "0"}
    assert read_fired_codes({"checks": "none"}) == set()
    assert read_fired_codes({}) is None
