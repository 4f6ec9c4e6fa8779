"""SEG002: customers who are left out as noise."""

import numpy as np
import pytest

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.sizes import LowCoverage
from tests.evaluation.checks.segments import TRUTH, evidence, judged, look, measured, unmeasured

NOISY = judged(np.where(np.arange(len(TRUTH)) % 2 == 0, -1, TRUTH))


def test_half_of_the_customers_are_too_few() -> None:
    assert look(LowCoverage, NOISY) == [
        Finding(
            code="SEG002",
            title="Many customers in no segment",
            severity="error",
            evidence="50.0% of the customers have a segment; at least 80% are expected. Scores without noise "
            "flatter whoever discards the difficult customers.",
            advice="Allow smaller segments (model.min_cluster_size, model.eps), or choose a model without "
            "noise.",
        )
    ]


@pytest.mark.parametrize(("coverage", "fires"), [(0.799, True), (0.8, False), (1.0, False)])
def test_a_fifth_may_be_noise(coverage: float, fires: bool) -> None:
    assert bool(evidence(LowCoverage, measured(judged(), separation__coverage=coverage))) == fires


def test_without_the_coverage_it_is_silent() -> None:
    assert not look(LowCoverage, unmeasured(NOISY, "separation/coverage"))
