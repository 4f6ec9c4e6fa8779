"""SEG009: a model that places the customers it was made of elsewhere."""

import pytest

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.reliability import ScoringDiffers
from tests.evaluation.checks.segments import judged, look, unmeasured


def test_half_of_them_elsewhere_is_an_error() -> None:
    assert look(ScoringDiffers, judged(returns=0.5)) == [
        Finding(
            code="SEG009",
            title="Scoring does not give the segments back",
            severity="error",
            evidence="Only 50.0% of the fitted customers get their own segment when they are scored.",
            advice="Choose a model that predicts by itself, such as model=kmeans or model=gaussian_mixture.",
        )
    ]


@pytest.mark.parametrize(("share", "fires"), [(0.899, True), (0.9, False), (1.0, False)])
def test_nine_of_ten_are_enough(share: float, fires: bool) -> None:
    assert bool(look(ScoringDiffers, judged(returns=share))) == fires


def test_where_nobody_was_scored_it_is_silent() -> None:
    assert not look(ScoringDiffers, unmeasured(judged(returns=0.5), "assignment/self_agreement"))
