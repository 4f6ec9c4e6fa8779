"""Fences, and what is done with those beyond them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.apart_rules import BeyondFences, FenceCaps, Fences, OneTimeBuyers, find_left_out
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers as customers

# Quartiles 2 and 4: raw fences of 1.5 at -1 and 7.
FIVE = pd.DataFrame({"rfm_monetary": [1.0, 2.0, 3.0, 4.0, 5.0], "rfm_frequency": [1.0, 1.0, 1.0, 1.0, 9.0]})


def test_raw_fences_by_hand() -> None:
    fences = Fences(1.5, "raw", ["rfm_monetary"]).fit(FIVE)
    assert (fences.low_[0], fences.high_[0]) == (-1.0, 7.0)


def test_log_fences_are_the_raw_fences_of_the_logarithm_in_the_own_unit() -> None:
    of_log = Fences(1.5, "raw").fit(np.log1p(FIVE))
    fences = Fences(1.5, "log").fit(FIVE)
    assert fences.high_[0] == pytest.approx(np.expm1(of_log.high_[0]))
    assert fences.low_[0] == pytest.approx(np.expm1(of_log.low_[0]))


def test_a_feature_whose_middle_half_is_one_value_has_no_fence() -> None:
    assert Fences(columns=["rfm_frequency"]).fit(FIVE).high_.tolist() == [np.inf, np.inf]


def test_a_value_at_the_fence_stays_and_one_beyond_does_not() -> None:
    rule = BeyondFences("Outliers", 1.5, "raw", ["rfm_monetary"]).fit(FIVE)
    new = pd.DataFrame({"more": 0.0, "rfm_frequency": 1e9, "rfm_monetary": [-1.1, -1.0, 7.0, 7.1]})
    assert rule.applies(new).tolist() == [True, False, False, True]


def test_caps_bring_them_back_to_the_fence() -> None:
    caps = FenceCaps(1.5, "raw", ["rfm_monetary"]).fit(FIVE)
    new = FIVE.assign(rfm_monetary=[-50.0, 0.0, 3.0, 7.0, 1e9])
    assert caps.transform(new)[:, 0].tolist() == [-1.0, 0.0, 3.0, 7.0, 7.0]
    assert caps.transform(new)[:, 1].tolist() == FIVE["rfm_frequency"].tolist()


@pytest.mark.parametrize(
    ("fences", "message"),
    [
        (Fences(columns=[]), "columns of Fences names no feature, so nobody could be an outlier"),
        (
            Fences(columns=["age"]),
            "columns=.age. of Fences: there is no feature age. Choose among rfm_monetary, rfm_frequency",
        ),
    ],
)
def test_fences_that_can_not_be_set_say_why(fences: Fences, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        fences.fit(FIVE)


def shop() -> tuple[pd.DataFrame, pd.Series]:
    """Three planted groups, one giant, and a debtor who is as far out on the other side."""
    features, money, _ = customers()
    giant = pd.DataFrame(
        [[5.0, 200.0, 1e9], [60.0, 20.0, -1e9]], columns=features.columns, index=["giant", "debtor"]
    )
    return pd.concat([features, giant]), pd.concat([money, giant["rfm_monetary"]])


def segmented(*rules: object) -> Segmenter:
    features, money = shop()
    preparation, model = make_pipeline(StandardScaler()), KMeans(3, n_init=2, random_state=0)
    return Segmenter(preparation, FunctionTransformer(), model, rules).fit(
        features, value=money, long_tailed=["rfm_monetary"]
    )


def test_isolated_they_are_a_segment_with_a_name() -> None:
    features, _ = shop()
    answer = segmented(BeyondFences("Outliers", columns="suggested")).scorer_.assign(features)
    assert answer.index[answer["name"] == "Outliers"].tolist() == ["giant", "debtor"]
    assert answer["segment"].nunique() == 4
    assert answer["segment"].min() == 0


def test_dropped_they_belong_to_no_segment() -> None:
    features, _ = shop()
    fitted = segmented(BeyondFences(None, columns="suggested"))
    assert fitted.scorer_.assign(features)["segment"].value_counts()[-1] == 2
    assert features.index[find_left_out(fitted.scorer_.apart, features)].tolist() == ["giant", "debtor"]


def test_who_bought_once_is_a_one_time_buyer_however_much_it_was() -> None:
    features, money = shop()
    features.loc[["giant", "c0000"], "rfm_frequency"] = 1.0
    rules = OneTimeBuyers("One-time buyers"), BeyondFences("Outliers", 3.0, columns=["rfm_monetary"])
    fitted = Segmenter(StandardScaler(), FunctionTransformer(), KMeans(2, random_state=0), rules)
    names = fitted.fit(features, value=money).scorer_.assign(features)["name"]
    assert names.loc[["giant", "c0000", "debtor"]].tolist() == [
        "One-time buyers",
        "One-time buyers",
        "Outliers",
    ]


def test_when_nobody_is_left_it_is_said() -> None:
    features, money = shop()
    with pytest.raises(DataError, match="Every customer is set apart"):
        Segmenter(StandardScaler(), FunctionTransformer(), KMeans(2), [OneTimeBuyers("One-time buyers")]).fit(
            features.assign(rfm_frequency=1.0), value=money
        )
