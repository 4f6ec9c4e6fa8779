"""Where a database is, without giving its credentials away, and what to read of it."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segmentlab.errors import ConfigError, DataError
from segmentlab.redaction import learn_secrets, redact_text

if TYPE_CHECKING:
    from sqlalchemy import URL


ADDRESS_FORM: Final = "dialect://user:password@host:port/database, or dialect:///path for a file"
DATABASE_DRIVERS: Final = {"postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
DATABASE_TIMEOUT: Final = "10"  # seconds; psycopg itself waits for two minutes


@dataclass(frozen=True)
class DatabaseAddress:
    """The address of a database. As text it has neither user nor password, nor any of its options."""

    url: "URL" = field(repr=False)

    @classmethod
    def parse(cls, typed: str, key: str = "data.url") -> "DatabaseAddress":
        """The parts of an address, which an error never repeats: any part may be a piece of a password.

        `key` is the parameter that it was typed for.
        """
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        learn_secrets(typed)
        try:
            url = make_url(typed)
        except (ArgumentError, ValueError):
            raise ConfigError(f"{key} is no address of a database. Write {ADDRESS_FORM}.") from None
        if url.host and "@" in f"{url.host}{url.database}":
            raise ConfigError(f"{key} holds more than one @. Within a user or password write it as %40.")
        url = url.set(drivername=DATABASE_DRIVERS.get(url.drivername, url.drivername))
        if url.drivername == "postgresql+psycopg" and "connect_timeout" not in url.query:
            url = url.update_query_dict({"connect_timeout": DATABASE_TIMEOUT})
        return cls(url)

    @property
    def dialect(self) -> str:
        """Which kind of database: `postgresql`, `sqlite`, `duckdb`."""
        return self.url.get_backend_name()

    @property
    def name(self) -> str:
        """What the database itself is called."""
        return (self.url.database or self.dialect).split("/")[-1].split(".")[0]

    def __str__(self) -> str:
        from sqlalchemy import URL

        return URL.create(
            self.dialect, host=self.url.host, port=self.url.port, database=self.url.database
        ).render_as_string()

    def refusal(self, error: Exception, subject: object) -> DataError:
        """What to tell when the database would not read the table or the query."""
        return DataError(
            f"{self}: {subject} can't be read ({self.reason(error)}). Correct it, or ask for leave to read."
        )

    def reason(self, error: Exception) -> str:
        """What a database says of an error, in one line, without the place in its own SQL, or a password."""
        said = str(getattr(error, "orig", None) or error).split("\nLINE ")[0]
        return redact_text(" ".join(said.split()).rstrip("."))


# What to read of a database: a table, or what a query gives.


SELECT_START: Final = re.compile(
    r"(--[^\n]*\n|/\*.*?\*/|[\s(])*(select|with|from|values|table)\b", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class DatabaseQuery:
    """Exactly one of the two; a query only reads."""

    table: str | None = None
    query: str | None = None

    def __post_init__(self) -> None:
        if (self.table is None) == (self.query is None):
            raise ConfigError(
                "data=database reads a table or a query: give data.table=lines or data.query='select ...', "
                f"{'one of them' if self.table is None else 'not both'}."
            )
        if self.query is not None and not SELECT_START.match(self.query):
            raise ConfigError(
                f"data.query has to be a select, and this is none: {redact_text(self.query)!r}."
            )

    def __str__(self) -> str:
        return "data.query" if self.table is None else f"table '{self.table}'"

    @property
    def schema_and_table(self) -> tuple[str | None, str]:
        """`shop.lines` is the table `lines` of the schema `shop`."""
        schema, _, name = (self.table or "").rpartition(".")
        return schema or None, name

    def not_among(self, found: Sequence[str], database: object) -> ConfigError:
        """What to tell of a table that the database does not have."""
        near = difflib.get_close_matches(self.schema_and_table[1], found, n=1, cutoff=0.5)
        hint = f"Did you mean {near[0]}?" if near else "A table of another schema is schema.table."
        return ConfigError(
            f"data.table={self.table}: {database} has no such table. Found: "
            f"{', '.join(sorted(found)) or 'none'}. {hint}"
        )
