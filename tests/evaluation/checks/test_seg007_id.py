"""SEG007: a feature that says who a customer is."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.features import IdFeature
from tests.evaluation.checks.segments import FEATURES, IDS, judged, look

KNOWN = FEATURES.set_index(IDS)
WITH_ID = KNOWN.assign(rfm_id=np.arange(17_000.0, 17_000 + len(FEATURES)))


def test_a_feature_in_the_order_of_ids_is_named_and_to_be_left_out() -> None:
    assert look(IdFeature, judged(features=WITH_ID)) == [
        Finding(
            code="SEG007",
            title="An id among the features",
            severity="error",
            evidence="'rfm_id' orders the customers as their ids do (rank correlation 1.000).",
            advice="Leave it out: leave_out=[rfm_id].",
        )
    ]


def test_each_such_feature_is_a_finding_whatever_its_name_and_direction() -> None:
    twice = WITH_ID.assign(**{"{odd} name": -WITH_ID["rfm_id"] + WITH_ID["rfm_id"].max()})
    found = look(IdFeature, judged(features=twice))
    assert [finding.advice for finding in found] == [
        "Leave it out: leave_out=[rfm_id].",
        "Leave it out: leave_out=[{odd} name].",
    ]


def test_features_in_another_order_are_no_finding() -> None:
    assert not look(IdFeature, judged(features=KNOWN))
    assert not look(IdFeature, judged(features=KNOWN.assign(rfm_same=1.0)))


@pytest.mark.parametrize("ids", [[f"customer {'x' * n}" for n in range(120)], ["shop 7"] * 120])
def test_ids_without_numbers_or_with_one_have_no_order(ids: list[str]) -> None:
    assert not look(IdFeature, judged(features=WITH_ID.set_index(pd.Index(ids))))
