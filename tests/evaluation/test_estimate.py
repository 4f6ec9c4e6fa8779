"""An interval holds what it estimates as often as it says."""

import numpy as np
import pytest

from segmentlab.evaluation.draws import Estimate


def test_the_interval_of_a_mean_holds_the_truth_in_95_of_100() -> None:
    generator = np.random.default_rng(0)
    held = 0
    for _ in range(400):
        found = Estimate.mean(generator.normal(3.0, 1.0, 50)).metrics("m")
        held += found["m_low"] <= 3.0 <= found["m_high"]
    assert held / 400 == pytest.approx(0.95, abs=0.03)


def test_one_draw_has_no_interval() -> None:
    assert Estimate.mean(np.array([0.5])).metrics("m") == {"m": 0.5}
