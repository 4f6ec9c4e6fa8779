"""SEG010: one segment, or none."""

import numpy as np
import pytest

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.sizes import NoSegments
from tests.evaluation.checks.segments import TRUTH, evidence, judged, look, unmeasured


def test_everybody_is_no_segment() -> None:
    assert look(NoSegments, judged(np.zeros(len(TRUTH), dtype=int))) == [
        Finding(
            code="SEG010",
            title="Fewer than two segments",
            severity="error",
            evidence="The model found 1 segment.",
            advice="Loosen the model's parameters, or choose another model.",
        )
    ]


@pytest.mark.parametrize(
    ("labels", "sentences"),
    [
        (np.full(len(TRUTH), -1), ["The model found 0 segments."]),
        (np.minimum(TRUTH, 1), []),
        (TRUTH, []),
    ],
)
def test_noise_is_none_and_two_are_enough(labels: np.ndarray, sentences: list[str]) -> None:
    assert evidence(NoSegments, judged(labels)) == sentences


def test_where_nobody_counted_it_is_silent() -> None:
    assert not look(NoSegments, unmeasured(judged(np.zeros(len(TRUTH), dtype=int)), "segments/count"))
