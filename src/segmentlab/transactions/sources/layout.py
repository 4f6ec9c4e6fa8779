"""What has to be known of a text before its first row can be read: separator, header, line ends."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.exports.layout import name_columns
from segmentlab.transactions.sources.encoding import HEAD_BYTES, read_head

BLANK_SEPARATOR: Final = " "
TEXT_SEPARATORS: Final = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "bars",
    BLANK_SEPARATOR: "blanks",
}
HEAD_LINES: Final = 100
MOST_LINES_BEFORE: Final = 30  # of a report, before its header
NUMBER: Final = re.compile(r"[-+\d.,:/ ]+")
MIXED_ENDS: Final = "mixed"
LINE_ENDS: Final = {"\n": "\\n", "\r\n": "\\r\\n", "\r": "\\r"}  # as DuckDB wants them written


@dataclass(frozen=True)
class TextLayout:
    """What has to be known before the first row can be read."""

    separator: str
    names: tuple[str, ...]
    has_header: bool
    newline: str
    lines_before: int = 0  # the header, or the first row
    notes: tuple[str, ...] = ()

    @property
    def first_line(self) -> int:
        """Where the first row stands."""
        return self.lines_before + (2 if self.has_header else 1)


@dataclass(frozen=True)
class TextChoices:
    """What the user may say about the form of a text file; whatever is not said is found."""

    names: Sequence[str] = ()  # of the columns of a file without a header
    separator: str | None = None
    encoding: str | None = None
    export: str | None = None  # the layout of an export, which may know a file without a header


class Record(NamedTuple):
    """The cells between two line ends that are not quoted, and how many lines come before them."""

    lines_before: int
    cells: list[str]


def find_layout(readable: Path, choices: TextChoices, path: Path) -> TextLayout:
    """From the first lines of the file; `path` is what the user calls it."""
    head = read_head(readable)
    text = head.decode("utf-8-sig", errors="replace")
    lines = re.split(r"\r*\n|\r", text)[:HEAD_LINES]
    if len(head) == HEAD_BYTES and len(lines) > 1:
        lines.pop()  # it may be cut
    if not any(line.strip() for line in lines):
        raise DataError(f"{path}: the file is empty. Point data.path at a file with transactions.")
    said = re.fullmatch(r'"?sep=(.)"?', lines[0].strip("\n"), re.IGNORECASE)
    if said:
        lines[0] = ""
    _check_choices(choices)
    separator = choices.separator or (said[1] if said else _find_separator(lines, bool(choices.names)))
    records = _split_records(lines, separator)
    start = 0 if choices.names else _find_start(records)
    before, first = records[start]
    names, notes = tuple(choices.names), _describe_lines_before(records[:start])
    if not names and _has_numbers(first):
        names = name_columns([record.cells for record in records[start:]], choices.export)
        notes += (f"No header: the columns are {', '.join(names)}.",) if names else ()
    has_header = not names
    if has_header:
        _check_header(first, path)
        names, renamed = complete_names(first)
        notes += renamed
    elif len(first) != len(names):
        raise ConfigError(
            f"{path}: data.names has {len(names)} names, the first line {len(first)} cells: "
            f"'{lines[before]}'."
        )
    return TextLayout(separator, names, has_header, _find_line_end(text), before, notes)


def _check_choices(choices: TextChoices) -> None:
    """Refuse what no table of text can have."""
    if choices.separator is not None and len(choices.separator) != 1:
        raise ConfigError(
            f"data.separator={choices.separator!r}: expected one character, such as ; or |; null finds it."
        )
    twice = [name for name in choices.names if choices.names.count(name) > 1]
    if twice:
        raise ConfigError(f"data.names has {twice[0]!r} twice: give each column a name of its own.")


def _find_separator(lines: Sequence[str], is_named: bool) -> str:
    """The one that cuts most lines into as many cells as the header, and that into the most.

    Blanks stand within cells too, as in `12 de marzo de 2024`, so they give way to any other that makes a
    table; two cells are none, for a decimal comma makes as many.
    """
    found = {separator: _weigh_separator(lines, separator, is_named) for separator in TEXT_SEPARATORS}
    blanks = found.pop(BLANK_SEPARATOR)
    best = max(found, key=lambda separator: found[separator])
    return BLANK_SEPARATOR if blanks > found[best] and found[best] < (True, 3) else best


def _weigh_separator(lines: Sequence[str], separator: str, is_named: bool) -> tuple[bool, int]:
    """Whether most lines have as many cells as the header, and how many these are."""
    records = _split_records(lines, separator)
    widths = [len(record.cells) for record in records]
    wanted = widths[0 if is_named else _find_start(records)]
    return 2 * widths.count(wanted) > len(widths) and wanted > 1, wanted


def _split_records(lines: Sequence[str], separator: str) -> list[Record]:
    if separator == BLANK_SEPARATOR:
        return [Record(place, line.split()) for place, line in enumerate(lines) if line.strip()]
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator)
    found, before = [], 0
    for cells in reader:
        if any(cell.strip() for cell in cells):
            found.append(Record(before, [cell.rstrip("\n") for cell in cells]))
        before = reader.line_num
    return found or [Record(0, [""])]


def _find_start(records: Sequence[Record]) -> int:
    """Which record is the header: the first, or after a report's title the first that looks like one."""
    usual = Counter(len(record.cells) for record in records).most_common(1)[0][0]
    start = find_header([record.cells for record in records[:MOST_LINES_BEFORE]], usual)
    return start or 0


def find_header(rows: Sequence[Sequence[str | None]], width: int) -> int | None:
    """The first row that names as many columns as rows usually have, when what precedes it is no table."""
    for place, cells in enumerate(rows):
        named = [cell for cell in cells if cell and cell.strip()]
        if len(cells) == width and 2 * len(named) > width:
            is_header = not any(NUMBER.fullmatch(name) for name in named)
            return place if is_header else None
    return None


def complete_names(cells: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A name for every column, none twice, and what had to be done for it.

    Of two columns of one name neither is guessed: `Price (1)` and `Price (2)` are no names that are known.
    """
    stripped = [cell.strip() or f"column {place}" for place, cell in enumerate(cells, start=1)]
    counts, seen, names = Counter(stripped), Counter[str](), []
    for name in stripped:
        seen[name] += 1
        names.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    nameless = [name for name, cell in zip(names, cells, strict=True) if not cell.strip()]
    twice = [name for name, count in counts.items() if count > 1]
    notes = []
    if nameless:
        notes.append(f"Columns without a name: {', '.join(map(repr, nameless))}.")
    if twice:
        notes.append(f"Columns of one name are numbered: {', '.join(map(repr, twice))}.")
    return tuple(names), tuple(notes)


def _describe_lines_before(records: Sequence[Record]) -> tuple[str, ...]:
    told = ", ".join(repr(" ".join(filter(None, record.cells))) for record in records)
    return (f"Left out before the header: {told}.",) if records else ()


def _find_line_end(text: str) -> str:
    """The kind of line end that the text has outside quotes, or that it has several."""
    kinds = set(re.findall(r"\r*\n|\r", text))
    if len(kinds) > 1:
        kinds = set(re.findall(r"\r*\n|\r", " ".join(text.split('"')[::2])))
    if not kinds:
        return LINE_ENDS["\n"]
    return LINE_ENDS.get(kinds.pop(), MIXED_ENDS) if len(kinds) == 1 else MIXED_ENDS


def _check_header(cells: Sequence[str], path: Path) -> None:
    """Numbers are no names, and without any name there is nothing to find."""
    if not any(cell.strip() for cell in cells) or _has_numbers(cells):
        raise DataError(
            f"{path}: the first line is no header: {', '.join(map(repr, cells))}. Name the columns in their "
            "order, for instance data.names=[customer_id,timestamp,quantity,line_total]."
        )


def _has_numbers(cells: Sequence[str]) -> bool:
    return any(NUMBER.fullmatch(cell.strip()) for cell in cells)
