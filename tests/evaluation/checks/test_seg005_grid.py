"""SEG005: segments that foresee less than a grid of RFM quantiles."""

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.reliability import NoBetterThanGrid
from tests.evaluation.checks.segments import judged, look, usefulness


def test_worse_than_the_grid_beyond_its_interval() -> None:
    assert look(NoBetterThanGrid, judged(usefulness=usefulness(-0.01))) == [
        Finding(
            code="SEG005",
            title="No better than a grid of RFM quantiles",
            severity="warning",
            evidence="Later spend is foreseen worse than by as many RFM cells: R2 0.200 against 0.300.",
            advice="Add features that say more about the future, or use the grid.",
        )
    ]


def test_within_the_interval_nobody_knows_which_is_better() -> None:
    assert not look(NoBetterThanGrid, judged(usefulness=usefulness(0.05)))


def test_without_a_holdout_or_its_intervals_it_is_silent() -> None:
    assert not look(NoBetterThanGrid, judged())
    assert not look(NoBetterThanGrid, judged(usefulness=usefulness(-0.01)[["spend_r2"]]))
