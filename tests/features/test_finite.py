"""What is a number, and what is said of that which is none."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from segmentlab.features.finite import convert_to_floats, find_broken_value


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 200], dtype="uint8"),
        np.array([True, False]),
        pd.array([1, 2], dtype="Int64"),
        [1, 2.5],
        [Decimal("1.5"), np.int64(3)],
    ],
    ids=["counts", "flags", "counts that may be missing", "mixed", "decimals"],
)
def test_a_number_is_a_number_in_whatever_type(values):
    table = pd.DataFrame(
        {"a": pd.Series(values, dtype=None if hasattr(values, "dtype") else "object"), "b": 1.0}
    )
    assert find_broken_value(table) is None
    assert convert_to_floats(table).tolist() == [[float(value), 1.0] for value in values]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("often", "'often', which is no number"),
        ("12", "'12', which is no number"),
        (None, "missing"),
        (pd.NaT, "missing"),
        (float("nan"), "nan"),
        (float("inf"), "inf"),
        (1j, "1j, which is no number"),
        (10**400, "a number of too many digits"),
        (["deep"] * 1000, f"{str(['deep'] * 8)[:57]}..., which is no number"),
        ([1], "[1], which is no number"),
    ],
)
def test_the_first_value_that_is_none_is_told_with_its_row(value, told):
    table = pd.DataFrame({"a": [1, 2, 3], "b": pd.Series([4, value, value], dtype="object")})
    broken = find_broken_value(table)
    assert (broken.feature, broken.row, broken.value, broken.rows) == ("b", "row 1", told, 2)
    known = table.set_index(pd.Index(["c1", "c2", "c3"], name="customer_id"))
    assert find_broken_value(known).row == "customer 'c2'"


def test_a_moment_is_no_number():
    table = pd.DataFrame({"when": pd.to_datetime(["2011-12-09"])})
    assert find_broken_value(table).value.startswith("Timestamp('2011-12-09")
    assert convert_to_floats(pd.DataFrame(index=range(2))).shape == (2, 0)
