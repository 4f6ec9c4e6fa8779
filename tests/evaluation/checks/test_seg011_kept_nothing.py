"""SEG011: customers who look good by what they paid, and have brought it all back."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.checks.check import CheckedSegments, Finding
from segmentlab.evaluation.checks.money import KeptNothing
from tests.evaluation.checks.segments import FEATURES, TRUTH, evidence, judged, look

WHO = FEATURES.index[np.argsort(TRUTH, kind="stable")]  # forty of each segment


def paid(returned: dict[int, float]) -> CheckedSegments:
    """Everybody paid 100, and those at the places brought so much back."""
    money = pd.DataFrame({"gross": 100.0, "returned": 0.0}, index=WHO)
    for place, amount in returned.items():
        money.loc[WHO[place], "returned"] = amount
    money.loc[WHO[0], "gross"] = 250.0
    return replace(judged(), money=money.assign(net=money["gross"] - money["returned"]))


def test_they_are_counted_by_segment_and_the_one_who_looks_best_is_named() -> None:
    segments = replace(paid({0: 314.68, 1: 100.0, 41: 100.0}), names={0: "Champions"})
    assert look(KeptNothing, segments) == [
        Finding(
            code="SEG011",
            title="Customers who kept nothing",
            severity="warning",
            evidence="3 customers have brought back all that they bought: 2 in 'Champions', 1 in segment 1. "
            f"'{WHO[0]}' in 'Champions' paid 250.00 and brought back 314.68 (net -64.68).",
            advice="Look at net in segments/customers.csv before you write to them; cleaning=thorough nets "
            "cancellations against their purchases.",
        )
    ]


@pytest.mark.parametrize(
    ("returned", "fires"), [({5: 99.99}, False), ({5: 100.0}, True), ({5: 120.0}, True), ({}, False)]
)
def test_a_cent_that_stayed_is_something(returned: dict[int, float], fires: bool) -> None:
    assert bool(evidence(KeptNothing, paid(returned))) == fires


def test_one_is_one_customer() -> None:
    (told,) = evidence(KeptNothing, paid({5: 100.0}))
    assert told.startswith("1 customer has brought back all that they bought: 1 in segment 0.")


def test_without_money_it_is_silent() -> None:
    assert not look(KeptNothing, judged())
