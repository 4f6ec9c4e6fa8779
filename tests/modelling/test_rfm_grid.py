"""The grid of recency, frequency and monetary value: cuts, ties, small cells, and new customers."""

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from segmentlab.errors import ConfigError
from segmentlab.evaluation.foresight import make_rfm_grid
from segmentlab.modelling.fitting import check_stage
from segmentlab.modelling.preparation import NormalScores, QuantileCaps
from segmentlab.modelling.rfm_grid import RfmGrid, find_quantile_cuts, join_small_cells
from segmentlab.modelling.segmenter import Segmenter

COLUMNS = ["rfm_recency", "rfm_frequency", "rfm_monetary"]


def make_customers(count: int = 600) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    values = {
        "rfm_recency": generator.integers(1, 366, count),
        "rfm_frequency": generator.geometric(0.55, count),
        "rfm_monetary": generator.lognormal(5, 1, count).round(2),
    }
    return pd.DataFrame(values, index=[f"c{number:03d}" for number in range(count)]).astype(float)


CUSTOMERS = make_customers()


def test_cut_points_are_the_quantiles_of_those_who_differ() -> None:
    assert find_quantile_cuts(np.arange(9.0), 3).tolist() == [2.5, 5.5]
    assert find_quantile_cuts(np.array([1.0, 1, 1, 1, 2, 9]), 3).tolist() == [1.5], "one cut, not two alike"
    assert find_quantile_cuts(np.array([1.0, 5, 5, 5, 5]), 2).tolist() == [3.0], "most have the largest value"
    assert find_quantile_cuts(np.array([7.0, 7, 7]), 4).tolist() == []


def test_two_bins_of_each_are_the_medians() -> None:
    grid = RfmGrid(2, 2, 2, smallest=0.0).fit(CUSTOMERS.to_numpy())
    above = CUSTOMERS.gt(CUSTOMERS.median()).astype(int)
    assert grid.bins_.tolist() == above.to_numpy().tolist()
    assert len(set(grid.labels_)) == 8
    assert grid.notes_ == ()


def test_one_value_that_many_share_makes_fewer_bins_and_says_so() -> None:
    grid = RfmGrid(1, 5, 1, smallest=0.0).fit(CUSTOMERS.to_numpy())
    counts = CUSTOMERS.groupby(grid.labels_)["rfm_frequency"].agg(["min", "max"])
    assert (counts["max"].to_numpy()[:-1] < counts["min"].to_numpy()[1:]).all(), (
        "a value lies in two segments"
    )
    assert grid.notes_ == (
        f"frequency=5 makes {len(counts)} bins: too many customers share one value to cut them into more.",
    )


@pytest.mark.parametrize("preparation", [StandardScaler(), NormalScores()], ids=["standard", "quantile"])
def test_own_cut_points_are_days_orders_and_money(preparation: StandardScaler) -> None:
    """Whatever the preparation makes of them; who is on a cut point is below it."""
    shuffled = CUSTOMERS.assign(age=np.arange(len(CUSTOMERS)))[["age", *reversed(COLUMNS)]]
    model = RfmGrid(recency=[30, 90], frequency=[1], monetary=1, smallest=0.0)
    found = Segmenter(preparation, model=model).fit(shuffled)
    days = np.digitize(CUSTOMERS["rfm_recency"], [30, 90], right=True)
    expected = days * 2 + (CUSTOMERS["rfm_frequency"] > 1)
    assert pd.crosstab(expected, found.labels_).gt(0).sum().sum() == 6
    new = shuffled.iloc[[0, 0, 0]].assign(rfm_recency=[30, 30.5, 90.0])
    below, above, last = found.predict(new)
    assert below != above == last


def test_a_cut_point_beyond_a_cap_is_refused() -> None:
    model = RfmGrid(recency=[360], frequency=1, monetary=1)
    with pytest.raises(
        ConfigError, match=r"can't cut rfm_recency at 360: after the preparation .* customers"
    ):
        Segmenter(QuantileCaps(0.05, 0.95), model=model).fit(CUSTOMERS)


def test_small_and_empty_cells_join_the_nearest_large_one() -> None:
    counts = np.array([[50, 2, 0], [40, 0, 60]])
    assert join_small_cells(counts, 10).tolist() == [[0, 0, 2], [1, 2, 2]]
    assert join_small_cells(counts, 1000).tolist() == [[0, 0, 0], [0, 0, 0]], "the largest is always one"
    grid = RfmGrid(smallest=0.03).fit(CUSTOMERS.to_numpy())
    assert pd.Series(grid.labels_).value_counts(normalize=True).min() >= 0.03
    assert "hold fewer than 0.03 of all" in " ".join(grid.notes_)


def test_the_grid_that_runs_are_compared_with_cuts_in_the_same_way() -> None:
    halves = make_rfm_grid(CUSTOMERS[["rfm_recency"]], 2)
    assert halves.tolist() == RfmGrid(2, 1, 1).fit(CUSTOMERS.to_numpy()).labels_.tolist()


def test_nobody_is_sure_on_a_cut_point_and_everybody_far_from_one() -> None:
    model = RfmGrid(recency=[100], frequency=1, monetary=1)
    found = Segmenter(StandardScaler(), model=model).fit(CUSTOMERS)
    new = CUSTOMERS.iloc[[0, 0, 0]].assign(rfm_recency=[100.0, 200.0, 5000.0])
    near, middle, far = found.scorer_.assign(new)["confidence"]
    assert near == pytest.approx(0, abs=1e-6)
    assert near < middle < far < 1


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        (RfmGrid(1, 1, 1), r"has 1 cells \(bins: recency 1, frequency 1, monetary 1\): expected 2 to 1,000"),
        (RfmGrid(list(range(1, 200)), 10, 10), "has 20,000 cells"),
    ],
)
def test_a_grid_of_one_cell_or_of_thousands_is_refused_before_there_is_data(
    grid: RfmGrid, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        check_stage(grid)


def test_other_features_are_refused_unless_they_are_left_out_of_the_grid() -> None:
    few = CUSTOMERS[["rfm_recency", "rfm_frequency"]]
    with pytest.raises(ConfigError, match="needs rfm_monetary, and the features are rfm_recency, rfm_freq"):
        Segmenter(model=RfmGrid()).fit(few)
    assert len(set(Segmenter(model=RfmGrid(monetary=1)).fit(few).labels_)) > 3
