"""The laws of a check: its words, and that it is silent where nothing was measured."""

import re
from collections.abc import Callable, Mapping
from string import Formatter
from typing import Final

import numpy as np

from segmentlab.evaluation import (
    Check,
    CheckedSegments,
    Evidence,
    Finding,
    find_atoms,
    measure_separation,
)
from segmentlab.testing.planted import plant_customers

CheckLaw = Callable[[Check], None]


def plant_segments(metrics: Mapping[str, float] | None = None) -> CheckedSegments:
    """Three sound segments of 40 customers, and what was measured of them: nothing, unless it is said."""
    features, _, labels = plant_customers()
    separation = measure_separation(features.apply(np.log1p), labels, sample=1000, seed=0)
    evidence = Evidence(separation=separation, atoms=find_atoms(features))
    return CheckedSegments(features, labels, evidence, dict(metrics or {}))


def check_code(check: Check) -> None:
    """Capital letters and three digits, by which people look it up."""
    assert re.fullmatch(r"[A-Z]+\d{3}", check.code), f"{check.code} is not like ACME001"


def check_words(check: Check) -> None:
    """The title is a phrase, the condition begins small, the advice is a sentence that names what to do."""
    assert re.fullmatch(r"[A-Z].*[^.]", check.title), (
        f"the title '{check.title}' is no phrase like 'Tiny segments'"
    )
    assert check.fires_when, "fires_when is empty"
    assert check.fires_when[0].islower(), "fires_when goes on after 'fires when'"
    assert re.fullmatch(r"[A-Z].*\.", check.advice, re.DOTALL), f"the advice '{check.advice}' is no sentence"


def check_finding(check: Check) -> None:
    """What it finds carries its code, its title and its severity; a gate makes it an error."""
    words = {name: "x" for _, name, _, _ in Formatter().parse(check.advice) if name}
    found = check.make_finding("It is so.", **words)
    advice = check.advice.format(**words)
    assert found == Finding(check.code, check.title, check.severity, "It is so.", advice)
    assert check.severity == ("error" if check.gate else "warning")


def check_silence(check: Check) -> None:
    """What was not measured is no finding. What it finds of sound segments, if anything, is its own."""
    for finding in check.look(plant_segments()):
        assert (finding.code, finding.severity) == (check.code, check.severity)
        assert finding.evidence.endswith("."), f"'{finding.evidence}' is no sentence"
        assert "{" not in finding.advice, f"a word is missing in '{finding.advice}'"


CHECK_LAWS: Final[tuple[CheckLaw, ...]] = (check_code, check_words, check_finding, check_silence)
