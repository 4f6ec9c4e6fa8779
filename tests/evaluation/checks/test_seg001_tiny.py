"""SEG001: a segment that is too small to act on."""

import numpy as np
import pytest

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.sizes import TinySegment
from tests.evaluation.checks.segments import TRUTH, evidence, judged, look, measured, unmeasured


def one_small() -> np.ndarray:
    labels = TRUTH.copy()
    labels[labels == 2] = 1
    labels[0] = 2
    return labels


def test_one_customer_of_120_is_no_segment() -> None:
    assert look(TinySegment, judged(one_small())) == [
        Finding(
            code="SEG001",
            title="A tiny segment",
            severity="error",
            evidence="The smallest segment holds 0.8% of the customers; at least 2% are expected. One blob "
            "and a few outliers score a high silhouette.",
            advice="Try prepare=log_standard, outliers=isolate, or fewer segments.",
        )
    ]


@pytest.mark.parametrize(("share", "fires"), [(0.0199, True), (0.02, False), (0.33, False)])
def test_two_percent_are_enough(share: float, fires: bool) -> None:
    assert bool(evidence(TinySegment, measured(judged(), segments__smallest_share=share))) == fires


def test_without_the_share_it_is_silent() -> None:
    assert not look(TinySegment, unmeasured(judged(one_small()), "segments/smallest_share"))
