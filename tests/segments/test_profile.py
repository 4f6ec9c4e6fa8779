"""The profile sums to the dataset."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.segments.profile import list_share_columns, profile_segments

NAMES = {-1: "Noise", 0: "Segment 0", 1: "Segment 1", 2: "Segment 2"}


def test_four_customers_by_hand() -> None:
    index = pd.Index(list("abcd"), name="customer_id")
    features = pd.DataFrame({"rfm_monetary": [10.0, 30.0, 1.0, 5.0]}, index=index)
    table = profile_segments(
        features, pd.Series([10.0, 30.0, 1.0, 59.0], index=index), np.array([0, 0, 1, -1]), NAMES
    )
    expected = pd.DataFrame(
        {
            "name": ["Noise", "Segment 0", "Segment 1"],
            "customers": [1, 2, 1],
            "customer_share": [0.25, 0.5, 0.25],
            "revenue": [59.0, 40.0, 1.0],
            "revenue_share": [0.59, 0.4, 0.01],
            "rfm_monetary_mean": [5.0, 20.0, 1.0],
            "rfm_monetary_median": [5.0, 20.0, 1.0],
        },
        index=pd.Index([-1, 0, 1], name="segment"),
    )
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)


def test_shares_sum_to_one_and_money_to_the_whole() -> None:
    generator = np.random.default_rng(0)
    index = pd.RangeIndex(50, name="customer_id")
    features = pd.DataFrame({"rfm_recency": generator.normal(size=50)}, index=index)
    money = pd.Series(generator.exponential(size=50), index=index).sample(frac=1, random_state=0)
    table = profile_segments(features, money, generator.integers(-1, 3, 50), NAMES)
    assert table["customers"].sum() == 50
    assert table["customer_share"].sum() == pytest.approx(1)
    assert table["revenue"].sum() == pytest.approx(money.sum())
    assert table["revenue_share"].sum() == pytest.approx(1)


def test_without_revenue_there_are_no_columns_about_it() -> None:
    features = pd.DataFrame(
        {"demographics_age": [20.0, 30.0]}, index=pd.Index(["a", "b"], name="customer_id")
    )
    table = profile_segments(features, None, np.array([0, 1]), NAMES)
    assert list(table.columns) == [
        "name",
        "customers",
        "customer_share",
        "demographics_age_mean",
        "demographics_age_median",
    ]
    assert list(list_share_columns(table)) == ["customer_share"]
