"""A table that knows 40 % of those who bought: nobody is lost, and the unknown are in no base of a lift."""

import numpy as np
import pandas as pd
import pytest

import segmentlab as sl

SHOP = sl.make_shop(customers=150)


def know_some(shop: pd.DataFrame) -> pd.DataFrame:
    """Two of five customers, with a city, a number that is empty for some, and a region that is a code."""
    everybody = np.sort(shop["customer_id"].dropna().unique())
    some = everybody[np.arange(len(everybody)) % 5 < 2]
    place = np.arange(len(some))
    return pd.DataFrame(
        {
            "customer_id": some,
            "city": np.array(["Rome", "Oslo", "Rome"])[place % 3],
            "age": np.where(place % 4, 20.0 + place % 50, np.nan),
            "region": place % 3,
        }
    )


TABLE = know_some(SHOP)


@pytest.fixture(scope="module")
def found() -> sl.Segmentation:
    codes = {"features.mixed.categories": ["region"]}
    return sl.segment(
        SHOP, customers=TABLE, features=["rfm", "mixed"], evaluate="quick", n_clusters=3, settings=codes
    )


def test_it_is_a_left_join_and_unknown_is_a_value(found: sl.Segmentation) -> None:
    customers = found.customers.set_index("customer_id")
    bought = SHOP.loc[SHOP["quantity"] > 0, "customer_id"].dropna().nunique()
    assert len(customers) <= bought
    stranger = ~customers.index.isin(TABLE["customer_id"])
    assert 0.55 < stranger.mean() < 0.65
    for column in ("mixed_city_is_unknown", "mixed_region_is_unknown"):
        assert (customers[column] == stranger).all()
    assert (customers.loc[stranger, "mixed_age_is_unknown"] == 1).all()
    marks = [column for column in customers if column.startswith("mixed_region_is_")]
    assert len(marks) == 4, "a code is three values and unknown, and no number"
    assert (customers[marks].sum(axis=1) == 1).all()


def test_lifts_compare_those_who_are_known_with_each_other(found: sl.Segmentation) -> None:
    traits = found.result.portrait.traits.set_index(["trait", "segment", "value"]).sort_index()
    city = TABLE.set_index("customer_id")["city"].reindex(found.customers["customer_id"])
    own = found.customers.assign(city=city.to_numpy())
    share = (own["city"].dropna() == "Rome").mean()
    for segment, group in own.groupby("segment"):
        there = group["city"].dropna()
        told = traits.loc[("city", segment)]
        assert told["customers"].sum() == len(group)
        assert ("Rome" in told.index) == ("Rome" in set(there))
        if "Rome" in told.index:
            assert told.loc["Rome", "lift"] == pytest.approx((there == "Rome").mean() / share)
        if "unknown" in told.index:
            assert np.isnan(told.loc["unknown", "lift"])


def test_how_many_are_unknown_is_said(found: sl.Segmentation) -> None:
    assert any("customers who bought have no row" in note for note in found.notes)


def test_a_set_that_fills_nothing_in_names_the_one_that_does() -> None:
    with pytest.raises(sl.DataError, match="Add them, or choose features=mixed, which takes what is unknown"):
        sl.segment(SHOP, customers=TABLE, features=["rfm", "numbers"], evaluate="quick")
