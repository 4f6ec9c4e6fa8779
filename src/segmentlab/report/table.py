"""A table of the report."""

from typing import Any, NamedTuple

import pandas as pd


class Table(NamedTuple):
    """Rows of text; the first cell of each is its heading."""

    title: str
    headings: list[str]
    rows: list[list[str]]


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, each by the names of its columns."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]
