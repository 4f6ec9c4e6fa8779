"""The customers that travel inside a report, to be found by their id."""

import json
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import pandas as pd
from markupsafe import Markup

from segmentlab.features import Column
from segmentlab.report.layout import choose_colour
from segmentlab.report.wording import format_amount, make_headings

MOST_LISTED_CUSTOMERS: Final = 20_000  # customers; they take about a megabyte of the page
DIRECTORY_FEATURES: Final = 6  # those that fit beside a name; the table of customers has them all


class Directory(NamedTuple):
    """The headings of what is shown of a customer, and the customers themselves as JSON."""

    headings: list[str]
    customers: int
    json: Markup


def make_directory(customers: pd.DataFrame, columns: Sequence[Column]) -> Directory | None:
    """Pack the customers, or give nothing where they are too many for a page.

    `customers` has customer_id, segment, name, confidence and the features, a row per customer.
    """
    if len(customers) > MOST_LISTED_CUSTOMERS:
        return None
    shown = columns[:DIRECTORY_FEATURES]
    names = customers.drop_duplicates("segment").set_index("segment")["name"]
    packed = {
        "segments": {
            str(segment): {"name": name, "colour": choose_colour(segment)}
            for segment, name in zip(names.index, names, strict=True)
        },
        "rows": list(
            _make_directory_rows(
                customers[["customer_id", "segment", "confidence", *(c.name for c in shown)]]
            )
        ),
    }
    return Directory(
        ["Customer", "Segment", "Confidence", *make_headings(shown)], len(customers), embed_json(packed)
    )


def embed_json(content: object) -> Markup:
    """JSON that stands in a page: without `<` nothing in it can end the script that it stands in."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704


def _make_directory_rows(customers: pd.DataFrame) -> Iterator[list[object]]:
    ids = customers["customer_id"].astype(str).tolist()
    segments = customers["segment"].astype(int).tolist()
    numbers = customers.iloc[:, 2:].astype(float).to_numpy().tolist()
    for customer, segment, values in zip(ids, segments, numbers, strict=True):
        yield [customer, segment, *map(format_amount, values)]
