"""SEG001: a segment that is too small to act on."""

from dataclasses import replace

import numpy as np
import pytest

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.sizes import TinySegment
from segmentlab.modelling import NormalScores, SignedLog, Transformer
from tests.evaluation.checks.segments import (
    FEATURES,
    IDS,
    TRUTH,
    evidence,
    judged,
    look,
    measured,
    unmeasured,
)


def one_small() -> np.ndarray:
    labels = TRUTH.copy()
    labels[labels == 2] = 1
    labels[0] = 2
    return labels


def test_one_customer_of_120_is_no_segment() -> None:
    assert look(TinySegment, judged(one_small(), FEATURES.set_index(IDS))) == [
        Finding(
            code="SEG001",
            title="A tiny segment",
            severity="error",
            evidence="The smallest segment holds 0.8% of the customers; at least 2% are expected. One blob "
            "and a few outliers score a high silhouette. Customer '17000' is a segment of their own, "
            "as a till, a dealer or a test account may be.",
            advice="If these are sales of nobody: cleaning.unknown_customer.also=['17000']. Try "
            "prepare=log_standard, outliers=isolate, or fewer segments.",
        )
    ]


def test_of_two_customers_nobody_is_named() -> None:
    labels = one_small()
    labels[1] = 2
    assert "Customer" not in evidence(TinySegment, judged(labels))[0]


@pytest.mark.parametrize(("share", "fires"), [(0.0199, True), (0.02, False), (0.33, False)])
def test_two_percent_are_enough(share: float, fires: bool) -> None:
    assert bool(evidence(TinySegment, measured(judged(), segments__smallest_share=share))) == fires


def test_without_the_share_it_is_silent() -> None:
    assert not look(TinySegment, unmeasured(judged(one_small()), "segments/smallest_share"))


@pytest.mark.parametrize("used", [SignedLog(), NormalScores()])
def test_logarithms_are_not_advised_where_they_or_ranks_are_in_use(used: Transformer) -> None:
    (finding,) = look(TinySegment, replace(judged(one_small()), preparation=used.fit(FEATURES)))
    assert finding.advice.endswith("Try outliers=isolate, or fewer segments.")
