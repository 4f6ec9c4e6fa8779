"""SEG008: a segment that is one value of one feature."""

from dataclasses import replace

import numpy as np

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.features import Spike
from tests.evaluation.checks.segments import FEATURES, TRUTH, judged, look

ONCE = FEATURES.assign(rfm_frequency=np.where(TRUTH == 2, 1.0, 2.0 + np.arange(len(FEATURES))))


def test_those_who_bought_once_are_no_discovery() -> None:
    assert look(Spike, judged(features=ONCE)) == [
        Finding(
            code="SEG008",
            title="A discrete spike as a segment",
            severity="warning",
            evidence="Segment 2 is 'rfm_frequency' = 1 and little else (100% of it).",
            advice="Set one-time buyers apart (one_time=apart), or leave the feature out.",
        )
    ]


def test_values_that_come_together_are_one_finding() -> None:
    both = ONCE.assign(rfm_monetary=np.where(TRUTH == 2, 9.0, FEATURES["rfm_monetary"]))
    (found,) = look(Spike, replace(judged(features=both), names={2: "New"}))
    assert found.evidence == "'New' is 'rfm_frequency' = 1, 'rfm_monetary' = 9 and little else (100% of it)."


def test_a_value_that_every_segment_has_is_no_finding() -> None:
    shared = FEATURES.assign(
        rfm_frequency=np.where(np.arange(len(TRUTH)) % 2, 1.0, FEATURES["rfm_frequency"])
    )
    assert not look(Spike, judged(features=shared))


def test_a_segment_with_other_values_beside_it_is_no_finding() -> None:
    mixed = ONCE.assign(rfm_frequency=np.where(np.arange(len(TRUTH)) % 4, ONCE["rfm_frequency"], 900.0))
    assert not look(Spike, judged(features=mixed))


def test_where_no_value_is_frequent_or_all_is_noise_it_is_silent() -> None:
    assert not look(Spike, judged())
    assert not look(Spike, judged(np.full(len(TRUTH), -1), ONCE))
