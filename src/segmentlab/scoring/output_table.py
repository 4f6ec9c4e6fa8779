"""Scores as rows of a table, one snapshot per day, with their manifests in a table beside it."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.history.database import Database

NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,50}")
COLUMNS: Final = {
    "as_of": "date not null",
    "customer_id": "varchar(200) not null",
    "segment": "integer not null",
    "name": "varchar(200) not null",
    "confidence": "double precision not null",
    "little_history": "boolean not null",
}


@dataclass(frozen=True)
class OutputTable:
    """A table of the user's database. A day's rows are replaced in one transaction, with their manifest.

    A table that has other columns is refused by the database, and stays as it was.
    """

    name: str
    url: str = field(repr=False)  # it may hold a password

    def __post_init__(self) -> None:
        # It is written into statements, so it has to be an identifier and nothing else.
        if not NAME.fullmatch(self.name):
            raise ConfigError(
                f"table={self.name} is no name of a table: write small letters, digits and _, a letter first."
            )

    def check(self) -> None:
        """Make what is missing, before anything is computed."""
        columns = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        with self._database.transaction() as session:
            session.execute(
                f"create table if not exists {self.name} ({columns}, primary key (as_of, customer_id))", {}
            )
            session.execute(
                f"create table if not exists {self._manifests} (as_of date primary key, manifest text)", {}
            )

    def write(self, scored: pd.DataFrame, manifest: Mapping[str, Any]) -> str:
        """Replace the rows of the day, and tell where they are."""
        if manifest["as_of"] is None:
            raise ConfigError(
                f"table={self.name} holds snapshots by their day, and data without transactions has none: "
                "write a file with output=."
            )
        day = {"as_of": date.fromisoformat(manifest["as_of"])}
        told = json.dumps({**manifest, "output": {"rows": len(scored)}})
        with self._database.transaction() as session:
            for table in (self.name, self._manifests):
                session.execute(f"delete from {table} where as_of = :as_of", day)  # noqa: S608  an identifier
            session.append(self.name, scored.assign(**day))
            session.append(self._manifests, pd.DataFrame([{**day, "manifest": told}]))
        return f"table {self.name}, with {self._manifests} beside it"

    @property
    def _manifests(self) -> str:
        return f"{self.name}_manifests"

    @property
    def _database(self) -> Database:
        return Database(self.url, "database")
