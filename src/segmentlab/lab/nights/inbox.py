"""The folder that files are delivered into. Each is read once, and its lines are kept in typed columns.

What a file is decides its content, not its name: one that comes again is told and left alone.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Final

import ibis
import pandas as pd

from segmentlab.errors import ConfigError, DataError, NoRowsError
from segmentlab.lab.outputs import HistoryDatabase
from segmentlab.transactions import Source, compute_content_digest, count_days

DELIVERIES_TABLE: Final = "deliveries"
DELIVERY_COLUMNS: Final = {
    "digest": "varchar(64) not null",
    "name": "varchar(250) not null",
    "night": "date not null",
    "state": "varchar(10) not null",
    "read_lines": "bigint not null",
    "first_day": "date",
    "last_day": "date",
    "told": "text not null",
}
_CREATE: Final = (
    f"create table if not exists {DELIVERIES_TABLE} "
    f"({', '.join(f'{name} {kind}' for name, kind in DELIVERY_COLUMNS.items())}, primary key (digest, name))"
)
UNFINISHED: Final = (".part", ".tmp", ".filepart", ".crdownload")  # somebody is still writing it


class InboxState(StrEnum):
    """What became of a file."""

    TAKEN = "taken"
    REPEATED = "repeated"  # its content was taken under another name
    EMPTY = "empty"
    REFUSED = "refused"  # not readable, not as usual, or another content under a name that was taken


@dataclass(frozen=True)
class InboxFile:
    """One file of the inbox."""

    digest: str
    name: str
    night: date
    state: InboxState
    read_lines: int = 0
    first_day: date | None = None
    last_day: date | None = None
    told: str = ""

    def is_within(self, first: date, end: date) -> bool:
        """Whether it has lines from one day until another."""
        return (
            self.first_day is not None
            and self.last_day is not None
            and (self.last_day >= first and self.first_day < end)
        )


class Inbox:
    """Files of a folder, those that were taken as Parquet files in another, and the ledger of both.

    A file is taken when its lines are on the disk under their name, and then its row is written: one that is
    killed between the two takes it again, and finds the same.
    """

    def __init__(self, folder: Path, taken: Path, url: str) -> None:
        if not folder.is_dir():
            raise ConfigError(f"inbox={folder}: there is no such folder. Name the one that files come into.")
        self.folder, self.taken = folder, taken
        self.database = HistoryDatabase(url)
        taken.mkdir(parents=True, exist_ok=True, mode=0o700)

    def take_in(
        self, night: date, open_file: Callable[[str], Source], *, again: bool = False
    ) -> list[InboxFile]:
        """Take what is new, in the order of names; with `again` also what was refused before."""
        known = self.list_deliveries()
        self._tidy(known)
        seen = {(one.digest, one.name) for one in known if not (again and one.state == InboxState.REFUSED)}
        taken = {one.digest: one.name for one in known if one.state == InboxState.TAKEN}
        names = {name: digest for digest, name in taken.items()}
        found = []
        for path in self._list_files():
            digest = compute_content_digest(path).hex()
            if (digest, path.name) in seen:
                continue
            if taken.get(digest, path.name) != path.name:
                told = f"it was taken before as {taken[digest]}"
                one = InboxFile(digest, path.name, night, InboxState.REPEATED, told=told)
            elif names.get(path.name, digest) != digest:
                told = "a file of this name was taken before, with another content: give it a name of its own"
                one = InboxFile(digest, path.name, night, InboxState.REFUSED, told=told)
            else:
                one = self._take(path, digest, night, open_file)
            if one.state == InboxState.TAKEN:
                taken[digest], names[path.name] = path.name, digest
            self.keep(one)
            found.append(one)
        return found

    def set_aside(self, some: Sequence[InboxFile], told: str) -> None:
        """Take back what turned out to be not as usual: its row says why, and its lines go."""
        self.keep(*(replace(one, state=InboxState.REFUSED, told=told) for one in some))
        for one in some:
            self._name_lines(one.digest).unlink(missing_ok=True)

    def list_refused(self) -> list[InboxFile]:
        """Those that wait for somebody, as long as they lie in the folder."""
        return [
            one
            for one in self.list_deliveries()
            if one.state == InboxState.REFUSED and (self.folder / one.name).exists()
        ]

    def list_taken(self) -> list[InboxFile]:
        """Those whose lines count."""
        return [one for one in self.list_deliveries() if one.state == InboxState.TAKEN]

    def list_lines(self, leave_out: Sequence[InboxFile]) -> list[Path]:
        """Where the lines of all others are."""
        left = {one.digest for one in leave_out}
        return [self._name_lines(one.digest) for one in self.list_taken() if one.digest not in left]

    @property
    def pattern(self) -> str:
        """Where all lines are that were taken."""
        return str(self.taken / "*.parquet")

    def keep(self, *files: InboxFile) -> None:
        """Keep what became of files: of all of them, or of none."""
        with self.database.transaction() as session:
            session.execute(_CREATE, {})
            for one in files:
                session.execute(
                    f"delete from {DELIVERIES_TABLE} where digest = :digest and name = :name",  # noqa: S608
                    {"digest": one.digest, "name": one.name},
                )
                row = {name: value for name, value in asdict(one).items() if value is not None}
                session.append(DELIVERIES_TABLE, pd.DataFrame([row | {"state": str(one.state)}]))

    def list_deliveries(self) -> list[InboxFile]:
        """All that was ever seen, in the order of nights and names."""
        if self.database.is_empty:
            return []
        with self.database.transaction() as session:
            session.execute(_CREATE, {})
            rows = session.read(f"select * from {DELIVERIES_TABLE} order by night, name", {})  # noqa: S608
        for name in ("night", "first_day", "last_day"):
            days = pd.to_datetime(rows[name])
            rows[name] = days.dt.date.astype(object).where(days.notna(), None)
        return [
            InboxFile(
                **{str(name): value for name, value in row.items()} | {"state": InboxState(row["state"])}
            )
            for row in rows[list(DELIVERY_COLUMNS)].to_dict("records")
        ]

    def _tidy(self, known: Sequence[InboxFile]) -> None:
        """Remove what a killed night has left: lines of which no row says that they count."""
        counted = {self._name_lines(one.digest) for one in known if one.state == InboxState.TAKEN}
        for path in self.taken.glob("*.parquet"):
            if path not in counted:
                path.unlink()

    def _list_files(self) -> Iterator[Path]:
        for path in sorted(self.folder.iterdir()):
            if path.is_file() and not path.name.startswith(".") and path.suffix not in UNFINISHED:
                yield path

    def _name_lines(self, digest: str) -> Path:
        return self.taken / f"{digest}.parquet"

    def _take(self, path: Path, digest: str, night: date, open_file: Callable[[str], Source]) -> InboxFile:
        if not path.stat().st_size:
            return InboxFile(digest, path.name, night, InboxState.EMPTY, told="it has no bytes")
        try:
            days = self._write_lines(open_file(str(path)), self._name_lines(digest))
        except NoRowsError:
            return InboxFile(digest, path.name, night, InboxState.EMPTY, told="it has no line")
        except DataError as error:
            return InboxFile(digest, path.name, night, InboxState.REFUSED, told=str(error))
        if days.empty:
            return InboxFile(digest, path.name, night, InboxState.EMPTY, told="it has no line with a date")
        first, last = days.index[0].date(), days.index[-1].date()
        return InboxFile(digest, path.name, night, InboxState.TAKEN, int(days["lines"].sum()), first, last)

    def _write_lines(self, source: Source, target: Path) -> pd.DataFrame:
        """Write the lines in our columns, and count them by their day."""
        dataset = source.read(ibis.duckdb.connect())
        lines = getattr(dataset, "transactions", None)
        if lines is None:
            raise DataError(f"{dataset.source} has customers and no transactions.")
        whole = {
            name: lines[name].cast("float64") for name, kind in lines.schema().items() if kind.is_integer()
        }
        draft = target.with_name(f".{target.name}.draft")
        draft.unlink(missing_ok=True)
        draft.touch(mode=0o600)
        (lines.mutate(**whole) if whole else lines).to_parquet(draft, use_tmp_file=False)
        _give_name(draft, target)
        return count_days(lines)


def forget_taken_lines(taken: Path, customer_id: str) -> int:
    """Write every file anew that has lines of one customer, and tell how many there were."""
    from pyarrow import compute, parquet

    gone = 0
    for path in sorted(taken.glob("*.parquet")):
        lines = parquet.read_table(path)
        others = lines.filter(compute.not_equal(lines["customer_id"], customer_id).fill_null(fill_value=True))
        if others.num_rows < lines.num_rows:
            gone += lines.num_rows - others.num_rows
            draft = path.with_name(f".{path.name}.draft")
            draft.unlink(missing_ok=True)
            draft.touch(mode=0o600)
            parquet.write_table(others, draft)
            _give_name(draft, path)
    return gone


def _give_name(draft: Path, path: Path) -> None:
    """On the disk before it has its name: a machine that stops leaves no empty file under it."""
    with draft.open("rb") as stream:
        os.fsync(stream.fileno())
    draft.replace(path)
