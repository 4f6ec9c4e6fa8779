"""SEG004: a separation that data without segments reaches as well."""

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.reliability import NoBetterThanNull
from tests.evaluation.checks.segments import judged, look, reference


def test_no_null_is_beaten() -> None:
    beaten_by_all = judged(references={"gaussian": reference(0.1), "permuted": reference(0.2)})
    assert look(NoBetterThanNull, beaten_by_all) == [
        Finding(
            code="SEG004",
            title="No better than data without segments",
            severity="error",
            evidence="The same method separates structureless data as well: gaussian p=0.80, permuted "
            "p=0.61.",
            advice="Use other features, or call the result a cut for convenience and not a finding.",
        )
    ]


def test_one_null_that_is_beaten_is_enough() -> None:
    one = judged(references={"gaussian": reference(0.1), "permuted": reference(0.6)})
    assert not look(NoBetterThanNull, one)


def test_where_nothing_was_compared_it_is_silent() -> None:
    assert not look(NoBetterThanNull, judged(references={}))
