"""A laboratory in Python: everything is read, cleaned and described once."""

import pandas as pd
import pytest

import segmentlab as sl


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """The lines of a small generated shop."""
    return sl.make_shop(customers=300)


def test_the_data_is_opened_once_and_described_once_for_each_way(shop: pd.DataFrame) -> None:
    lab = sl.Lab(shop, evaluate="quick")
    first, second = lab.segment(n_clusters=3), lab.segment(n_clusters=4)
    assert first.result.described is second.result.described
    assert first.result.k_scan is second.result.k_scan
    other = lab.segment(features=["rfm", "rhythm"])
    assert other.result.described is not first.result.described
    assert len(lab.found) == 3


def test_a_variant_is_the_same_as_it_would_be_alone(shop: pd.DataFrame) -> None:
    lab = sl.Lab(shop, evaluate="quick")
    lab.segment(n_clusters=3)
    warm, alone = lab.segment(n_clusters=5), sl.segment(shop, evaluate="quick", n_clusters=5)
    pd.testing.assert_frame_equal(warm.customers, alone.customers)
    pd.testing.assert_frame_equal(warm.result.k_scan, alone.result.k_scan)
    assert warm.metrics == alone.metrics
    assert warm.tables.keys() == alone.tables.keys()


def test_a_sweep_is_a_row_for_each_combination(shop: pd.DataFrame) -> None:
    lab = sl.Lab(shop, evaluate="quick")
    table = lab.sweep(n_clusters=range(3, 5), features=[["rfm"], ["rfm", "behaviour"]])
    assert table.index.tolist() == [(3, "rfm"), (3, "rfm+behaviour"), (4, "rfm"), (4, "rfm+behaviour")]
    assert table["segments/count"].tolist() == [3, 3, 4, 4]
    assert len(lab.compare()) == 4
    with pytest.raises(sl.ConfigError, match="sweep needs a choice with several values"):
        lab.sweep(n_clusters=3)


def test_a_study_chooses_and_names_what_it_chose(shop: pd.DataFrame, tmp_path) -> None:
    lab = sl.Lab(shop, evaluate="quick", settings={"tune.storage": tmp_path, "tune.trials": 6})
    found = lab.tune(model="kmeans")
    typed = dict(word.split("=", 1) for word in found.setup.typed)
    assert int(typed["model.n_clusters"]) == found.metrics["segments/count"]
    again = lab.segment(n_clusters=int(typed["model.n_clusters"]))
    assert again.labels.equals(found.labels)
