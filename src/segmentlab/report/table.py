"""A table of the report."""

from typing import NamedTuple


class Table(NamedTuple):
    """Rows of text; the first cell of each is its heading."""

    title: str
    headings: list[str]
    rows: list[list[str]]
