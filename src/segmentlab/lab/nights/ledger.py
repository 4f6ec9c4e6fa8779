"""The ledger of nights: which day was scored by what, what came for it, and what was told of it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.lab.outputs import HistoryDatabase

NIGHTS_TABLE: Final = "nights"
# Types that DuckDB, SQLite and PostgreSQL all know.
NIGHT_COLUMNS: Final = {
    "day": "date not null",
    "state": "varchar(10) not null",
    "model": "varchar(200) not null",
    "digest": "varchar(64) not null",
    "read_lines": "bigint not null",
    "new_lines": "bigint not null",
    "late_lines": "bigint not null",
    "looked": "integer not null",
    "fired": "varchar(1000) not null",
    "told": "text not null",
}
_CREATE: Final = (
    f"create table if not exists {NIGHTS_TABLE} "
    f"({', '.join(f'{name} {kind}' for name, kind in NIGHT_COLUMNS.items())}, primary key (day))"
)


class NightState(StrEnum):
    """How a night has ended."""

    DONE = "done"
    LOOK = "look"  # scored and published; somebody should look at the checks
    REFUSED = "refused"  # neither scored nor published: what was delivered is not as usual


@dataclass(frozen=True)
class Night:
    """One day of the ledger."""

    day: date  # nothing at or after it counts
    state: NightState
    model: str
    digest: str  # of the data
    read_lines: int  # those before the day
    new_lines: int  # how many more that are than the night before
    late_lines: int  # of those, how many the night before should have had
    looked: int  # 1 where the checks of a look were made
    fired: str  # checks that ask for a look
    told: str

    @property
    def is_scored(self) -> bool:
        """Whether there are scores of this day."""
        return self.state != NightState.REFUSED

    def has_same(self, other: "Night") -> bool:
        """Whether it was spent on the same lines with the same model."""
        mine, theirs = ((one.model, one.digest, one.read_lines, one.late_lines) for one in (self, other))
        return mine == theirs


class NightLedger:
    """The nights in the history database, by their day. A night is there when all it does is done."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.database = HistoryDatabase(url, read_only=read_only)

    def keep(self, night: Night) -> None:
        """Keep a night in place of what was kept for its day."""
        with self.database.transaction() as session:
            session.execute(_CREATE, {})
            session.execute(f"delete from {NIGHTS_TABLE} where day = :day", {"day": night.day})  # noqa: S608
            session.append(NIGHTS_TABLE, pd.DataFrame([asdict(night) | {"state": str(night.state)}]))

    def list_nights(self) -> list[Night]:
        """All nights, in their order."""
        if self.database.is_empty:
            return []
        with self.database.transaction() as session:
            if self.database.read_only and not session.has_table(NIGHTS_TABLE):
                return []
            if not self.database.read_only:
                session.execute(_CREATE, {})
            found = session.read(f"select * from {NIGHTS_TABLE} order by day", {})  # noqa: S608  our own name
        found["day"] = pd.to_datetime(found["day"]).dt.date
        return [
            Night(**{str(name): value for name, value in row.items()} | {"state": NightState(row["state"])})
            for row in found[list(NIGHT_COLUMNS)].to_dict("records")
        ]


def list_due_days(nights: Sequence[Night], today: date, fill: int) -> list[date]:
    """The days that have no scores yet, after the last one that has; today is due again and again.

    A later day is never followed by an older one: what was refused before a day that is done stays as it is.
    """
    last = find_last_scored(nights)
    if last is None:
        return [today]
    first = max(last.day + timedelta(days=1), today - timedelta(days=fill))
    days = (today - first).days
    return [first + timedelta(days=number) for number in range(days)] + [today]


def find_last_scored(nights: Sequence[Night]) -> Night | None:
    """The last night that has scores."""
    return next((night for night in reversed(nights) if night.is_scored), None)


class NightLines(NamedTuple):
    """What there is for a night."""

    read: int  # lines before the day
    new: int  # how many more that are than the night before
    late: int  # of those, how many it should have had
    gone: int  # lines that it had, and that are no longer there
    last: int  # lines of the last day before this one

    def __str__(self) -> str:
        """In words, for people."""
        told = [f"{self.new:,} lines came" if self.new > 0 else "no line came"]
        if self.late:
            told.append(f"{self.late:,} of them late")
        if not self.last:
            told.append("none of the day before")
        if self.gone:
            told.append(f"{self.gone:,} that were there are gone")
        return f"{', '.join(told)}."


def count_night_lines(lines: pd.Series, day: date, before: Night | None) -> NightLines:
    """What the lines of each day until this one come to, after the night before it."""
    read = int(lines.sum())
    last = int(lines[lines.index >= pd.Timestamp(day) - pd.Timedelta(days=1)].sum())
    if before is None:
        return NightLines(read, read, 0, 0, last)
    more = int(lines[lines.index < pd.Timestamp(before.day)].sum()) - before.read_lines
    return NightLines(read, read - before.read_lines, max(more, 0), max(-more, 0), last)
