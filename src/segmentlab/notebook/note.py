"""A note of the notebook: a page whose commands can be run and whose tables are filled in.

A table stands between two comments. The first holds, as YAML, what the table is of; what lies between them
is written by a command and never by hand.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from segmentlab.errors import ConfigError

TABLE: Final = re.compile(r"<!-- table\n(?P<spec>.*?)-->\n(?P<filled>.*?)<!-- end of table -->", re.DOTALL)
SHELL: Final = re.compile(r"^```sh\n(?P<lines>.*?)^```$", re.DOTALL | re.MULTILINE)
CONTINUED: Final = re.compile(r"\s*\\\n\s*")
NUMBER: Final = re.compile(r"^\d{4}_\w+\.md$")


@dataclass(frozen=True)
class Note:
    """One experiment as it is written down."""

    path: Path
    text: str

    @property
    def number(self) -> str:
        """The first four digits of its name."""
        return self.path.name[:4]

    @property
    def commands(self) -> Sequence[str]:
        """The lines of its shell blocks; a comment is none."""
        blocks = [CONTINUED.sub(" ", found["lines"]) for found in SHELL.finditer(self.text)]
        lines = [line.strip() for block in blocks for line in block.splitlines()]
        return [line for line in lines if line and not line.startswith("#")]

    @property
    def specs(self) -> Sequence[Mapping[str, Any]]:
        """What each table is of, in the order of the page."""
        return [self._spec(found) for found in TABLE.finditer(self.text)]

    def filled(self, tables: Sequence[str]) -> str:
        """The page with these tables in place of those it has."""
        fresh = iter(tables)
        return TABLE.sub(
            lambda found: f"<!-- table\n{found['spec']}-->\n{next(fresh)}\n<!-- end of table -->", self.text
        )

    def _spec(self, found: re.Match[str]) -> Mapping[str, Any]:
        line = self.text[: found.start()].count("\n") + 1
        try:
            spec = yaml.safe_load(found["spec"])
        except yaml.YAMLError as error:
            raise ConfigError(f"{self.path.name}, line {line}: the table is no YAML: {error}") from error
        if not isinstance(spec, dict) or "of" not in spec:
            raise ConfigError(f"{self.path.name}, line {line}: a table says what it is of: `of: segments`.")
        return {**spec, "line": line}


def read_notes(folder: Path, wanted: Sequence[str]) -> list[Note]:
    """The notes of these numbers, or all that there are, in their order."""
    paths = {path.name[:4]: path for path in folder.glob("*.md") if NUMBER.match(path.name)}
    numbers = [number.zfill(4) for number in wanted] or sorted(paths)
    unknown = sorted(set(numbers) - set(paths))
    if unknown:
        raise ConfigError(f"notes={unknown[0]}: no such note. There are: {', '.join(sorted(paths))}.")
    return [Note(paths[number], paths[number].read_text(encoding="utf-8")) for number in numbers]
