"""SEG007: features that know what came later."""

import pandas as pd

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.features import FeatureLeak
from tests.evaluation.checks.segments import judged, look, usefulness

# A column of the customers table that is as of today tells what the holdout must not know.
KNOWS = pd.DataFrame({"spend_r2": [0.4, 0.97]}, index=["segments", "ceiling_features"])


def test_features_that_know_the_future_are_a_leak() -> None:
    assert look(FeatureLeak, judged(usefulness=KNOWS)) == [
        Finding(
            code="SEG007",
            title="A leak among the features",
            severity="error",
            evidence="The features foresee the spend of later days almost exactly (R2 0.970): one of them "
            "knows it already.",
            advice="Look for columns of the customers table that are as of today, and leave them out "
            "(leave_out).",
        )
    ]


def test_features_that_foresee_much_and_not_all_are_no_finding() -> None:
    assert not look(FeatureLeak, judged(usefulness=KNOWS.assign(spend_r2=[0.4, 0.6])))


def test_without_later_days_or_the_forecast_by_all_features_it_is_silent() -> None:
    assert not look(FeatureLeak, judged())
    assert not look(FeatureLeak, judged(usefulness=usefulness(0.05)))
    assert not look(FeatureLeak, judged(usefulness=KNOWS.rename(columns={"spend_r2": "spend_rank"})))
