"""SEG003: segments that resampled customers do not give again."""

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.reliability import UnstableSegments
from tests.evaluation.checks.segments import evidence, judged, look, stability


def test_the_segment_that_does_not_come_back_is_named() -> None:
    assert look(UnstableSegments, judged(stability=stability(0.9, 0.55, 0.95))) == [
        Finding(
            code="SEG003",
            title="Unstable segments",
            severity="error",
            evidence="Resampled customers do not give these segments again (bootstrap Jaccard): 1 (0.55); at "
            "least 0.6 is expected.",
            advice="Choose a number of segments at which all are stable: see the views over k.",
        )
    ]


def test_several_stand_in_one_finding() -> None:
    [sentence] = evidence(UnstableSegments, judged(stability=stability(0.1, 0.55, 0.95)))
    assert "(bootstrap Jaccard): 0 (0.10), 1 (0.55);" in sentence


def test_segments_that_come_back_are_no_finding() -> None:
    assert not look(UnstableSegments, judged(stability=stability(0.6, 0.95, 0.99)))


def test_where_nothing_was_resampled_it_is_silent() -> None:
    assert not look(UnstableSegments, judged())
