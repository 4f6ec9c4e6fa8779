"""Scores as rows of a table, one snapshot per day, with their manifests in a table beside it."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd

from segmentlab.errors import ConfigError, StoreError
from segmentlab.lab.outputs.database import HistoryDatabase, HistorySession
from segmentlab.lab.outputs.manifest import Ready, subtract_deleted
from segmentlab.lab.tracking import read_signing_key, sign_document
from segmentlab.transactions import ADDRESS_FORM, read_blocks

TABLE_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,50}")
OUTPUT_TABLE_COLUMNS: Final = {
    "as_of": "date not null",
    "customer_id": "varchar(200) not null",
    "segment": "integer not null",
    "name": "varchar(200) not null",
    "confidence": "double precision not null",
    "little_history": "boolean not null",
}
AHEAD_TABLE_COLUMNS: Final = {  # of models that know the laws of their shop; older tables get them
    "state": "varchar(200)",
    "alive": "double precision",
    "buys": "double precision",
    "expected": "double precision",
    "next_order": "date",
    "late": "double precision",
}


@dataclass(frozen=True)
class OutputTable:
    """A table of the user's database. A day's rows are replaced in one transaction, with their manifest.

    A table of an earlier version gets the columns that it lacks. One that has other columns is refused by the
    database, and stays as it was.
    """

    name: str
    url: str = field(repr=False)  # it may hold a password

    def __post_init__(self) -> None:
        # It is written into statements, so it has to be an identifier and nothing else.
        if not TABLE_NAME.fullmatch(self.name):
            raise ConfigError(
                f"table={self.name} is no name of a table: write small letters, digits and _, a letter first."
            )

    @classmethod
    def of(cls, name: str, url: str | None) -> "OutputTable":
        """The table in the database that has to be named beside it."""
        if url is None:
            raise ConfigError(f"table={name} needs database=, or SEGMENTLAB_SCORES: {ADDRESS_FORM}.")
        return cls(name, url)

    def check(self) -> None:
        """Make what is missing, before anything is computed."""
        kinds = {**OUTPUT_TABLE_COLUMNS, **AHEAD_TABLE_COLUMNS}
        columns = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
        with self._database.transaction() as session:
            session.execute(
                f"create table if not exists {self.name} ({columns}, primary key (as_of, customer_id))", {}
            )
            there = set(session.read(f"select * from {self.name} where 1 = 0", {}))  # noqa: S608  an identifier
            if set(OUTPUT_TABLE_COLUMNS) <= there:
                for name, kind in AHEAD_TABLE_COLUMNS.items():
                    if name not in there:
                        session.execute(f"alter table {self.name} add column {name} {kind}", {})
            session.execute(
                f"create table if not exists {self._manifests} (as_of date primary key, manifest text)", {}
            )

    def check_day(self, as_of: date | None) -> None:
        """Every day has rows of its own, so none replaces another."""

    def write(self, scored: pd.DataFrame, manifest: Mapping[str, Any], ready: Ready = None) -> str:
        """Replace the rows of the day, and tell where they are; `ready` is called when they are there."""
        return self._replace([scored], len(scored), manifest, ready)

    def check_takes_parts(self) -> None:
        """A table takes any number of customers."""

    def write_parts(self, folder: Path, rows: int, manifest: Mapping[str, Any], ready: Ready = None) -> str:
        """The same from a folder of Parquet files, some thousand customers at a time."""
        return self._replace(read_blocks(folder), rows, manifest, ready)

    def _replace(
        self,
        blocks: Iterable[pd.DataFrame],
        rows: int,
        manifest: Mapping[str, Any],
        ready: Ready,
    ) -> str:
        if manifest["as_of"] is None:
            raise ConfigError(
                f"table={self.name} holds snapshots by their day, and data without transactions has none: "
                "write a file with output=."
            )
        day = {"as_of": date.fromisoformat(manifest["as_of"])}
        told = json.dumps(sign_document({**manifest, "output": {"rows": rows}}, read_signing_key()))
        with self._database.transaction() as session:
            for table in (self.name, self._manifests):
                session.execute(f"delete from {table} where as_of = :as_of", day)  # noqa: S608  an identifier
            for block in blocks:
                session.append(self.name, block.assign(**day))
            session.append(self._manifests, pd.DataFrame([{**day, "manifest": told}]))
        if ready is not None:  # not before: a history in the same file of SQLite would wait for this for ever
            ready()
        return f"table {self.name}, with {self._manifests} beside it"

    def check_is_there(self) -> None:
        """Refuse a table that nobody has written, before anything is deleted elsewhere."""
        if self._database.is_empty:
            raise StoreError(f"table={self.name}: there is no such database. Correct database=.")
        with self._database.transaction() as session:
            is_there = session.has_table(self.name)
        if not is_there:
            raise StoreError(
                f"table={self.name}: the database has no such table. Correct table= or database=."
            )

    def forget(self, customer_id: str) -> int:
        """Delete every row of one customer, and tell how many there were. The manifests count them."""
        self.check_is_there()
        who = {"customer_id": customer_id}
        with self._database.transaction() as session:
            where = f"from {self.name} where customer_id = :customer_id"
            days = session.read(f"select as_of {where}", who)["as_of"]
            session.execute(f"delete {where}", who)
            for day in pd.to_datetime(days).dt.date:
                self._count_less(session, {"as_of": day})
        return len(days)

    def _count_less(self, session: HistorySession, day: Mapping[str, date]) -> None:
        """One row of this day is gone. Days that were filled by other means have no manifest to correct."""
        where = f"{self._manifests} where as_of = :as_of"
        for text in session.read(f"select manifest from {where}", day)["manifest"]:  # noqa: S608  an identifier
            told = json.loads(text)
            told["output"]["rows"] -= 1
            change = f"update {self._manifests} set manifest = :manifest where as_of = :as_of"  # noqa: S608
            signed = sign_document(subtract_deleted(told, 1), read_signing_key())
            session.execute(change, {**day, "manifest": json.dumps(signed)})

    @property
    def _manifests(self) -> str:
        return f"{self.name}_manifests"

    @property
    def _database(self) -> HistoryDatabase:
        return HistoryDatabase(self.url, "database")
