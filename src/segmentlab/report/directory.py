"""The customers that travel inside a report: to be found, sorted, filtered, and saved as a list."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.features import Column
from segmentlab.report.html import pack_text
from segmentlab.report.layout import choose_colour
from segmentlab.report.tables import brings_back
from segmentlab.report.wording import format_amount, format_money, make_headings
from segmentlab.transactions import has_kept_nothing

MOST_LISTED_CUSTOMERS: Final = 20_000  # customers; they take half a megabyte of the page
DIRECTORY_MONEY: Final = {"gross": "Gross", "returned": "Brought back", "net": "Net"}
KEPT_NOTHING: Final = "\nkept nothing"
DIRECTORY_FEATURES: Final = 6  # those that fit beside a name; the table of customers has them all
NOT_IN_ROWS: Final = ("action", "reason")  # the same for a whole segment: told once, above the rows


class Directory(NamedTuple):
    """What can be sorted and what stands beside it, what can be filtered by, and the customers themselves."""

    sortable: dict[str, str]  # by the name of a column of the list, its heading
    further: list[str]
    choices: dict[str, list[str]]
    customers: int
    packed: str  # JSON, as `pack_text` writes it


def make_directory(
    customers: pd.DataFrame, columns: Sequence[Column], listed: pd.DataFrame | None = None
) -> Directory | None:
    """Pack the customers, or give nothing where they are too many for a page.

    `customers` has customer_id, segment, name, confidence and the features, a row per customer; and what
    each paid, brought back and kept, which stands beside the list where it is known. `listed` is what can be
    saved, with the index of `customers` in an order of its own; as it comes, it is who and which segment.
    """
    if len(customers) > MOST_LISTED_CUSTOMERS:
        return None
    if listed is None:
        listed = customers[["customer_id", "confidence"]].round({"confidence": 3})
        listed.insert(1, "segment", customers["name"])
    own, names = customers.loc[listed.index], [str(name) for name in listed]
    named = own.drop_duplicates("segment").sort_values("segment")
    further = dict(_list_further(own, columns))
    content = {
        "list": [_pack_column(name, listed[name], own["segment"], named) for name in names],
        "colours": [choose_colour(segment) for segment in named["segment"]],
        "further": list(further.values()),
    }
    return Directory(
        {name: _write_heading(name) for name in names if name not in NOT_IN_ROWS},
        list(further),
        {
            name: named["name"].tolist() if name == "segment" else sorted(set(listed[name]) - {""})
            for name in ("segment", "state", "country")
            if name in listed
        },
        len(own),
        pack_text(json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)),
    )


def _pack_column(name: str, column: pd.Series, segments: pd.Series, named: pd.DataFrame) -> dict[str, object]:
    """Ids and numbers as they are, and of words that many share each one once."""
    if name == "customer_id":
        return {"name": name, "texts": column.astype(str).tolist()}
    if pd.api.types.is_float_dtype(column):
        return {"name": name, "numbers": [None if pd.isna(number) else number for number in column.tolist()]}
    if name == "segment":  # by number: two segments may have one name
        places = {segment: place for place, segment in enumerate(named["segment"])}
        return {"name": name, "words": named["name"].tolist(), "codes": segments.map(places).tolist()}
    codes, words = pd.factorize(column.astype(str))
    return {"name": name, "words": words.tolist(), "codes": codes.tolist()}


def _write_heading(name: str) -> str:
    """A column of the list as people read it: `value_ahead_90_days` is Value ahead (90 days)."""
    if name == "customer_id":
        return "Customer"
    if name.startswith("value_ahead_"):
        return f"Value ahead ({name.removeprefix('value_ahead_').replace('_', ' ')})"
    return name.replace("_", " ").capitalize()


def _list_further(own: pd.DataFrame, columns: Sequence[Column]) -> Iterator[tuple[str, list[str]]]:
    """Money to the cent, as a shop looks it up, and the features, each under its heading."""
    if brings_back(own):
        amounts = {name: own[name].map(format_money) for name in DIRECTORY_MONEY}
        amounts["net"] += has_kept_nothing(own).map({True: KEPT_NOTHING, False: ""})
        for name, heading in DIRECTORY_MONEY.items():
            yield heading, amounts[name].tolist()
    shown = columns[:DIRECTORY_FEATURES]
    for column, heading in zip(shown, make_headings(shown), strict=True):
        yield heading, _format_amounts(own[column.name])


def _format_amounts(values: pd.Series) -> list[str]:
    known: Any = values.astype(float)
    return [format_amount(value) for value in known.tolist()]
