"""Values come back from plain data as they were, and nothing else does."""

import json
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentlab.features.feature_set import Column
from segmentlab.lab.names import UnknownNameError
from segmentlab.lab.tracking.archive import NotPlainError, pack, unpack
from tests.examples import draw_examples

ARRAYS = st.sampled_from(["float64", "int64", "bool", "<U5"]).flatmap(lambda kind: arrays(kind, (2, 3)))
SIMPLE = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | ARRAYS
VALUES = st.recursive(
    SIMPLE,
    lambda inner: (
        st.lists(inner)
        | st.lists(inner).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner)
        | st.builds(Column, st.text(), inner, st.text())
    ),
    max_leaves=8,
)


@dataclass(frozen=True)
class Stranger:
    """A dataclass that nobody gave a name."""

    value: Any


def assert_same(found: object, expected: object) -> None:
    assert type(found) is type(expected)
    match expected:
        case list() | tuple():
            assert len(found) == len(expected)
            for pair in zip(found, expected, strict=True):
                assert_same(*pair)
        case dict():
            assert list(found) == list(expected)
            assert_same(list(found.values()), list(expected.values()))
        case Column():
            assert_same(vars(found), vars(expected))
        case np.ndarray():
            assert found.dtype == expected.dtype
            np.testing.assert_array_equal(found, expected)
        case _:
            assert found == expected or (found != found and expected != expected)  # noqa: PLR0124  (NaN)


@draw_examples(100)
@given(value=VALUES)
def test_values_come_back_as_they_were(value: object) -> None:
    data = pack(value)
    assert pack(value) == data
    found = unpack(data, ["column"])
    assert_same(found, value)
    assert pack(found) == data


def test_frames_and_series_come_back_with_types_names_and_index() -> None:
    index = pd.Index(["007", "b"], name="customer_id", dtype="str")
    frame = pd.DataFrame(
        {
            "text": pd.Series(["x", None], index, dtype="str"),
            "whole": pd.Series([1, 2], index),
            "missing": pd.Series([np.nan, -0.5], index),
            "when": pd.Series(pd.to_datetime(["2011-01-01 10:00", None]), index).astype("datetime64[us]"),
        }
    )
    again = unpack(
        pack({"frame": frame, "series": frame["missing"], "nameless": frame["whole"].rename(None)}), []
    )
    pd.testing.assert_frame_equal(again["frame"], frame, check_exact=True)
    pd.testing.assert_series_equal(again["series"], frame["missing"], check_exact=True)
    pd.testing.assert_series_equal(again["nameless"], frame["whole"].rename(None))


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Column,
        {1, 2},
        datetime(2011, 1, 1),
        np.array([object()], dtype=object),
        pd.DataFrame({"mixed": ["1", 1]}, dtype=object),
        pd.DataFrame({"lists": [[1], [2, 3]]}),
    ],
    ids=["object", "class", "set", "moment", "array of objects", "mixed column", "column of lists"],
)
def test_what_would_come_back_otherwise_is_refused(value: object) -> None:
    with pytest.raises(NotPlainError):
        pack(value)


def test_only_dataclasses_of_the_given_names_are_made() -> None:
    column = pack(Column("a", "b", "c"))
    assert unpack(column, ["column"]) == Column("a", "b", "c")
    for names in ([], ["rfm"]):
        with pytest.raises(UnknownNameError, match="'column', a name that"):
            unpack(column, names)


def test_a_class_without_a_name_is_not_written() -> None:
    with pytest.raises(NotPlainError, match=r"Stranger of .* has no name to be stored by"):
        pack(Stranger(1))


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("os.system", UnknownNameError),
        ("segmentlab.features.feature_set.Literal", UnknownNameError),
        ("segmentlab.features.rfm.Column", UnknownNameError),
        ("lloyd", NotPlainError),  # a name, and of no dataclass
    ],
)
def test_a_forged_name_makes_nothing(name: str, error: type[Exception]) -> None:
    forged = BytesIO()
    with ZipFile(forged, "w") as archive:
        archive.writestr("tree.json", json.dumps({"object": [name, {}]}))
    with pytest.raises(error):
        unpack(forged.getvalue(), ["column", "lloyd"])
