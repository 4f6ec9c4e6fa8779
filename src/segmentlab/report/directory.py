"""The customers that travel inside a report, to be found by their id."""

import json
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import pandas as pd
from markupsafe import Markup

from segmentlab.features.contract import Column
from segmentlab.report.palette import colour
from segmentlab.report.wording import amount, headings

LARGEST: Final = 20_000  # customers; they take about a megabyte of the page
FEATURES: Final = 6  # those that fit beside a name; the table of customers has them all


class Directory(NamedTuple):
    """The headings of what is shown of a customer, and the customers themselves as JSON."""

    headings: list[str]
    customers: int
    json: Markup


def directory(customers: pd.DataFrame, columns: Sequence[Column]) -> Directory | None:
    """Pack the customers, or give nothing where they are too many for a page.

    `customers` has customer_id, segment, name, confidence and the features, a row per customer.
    """
    if len(customers) > LARGEST:
        return None
    shown = columns[:FEATURES]
    names = customers.drop_duplicates("segment").set_index("segment")["name"]
    packed = {
        "segments": {
            str(segment): {"name": name, "colour": colour(segment)}
            for segment, name in zip(names.index, names, strict=True)
        },
        "rows": list(_rows(customers[["customer_id", "segment", "confidence", *(c.name for c in shown)]])),
    }
    return Directory(
        ["Customer", "Segment", "Confidence", *headings(shown)], len(customers), embedded(packed)
    )


def embedded(content: object) -> Markup:
    """JSON that stands in a page: without `<` nothing in it can end the script that it stands in."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704


def _rows(customers: pd.DataFrame) -> Iterator[list[object]]:
    ids = customers["customer_id"].astype(str).tolist()
    segments = customers["segment"].astype(int).tolist()
    numbers = customers.iloc[:, 2:].astype(float).to_numpy().tolist()
    for customer, segment, values in zip(ids, segments, numbers, strict=True):
        yield [customer, segment, *map(amount, values)]
