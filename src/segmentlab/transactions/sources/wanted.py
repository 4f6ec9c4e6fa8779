"""What to read of a database: a table, or what a query gives."""

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from segmentlab.errors import ConfigError

SELECT: Final = re.compile(
    r"(--[^\n]*\n|/\*.*?\*/|[\s(])*(select|with|from|values|table)\b", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True)
class Wanted:
    """Exactly one of the two; a query only reads."""

    table: str | None = None
    query: str | None = None

    def __post_init__(self) -> None:
        if (self.table is None) == (self.query is None):
            raise ConfigError(
                "data=database reads a table or a query: give data.table=lines or data.query='select ...', "
                f"{'one of them' if self.table is None else 'not both'}."
            )
        if self.query is not None and not SELECT.match(self.query):
            raise ConfigError(f"data.query has to be a select, and this is none: {self.query!r}.")

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
