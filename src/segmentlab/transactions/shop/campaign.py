"""A campaign whose effect is known: who is contacted orders once more than they would, by chance.

It has random numbers of its own, and what it adds comes on top: all else happens as it would without.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.shop.calendar import END, ORDINARY, START, find_open_day
from segmentlab.transactions.shop.people import Shoppers
from segmentlab.transactions.shop.sales import Flags, Floats, Ints, Sales
from segmentlab.transactions.shop.segments import PLANTED_SEGMENTS
from segmentlab.transactions.sources.digests import compute_content_digest
from segmentlab.transactions.sources.location import check_path, is_parquet

# The chance that a customer of a planted segment orders once more when contacted. Champions come anyway.
EFFECTS: Final[Mapping[str, float]] = {
    "champions": 0.0,
    "loyal": 0.10,
    "lapsed": 0.08,
    "newcomers": 0.15,
    "one-time": 0.02,
}
CONTACT, CONTROL = "contact", "control"
SHOWN_ROWS: Final = 3
EFFECT_FIELDS: Final = pa.schema(
    {
        "customer_id": pa.string(),
        "planted": pa.string(),
        "group": pa.string(),
        "expected_orders": pa.float64(),
        "expected_spend": pa.float64(),
        "orders": pa.int64(),
        "spend": pa.float64(),
    }
)


@dataclass(frozen=True)
class Campaign:
    """Who is contacted, and when it works."""

    contacted: Ints  # places among the customers of the world, in their order
    control: Ints
    day: int  # of the history: the first on which somebody may order because of it
    days: int
    digest: str  # of the file


def read_campaign(path: str, day: object, days: int, customers: int, first_customer: int) -> Campaign:
    """The campaign of a file with a customer and a group in each row, checked."""
    begin = _find_day(day, days)
    place = check_path(path, "data.campaign")
    if not place.is_file():
        raise DataError(f"data.campaign: there is no file {place}. Name a CSV or Parquet file.")
    table = _read_groups(place)
    wrong = ~table["group"].isin([CONTACT, CONTROL])
    _refuse(place, table, wrong, "group", f"expected {CONTACT} or {CONTROL}")
    number = pd.to_numeric(table["customer_id"], errors="coerce") - first_customer
    known = number.between(0, customers - 1) & table["customer_id"].str.fullmatch(r"[1-9]\d*")
    told = f"this world has customers {first_customer} to {first_customer + customers - 1}"
    _refuse(place, table, ~known, "customer_id", told)
    table["number"] = number.astype(np.int64)
    both = table.groupby("number")["group"].transform("nunique") > 1
    _refuse(place, table, both, "customer_id", "each customer is in one group only, and this one is in both")
    contacted, control = (np.unique(table["number"][table["group"] == name]) for name in (CONTACT, CONTROL))
    if not len(contacted):
        raise DataError(
            f"{place}: nobody is in the group {CONTACT}, so the campaign has no effect. "
            "Leave data.campaign out for a world without one."
        )
    return Campaign(contacted, control, begin, days, compute_content_digest(place).hex())


def _find_day(day: object, days: int) -> int:
    """The day of the history, if all days of the campaign lie within."""
    try:
        first = np.datetime64(date.fromisoformat(str(day)))
    except ValueError:
        raise ConfigError(f"data.campaign_day is {day!r}; expected a day such as 2011-09-01.") from None
    begin = int((first - START).astype(int))
    if not START <= first <= END - np.timedelta64(days, "D"):
        raise ConfigError(
            f"data.campaign_day={day} with data.campaign_days={days} does not lie within the history, which "
            f"runs from {START} to {END - 1}; expected a day until {END - np.timedelta64(days, 'D')}."
        )
    if ORDINARY[begin + days] == ORDINARY[begin]:
        raise ConfigError(
            f"data.campaign_day={day}: the shop is closed in all {days} days of the campaign. "
            "Choose another day or a larger data.campaign_days."
        )
    return begin


def _read_groups(place: Path) -> pd.DataFrame:
    """The two columns as texts."""
    try:
        if is_parquet(place):
            table = pd.read_parquet(place)
        else:
            table = pd.read_csv(place, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (ValueError, OSError, pa.ArrowException) as error:
        raise DataError(f"{place} can't be read as a CSV or Parquet file: {error}") from error
    missing = [name for name in ("customer_id", "group") if name not in table]
    if missing:
        raise DataError(
            f"{place} has no column {' and no column '.join(missing)}; its columns are "
            f"{', '.join(map(str, table.columns))}. Expected customer_id, and group: {CONTACT} or {CONTROL}."
        )
    return table[["customer_id", "group"]].astype("str").reset_index(drop=True)


def _refuse(place: Path, table: pd.DataFrame, wrong: pd.Series, column: str, told: str) -> None:
    """Name the first rows in which a column is wrong, if any is."""
    rows = table.index[wrong]
    if len(rows):
        shown = ", ".join(f"row {row + 1}: {table.loc[row, column]!r}" for row in rows[:SHOWN_ROWS])
        more = f" and {len(rows) - SHOWN_ROWS:,} more" if len(rows) > SHOWN_ROWS else ""
        raise DataError(f"{place}, column {column}: {shown}{more}; {told}.")


def draw_extra_visits(
    rng: np.random.Generator, people: Shoppers, contacted: Flags, campaign: Campaign
) -> tuple[Ints, Ints]:
    """Who of these people orders once more, and on which open day."""
    # Drawn for everybody, so that who else is contacted changes nothing for a customer.
    comes = (rng.random(len(people)) < find_effects(people)) & contacted
    begin, end = ORDINARY[campaign.day], ORDINARY[campaign.day + campaign.days]
    day = find_open_day(begin + rng.random(len(people)) * (end - begin))
    return np.flatnonzero(comes), day[comes]


def find_effects(people: Shoppers) -> Floats:
    """The chance of each customer to order once more if contacted."""
    effects: Floats = np.array([EFFECTS[segment.name] for segment in PLANTED_SEGMENTS])[people.segment]
    return effects


def describe_effects(
    people: Shoppers, names: pa.StringArray, contacted: Flags, control: Flags, order: Floats, extra: Sales
) -> pa.Table:
    """What the campaign was to add and what it added, for each customer of both groups; `order` in pounds."""
    rows = np.flatnonzero(contacted | control)
    pounds = extra.lines.quantity * extra.lines.pence / 100
    spend = np.bincount(extra.invoices.customer[extra.lines.invoice], pounds, len(people))
    expected = np.where(contacted, find_effects(people), 0.0)
    planted = np.array([segment.name for segment in PLANTED_SEGMENTS])[people.segment]
    columns = [
        names.take(pa.array(rows)),
        planted[rows],
        np.where(contacted, CONTACT, CONTROL)[rows],
        expected[rows],
        (expected * order)[rows],
        np.bincount(extra.invoices.customer, minlength=len(people))[rows],
        spend[rows],
    ]
    return pa.table([pa.array(column) for column in columns], schema=EFFECT_FIELDS)
