"""The customers as a list to work with: who, in which state, what is expected of them, and what to do.

One function makes it, for the page and for the files beside it, so that both say the same.
"""

import re
from collections.abc import Iterator
from typing import Final

import pandas as pd

from segmentlab.flow import Result, Table
from segmentlab.report.layout import NOISE_SEGMENT

LISTED_FOLDER: Final = "segments/lists"
FOR_SPREADSHEETS: Final = "utf-8-sig"  # without these first bytes a spreadsheet guesses the letters
LONGEST_FILE_NAME: Final = 40
VALUE_AHEAD: Final = "value_ahead_{}_days"


def make_customer_list(result: Result) -> pd.DataFrame:
    """Who is expected to spend most comes first.

    The columns `segment` (its name), `state`, `value_ahead_90_days`, `last_order`, `country`, `confidence`,
    `action` and `reason` follow the customer's id; what is not known of anybody has no column. The index is
    the place of the customer in the result. Action and reason are empty where nobody should act on these
    segments.
    """
    own, names = result.customers, result.portrait.names
    listed = own[["customer_id"]].assign(segment=own["name"])
    if "state" in own:
        listed["state"] = own["state"]
    if not isinstance(result.ahead, str):
        days = choose_horizon(result.ahead.horizons)
        spend = result.ahead.customers[f"spend_{days}"].reindex(own["customer_id"])
        listed[VALUE_AHEAD.format(days)] = spend.round(2).to_numpy()
    for name, facts in _list_known_facts(result):
        listed[name] = facts.reindex(own["customer_id"]).fillna("").to_numpy()
    listed["confidence"] = own["confidence"].round(3)
    words = names[["actions", "reason"]] if result.judgement.recommends_actions else names[[]]
    told = words.reindex(own["segment"], columns=["actions", "reason"], fill_value="")
    listed[["action", "reason"]] = told.to_numpy()
    foremost = [name for name in map(str, listed) if name.startswith("value_ahead_")]
    return listed.sort_values(foremost, ascending=False, kind="stable") if foremost else listed


def choose_horizon(horizons: tuple[int, ...]) -> int:
    """The days ahead that are told where there is room for one number."""
    return sorted(horizons)[len(horizons) // 2]


def record_lists(result: Result) -> Iterator[Table]:
    """A file for each segment, for whoever writes to its customers."""
    if result.everybody is not None:  # those who are here are a sample then
        return
    listed, segments = make_customer_list(result), result.customers["segment"]
    for segment, name in zip(result.profile.index, result.profile["name"], strict=True):
        rows = listed[segments.reindex(listed.index) == segment]
        yield Table(f"{LISTED_FOLDER}/{name_list(int(segment), str(name))}", rows, encoding=FOR_SPREADSHEETS)


def name_list(segment: int, name: str) -> str:
    """The file of a segment: its number keeps two of one name apart, and the name finds it."""
    words = re.sub(r"[^\w]+", "_", name.lower()).strip("_")[:LONGEST_FILE_NAME]
    number = "none" if segment == NOISE_SEGMENT else str(segment)
    return f"{number}_{words}.csv" if words else f"{number}.csv"


def _list_known_facts(result: Result) -> Iterator[tuple[str, pd.Series]]:
    sales, traits = result.described.sales, result.described.traits
    if sales is not None:
        yield "last_order", sales.facts.customers["last"].dt.strftime("%Y-%m-%d")
        if "country" in sales.facts.customers:
            yield "country", sales.facts.customers["country"].astype("object")
    elif traits is not None and "country" in traits:
        yield "country", traits["country"].astype("object")
