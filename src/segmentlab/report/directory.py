"""The customers that travel inside a report, to be found by their id."""

import json
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

import pandas as pd
from markupsafe import Markup

from segmentlab.features import Column
from segmentlab.report.layout import choose_colour
from segmentlab.report.tables import brings_back
from segmentlab.report.wording import format_amount, format_money, make_headings
from segmentlab.transactions import has_kept_nothing

MOST_LISTED_CUSTOMERS: Final = 20_000  # customers; they take about a megabyte of the page
DIRECTORY_MONEY: Final = {"gross": "Gross", "returned": "Brought back", "net": "Net"}
KEPT_NOTHING: Final = "\nkept nothing"
DIRECTORY_FEATURES: Final = 6  # those that fit beside a name; the table of customers has them all


class Directory(NamedTuple):
    """The headings of what is shown of a customer, and the customers themselves as JSON."""

    headings: list[str]
    customers: int
    json: Markup


def make_directory(customers: pd.DataFrame, columns: Sequence[Column]) -> Directory | None:
    """Pack the customers, or give nothing where they are too many for a page.

    `customers` has customer_id, segment, name, confidence and the features, a row per customer; and what
    each paid, brought back and kept, which stands in front of the features where it is known.
    """
    if len(customers) > MOST_LISTED_CUSTOMERS:
        return None
    shown = columns[:DIRECTORY_FEATURES]
    money = DIRECTORY_MONEY if brings_back(customers) else {}
    names = customers.drop_duplicates("segment").set_index("segment")["name"]
    packed = {
        "segments": {
            str(segment): {"name": name, "colour": choose_colour(segment)}
            for segment, name in zip(names.index, names, strict=True)
        },
        "rows": list(
            _make_directory_rows(
                customers[["customer_id", "segment", "confidence", *(c.name for c in shown)]],
                _write_money(customers) if money else [[]] * len(customers),
            )
        ),
    }
    return Directory(
        ["Customer", "Segment", "Confidence", *money.values(), *make_headings(shown)],
        len(customers),
        embed_json(packed),
    )


def embed_json(content: object) -> Markup:
    """JSON that stands in a page: without `<` nothing in it can end the script that it stands in."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704


def _write_money(customers: pd.DataFrame) -> list[list[str]]:
    """To the cent, as a shop looks it up; the net of whoever kept nothing is marked."""
    amounts = [customers[name].map(format_money).tolist() for name in DIRECTORY_MONEY]
    marks = has_kept_nothing(customers).map({True: KEPT_NOTHING, False: ""})
    return [[gross, returned, net + mark] for gross, returned, net, mark in zip(*amounts, marks, strict=True)]


def _make_directory_rows(customers: pd.DataFrame, money: Sequence[Sequence[str]]) -> Iterator[list[object]]:
    ids = customers["customer_id"].astype(str).tolist()
    segments = customers["segment"].astype(int).tolist()
    numbers = customers.iloc[:, 2:].astype(float).to_numpy().tolist()
    for customer, segment, (sure, *values), paid in zip(ids, segments, numbers, money, strict=True):
        yield [customer, segment, format_amount(sure), *paid, *map(format_amount, values)]
