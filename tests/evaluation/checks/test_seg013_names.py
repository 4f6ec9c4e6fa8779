"""SEG013: a name that is not true of the customers in its segment."""

from dataclasses import replace

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.names import UntrueName
from tests.evaluation.checks.segments import judged, look


def test_a_name_that_is_true_of_few_is_told_with_its_share() -> None:
    segments = replace(judged(truths={0: 0.8, 1: 0.45}), names={0: "Loyal", 1: "New"})
    assert look(UntrueName, segments) == [
        Finding(
            code="SEG013",
            title="A name that is not true",
            severity="error",
            evidence="'New' is true of 45.0% of its customers; at least 80% are expected.",
            advice=UntrueName.advice,
        )
    ]


def test_names_that_claim_nothing_are_no_finding() -> None:
    assert not look(UntrueName, judged())


def test_the_least_truth_is_a_metric() -> None:
    assert judged(truths={0: 0.9, 1: 0.85}).metrics["segments/name_truth"] == 0.85
    assert "segments/name_truth" not in judged().metrics
