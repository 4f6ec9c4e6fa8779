"""A note of the notebook: a page whose commands can be run and whose tables are filled in.

A table stands between two comments. The first holds, as YAML, what the table is of; what lies between them
is written by a command and never by hand.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import yaml

from segmentlab.errors import ConfigError
from segmentlab.lab.config import check_choice_text

# Numbers and tables as a note shows them.


def write_markdown(table: pd.DataFrame) -> str:
    """A table of text. What comes from data can't end a cell or become a tag."""
    rows = [list(map(str, table.columns)), ["-"] * len(table.columns), *table.to_numpy().tolist()]
    return "\n".join("| " + " | ".join(map(_escape_cell, row)) + " |" for row in rows)


def format_number(value: Any, digits: int | None) -> str:  # noqa: ANN401  (whatever a run has logged)
    """A number with so many decimals, whole ones without, or as it was written; a dash for a missing one."""
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, str | bool):
        return str(value)
    if digits is None:
        return f"{value:,}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.{digits}f}"


def compare_published(published: Sequence[Any], values: Sequence[Any]) -> list[bool]:
    """For each published number: whether ours is the same, as far as it was written."""
    pairs = zip(published, values, strict=True)
    return [_is_same_number(theirs, ours) for theirs, ours in pairs if theirs is not None]


def describe_agreement(agreed: Sequence[bool]) -> str:
    """How many published numbers were met; nothing where none was published."""
    if not agreed:
        return ""
    told = f"all {len(agreed)}" if all(agreed) else f"{sum(agreed)} of {len(agreed)}"
    return f"\n\nPublished and repeated agree in {told} figures."


def _is_same_number(theirs: Any, ours: Any) -> bool:  # noqa: ANN401  (numbers, or words)
    if isinstance(theirs, str) or ours is None:
        return str(theirs) == str(ours)
    decimals = len(str(theirs).partition(".")[2])
    return math.isclose(round(float(ours), decimals), theirs, abs_tol=10**-decimals / 1e6)


def _escape_cell(text: object) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


NOTE_TABLE: Final = re.compile(
    r"<!-- table\n(?P<spec>.*?)-->\n(?P<filled>.*?)<!-- end of table -->", re.DOTALL
)
SHELL_BLOCK: Final = re.compile(r"^```sh\n(?P<lines>.*?)^```$", re.DOTALL | re.MULTILINE)
LINE_CONTINUATION: Final = re.compile(r"\s*\\\n\s*")
NOTE_NUMBER: Final = re.compile(r"^\d{4}_\w+\.md$")


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
        blocks = [LINE_CONTINUATION.sub(" ", found["lines"]) for found in SHELL_BLOCK.finditer(self.text)]
        lines = [line.strip() for block in blocks for line in block.splitlines()]
        return [line for line in lines if line and not line.startswith("#")]

    @property
    def specs(self) -> Sequence[Mapping[str, Any]]:
        """What each table is of, in the order of the page."""
        return [self._spec(found) for found in NOTE_TABLE.finditer(self.text)]

    def fill(self, tables: Sequence[str]) -> str:
        """The page with these tables in place of those it has."""
        fresh = iter(tables)
        return NOTE_TABLE.sub(
            lambda found: f"<!-- table\n{found['spec']}-->\n{next(fresh)}\n<!-- end of table -->", self.text
        )

    def _spec(self, found: re.Match[str]) -> Mapping[str, Any]:
        line = self.text[: found.start()].count("\n") + 1
        check_choice_text(found["spec"], f"{self.path.name}, line {line}")
        try:
            spec = yaml.safe_load(found["spec"])
        except yaml.YAMLError as error:
            raise ConfigError(f"{self.path.name}, line {line}: the table is no YAML: {error}") from error
        if not isinstance(spec, dict) or "of" not in spec:
            raise ConfigError(f"{self.path.name}, line {line}: a table says what it is of: `of: segments`.")
        return {**spec, "line": line}


def read_notes(folder: Path, wanted: Sequence[str]) -> list[Note]:
    """The notes of these numbers, or all that there are, in their order."""
    paths = {path.name[:4]: path for path in folder.glob("*.md") if NOTE_NUMBER.match(path.name)}
    if not paths:
        raise ConfigError(
            f"There is no notebook in {folder}. A note is a page there whose name begins with a number of "
            "four digits, such as 0001_first_look.md, and whose shell blocks hold the commands to run."
        )
    numbers = [number.zfill(4) for number in wanted] or sorted(paths)
    unknown = sorted(set(numbers) - set(paths))
    if unknown:
        raise ConfigError(f"notes={unknown[0]}: no such note. There are: {', '.join(sorted(paths))}.")
    return [Note(paths[number], _read_page(paths[number])) for number in numbers]


def _read_page(path: Path) -> str:
    if not path.is_file():
        raise ConfigError(
            f"{path}: this is no file, but a folder, a pipe or a device. A note is a page of text."
        )
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"{path}: this is no text in UTF-8 ({error.reason}). A note is a page of text."
        ) from error
