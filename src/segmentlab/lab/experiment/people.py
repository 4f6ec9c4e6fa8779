"""The customers of a run with what is ahead of each, and a choice among them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import pandas as pd
import pyarrow.csv as pa_csv

from segmentlab.evaluation import LoggedRun
from segmentlab.lab.tracking import (
    MlflowTracker,
    explain_store_errors,
    has_run_file,
    read_segment_customers,
)

VALUE_FILE: Final = "segments/value.csv"
USUAL_HORIZON: Final = 90  # days
PLACED_COLUMNS: Final = ("customer_id", "segment", "name", "confidence", "state", "net", "gross")
AHEAD_COLUMNS: Final = ("silent", "late", "alive", "next_order")  # beside the money of the horizon
DEFUSED: Final = re.compile(r"^'(?=[=+\-@\t\r])")  # how ids are written into files for spreadsheets


class RunPeople(NamedTuple):
    """A row for each customer, who is expected to spend most first.

    `frame` has those of `PLACED_COLUMNS` that the run knows; where it knows what is ahead, `expected` spend
    within `horizon` days, days since the last order (`silent`), by how many the customer is `late`, the
    chance of being `alive`, and `next_order`.
    """

    frame: pd.DataFrame
    horizon: int | None


@dataclass(frozen=True)
class PeopleFilter:
    """Which customers are wanted; an empty choice is no condition.

    Attributes:
        segments: By name.
        states: What single customers are called.
        countries: Where they are.
        least: Value of a customer at least: expected spend, or net spend where nothing is expected.
        confidence: From which to which confidence.
        text: A part of the id.
    """

    segments: Collection[str] = ()
    states: Collection[str] = ()
    countries: Collection[str] = ()
    least: float | None = None
    confidence: tuple[float, float] = (0.0, 1.0)
    text: str = ""


def read_people(tracker: MlflowTracker, run: LoggedRun) -> RunPeople:
    """Read who is in which segment, and what is ahead of each where the run says so."""
    placed = read_segment_customers(tracker, run, columns=None)
    placed = placed[[name for name in PLACED_COLUMNS if name in placed]]
    if not has_run_file(tracker, run.run_id, VALUE_FILE):
        ordered = placed.sort_values("net", ascending=False) if "net" in placed else placed
        return RunPeople(ordered.reset_index(drop=True), None)
    ahead, horizon = _read_ahead(tracker, run)
    joined = placed.merge(ahead, on="customer_id", how="left")
    return RunPeople(joined.sort_values("expected", ascending=False, ignore_index=True), horizon)


def select_people(people: RunPeople, wanted: PeopleFilter) -> pd.DataFrame:
    """The customers that a filter keeps, in their order."""
    frame = people.frame
    keep = pd.Series(data=True, index=frame.index)
    choices = {"name": wanted.segments, "state": wanted.states, "country": wanted.countries}
    for column, chosen in choices.items():
        if chosen and column in frame:
            keep &= frame[column].isin(list(chosen))
    worth = find_worth(people)
    if wanted.least is not None and worth is not None:
        keep &= frame[worth] >= wanted.least
    low, high = wanted.confidence
    if (low, high) != (0.0, 1.0):  # noise has no confidence, and stays where nobody asks for any
        keep &= frame["confidence"].between(low, high)
    if wanted.text:
        keep &= frame["customer_id"].astype("str").str.contains(wanted.text, case=False, regex=False)
    return frame[keep].reset_index(drop=True)


def find_worth(people: RunPeople) -> str | None:
    """The column that says what a customer is worth."""
    return next((name for name in ("expected", "net", "gross") if name in people.frame), None)


def _read_ahead(tracker: MlflowTracker, run: LoggedRun) -> tuple[pd.DataFrame, int]:
    """Only the columns that are shown: the file has many, of everybody."""
    with (
        TemporaryDirectory(prefix="segmentlab-") as folder,
        explain_store_errors(
            f"What is ahead of the customers of run '{run.name}' can't be read", f"Look for {VALUE_FILE}."
        ),
    ):
        path = Path(tracker.client.download_artifacts(run.run_id, VALUE_FILE, folder))
        with path.open(encoding="utf-8") as stream:
            headings = stream.readline().strip().split(",")
        horizons = [int(name.removeprefix("buys_")) for name in headings if name.startswith("buys_")]
        horizon = min(horizons, key=lambda days: abs(days - USUAL_HORIZON))
        money = f"spend_{horizon}"
        wanted = ["customer_id", *(name for name in AHEAD_COLUMNS if name in headings), money]
        texts = pa_csv.ConvertOptions(include_columns=wanted, column_types={"customer_id": "string"})
        ahead = pa_csv.read_csv(path, convert_options=texts).to_pandas()
    ids = ahead["customer_id"].astype("str").str.replace(DEFUSED, "", regex=True)
    return ahead.assign(customer_id=ids).rename(columns={money: "expected"}), horizon
