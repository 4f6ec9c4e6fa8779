"""Two runs' segments, laid over each other."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import DataError
from segmentlab.evaluation.agreement import measure_agreement
from segmentlab.report.figures.overlap import tabulate_overlap
from tests.examples import draw_examples

labels = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=2, max_size=40)


def customers(segments, first=0) -> pd.DataFrame:
    ids = [f"{number:04d}" for number in range(first, first + len(segments))]
    names = ["Noise" if segment < 0 else f"Segment {segment}" for segment in segments]
    return pd.DataFrame({"customer_id": ids, "segment": segments, "name": names})


@draw_examples(20)
@given(labels)
def test_numbers_of_segments_are_only_names(pairs):
    first, second = (list(side) for side in zip(*pairs, strict=True))
    renamed = [segment if segment < 0 else 3 - segment for segment in second]
    found = measure_agreement(("a", customers(first)), ("b", customers(second)))
    again = measure_agreement(("a", customers(first)), ("b", customers(renamed)))
    assert found.adjusted_rand == again.adjusted_rand or math.isnan(found.adjusted_rand)


@draw_examples(20)
@given(labels)
def test_every_shared_customer_is_in_one_pair_and_shares_sum_to_one(pairs):
    first, second = (list(side) for side in zip(*pairs, strict=True))
    found = measure_agreement(("a", customers(first)), ("b", customers(second)))
    assert found.overlap["customers"].sum() == found.shared == len(pairs)
    data = tabulate_overlap(found.overlap)
    np.testing.assert_allclose(data.shares.sum(axis="columns"), 1)
    assert int(data.customers.to_numpy().sum()) == len(pairs)


def test_only_shared_customers_count_and_noise_is_no_segment():
    first = customers([0, 0, 1, 1, -1, 2])
    second = customers([0, 1, 1, -1, 0, 5, 5], first=1)
    found = measure_agreement(("a", first), ("b", second))
    assert (found.shared, found.placed) == (5, 4)
    same = measure_agreement(("a", first), ("a", first))
    assert (same.adjusted_rand, same.placed) == (1, 5)


def test_where_nobody_is_placed_by_both_there_is_no_index():
    found = measure_agreement(("a", customers([-1, -1])), ("b", customers([0, 1])))
    assert math.isnan(found.adjusted_rand)


def test_runs_without_a_common_customer_are_refused():
    with pytest.raises(DataError, match="share no customer"):
        measure_agreement(("a", customers([0, 1])), ("b", customers([0, 1], first=50)))


def test_noise_stands_last():
    found = measure_agreement(("a", customers([-1, 0, 1])), ("b", customers([1, -1, 0])))
    data = tabulate_overlap(found.overlap)
    assert data.rows == data.columns == ["Segment 0", "Segment 1", "Noise"]
