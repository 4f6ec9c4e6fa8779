"""SEG007: a feature that says who a customer is."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.features import IdFeature
from tests.evaluation.checks.segments import FEATURES, IDS, TRUTH, judged, look

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


def test_few_customers_are_in_the_order_of_their_ids_by_chance() -> None:
    few = np.concatenate([np.flatnonzero(group == TRUTH)[:3] for group in np.unique(TRUTH)])
    assert not look(IdFeature, judged(TRUTH[few], WITH_ID.iloc[few]))


def test_features_in_another_order_are_no_finding() -> None:
    assert not look(IdFeature, judged(features=KNOWN))
    assert not look(IdFeature, judged(features=KNOWN.assign(rfm_same=1.0)))


RNG = np.random.default_rng(0)
ROWS = len(FEATURES)


@pytest.mark.parametrize(
    "values",
    [
        np.sort(RNG.integers(15, 138, ROWS)).astype(float),
        np.sort(RNG.lognormal(3, 1, ROWS)),
        np.sort(RNG.uniform(0, 1, ROWS)),
        np.sort(RNG.uniform(20_000, 100_000, ROWS)).round(),
        np.sort(RNG.uniform(20_000, 100_000, ROWS))[::-1].round(2),
        np.repeat(np.arange(ROWS // 2), 2).astype(float),
    ],
    ids=["thousands", "amounts", "scores", "whole incomes", "falling incomes", "ages in pairs"],
)
def test_a_file_that_is_sorted_by_a_feature_is_no_leak(values: np.ndarray) -> None:
    """Whoever numbers the rows of a sorted file gives ids in the order of what it is sorted by."""
    rows = pd.Index([f"{number + 1}" for number in range(ROWS)])
    assert not look(IdFeature, judged(features=FEATURES.set_index(rows).assign(rfm_income=values)))


@pytest.mark.parametrize(
    "number",
    [
        lambda ids: ids / 1000,
        lambda ids: 1e7 - 2 * ids,
        lambda ids: 10 * np.arange(len(ids)) + 7,
        lambda ids: np.arange(len(ids)) + np.cumsum(RNG.integers(0, 4, len(ids))),
    ],
    ids=["in thousands", "falling", "in tens", "with holes"],
)
@pytest.mark.parametrize("sparse", [False, True], ids=["dense ids", "sparse ids"])
def test_the_number_in_other_units_and_another_counter_are_found(number, sparse: bool) -> None:
    ids = np.cumsum(RNG.integers(1, 5_000 if sparse else 3, ROWS))
    known = FEATURES.set_index(pd.Index([f"C{one}" for one in ids]))
    found = look(IdFeature, judged(features=known.assign(rfm_id=number(ids.astype(float)))))
    assert [finding.advice for finding in found] == ["Leave it out: leave_out=[rfm_id]."]


@pytest.mark.parametrize("ids", [[f"customer {'x' * n}" for n in range(120)], ["shop 7"] * 120])
def test_ids_without_numbers_or_with_one_have_no_order(ids: list[str]) -> None:
    assert not look(IdFeature, judged(features=WITH_ID.set_index(pd.Index(ids))))
