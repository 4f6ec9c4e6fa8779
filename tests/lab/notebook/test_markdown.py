"""Numbers as a note shows them, and when two of them are the same."""

import math

import pandas as pd
import pytest

from segmentlab.lab.notebook.note import compare_published, describe_agreement, format_number, write_markdown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(4372, "4,372"), (4372.0, "4,372"), (0.55393, "0.554"), (None, "-"), (math.nan, "-"), ("none", "none")],
)
def test_numbers(value: object, shown: str) -> None:
    assert format_number(value, 3) == shown


@pytest.mark.parametrize(
    ("published", "repeated", "same"),
    [
        (1478.5, 1478.52, True),
        (1478.5, 1478.56, False),
        (628, 628.0, True),
        (628, 627.0, False),
        (0.5539, 0.553932, True),
        ("SEG001", "SEG001", True),
        (4, None, False),
    ],
)
def test_figures_agree_as_far_as_they_were_written(published: object, repeated: object, same: bool) -> None:
    assert compare_published([published], [repeated]) == [same]


def test_what_was_not_published_is_not_compared() -> None:
    assert compare_published([None, 2], [1, 2]) == [True]
    assert describe_agreement([]) == ""
    assert "2 of 3" in describe_agreement([True, False, True])
    assert "all 2" in describe_agreement([True, True])


def test_names_from_data_stay_in_their_cell() -> None:
    table = write_markdown(pd.DataFrame({"name": ["a|b <script>\nc"]}))
    assert table.splitlines() == ["| name |", "| - |", "| a\\|b &lt;script> c |"]
