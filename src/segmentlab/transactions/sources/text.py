"""Text files: DuckDB reads them, once it knows separator, encoding and whether there is a header.

Every column arrives as text, so that ids keep their zeros and a value that is no number can be shown.
"""

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import duckdb
import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.arrow_text import read_text_with_arrow
from segmentlab.transactions.sources.bad_rows import split_misshapen_lines
from segmentlab.transactions.sources.encoding import (
    UTF_8,
    find_compression,
    guess_encoding,
    read_head,
    replace_blanks_with_tabs,
    rewrite_as_utf8,
)
from segmentlab.transactions.sources.raw import RawTable

Used = TypeVar("Used")
BLANK_SEPARATOR: Final = " "
TEXT_SEPARATORS: Final = {
    ",": "commas",
    ";": "semicolons",
    "\t": "tabs",
    "|": "bars",
    BLANK_SEPARATOR: "blanks",
}
HEAD_LINES: Final = 100


@dataclass(frozen=True)
class TextLayout:
    """What has to be known before the first row can be read."""

    separator: str
    names: tuple[str, ...]
    has_header: bool
    newline: str


@dataclass(frozen=True)
class TextChoices:
    """What the user may say about the form of a text file; whatever is not said is found."""

    names: Sequence[str] = ()  # of the columns of a file without a header
    separator: str | None = None
    encoding: str | None = None


def read_text(path: Path, choices: TextChoices, engine: BaseBackend, use: Callable[[RawTable], Used]) -> Used:
    """Use the file as a table of text.

    UTF-8, by far the most frequent encoding, is believed until DuckDB meets a byte that belies it: that
    costs nothing where it is true. Any other text is rewritten once, in a scratch folder.
    """
    with TemporaryDirectory(prefix="segmentlab-") as scratch:
        found = choices.encoding or guess_encoding(path)
        try:
            if found == UTF_8:
                try:
                    return _use_lines(path, path, found, choices, engine, Path(scratch), use)
                except UnicodeError:
                    if choices.encoding:
                        raise
            rewritten = Path(scratch) / "utf8.csv"
            found = rewrite_as_utf8(path, rewritten, None if found == UTF_8 else found)
            return _use_lines(path, rewritten, found, choices, engine, Path(scratch), use)
        except (duckdb.Error, UnicodeError) as error:
            raise DataError(_explain_duckdb_error(error, path)) from error


def _use_lines(
    path: Path,
    readable: Path,
    found: str,
    choices: TextChoices,
    engine: BaseBackend,
    scratch: Path,
    use: Callable[[RawTable], Used],
) -> Used:
    """Use every line as a row; where some are misshapen, the others, and tell of them."""
    layout = _find_layout(readable, choices, path)
    note = f"Text in {found}, separated by {TEXT_SEPARATORS.get(layout.separator, repr(layout.separator))}."
    if layout.separator == BLANK_SEPARATOR:
        readable = replace_blanks_with_tabs(readable, scratch / "tabs.csv")
        layout = replace(layout, separator="\t")
    raw = RawTable(
        _make_text_table(readable, layout, engine),
        (note,),
        2 if layout.has_header else 1,
        place="line",
        at_once=partial(read_text_with_arrow, readable, layout.names, layout.separator, layout.has_header),
    )
    try:
        return use(raw)
    except duckdb.InvalidInputException as error:
        table, misshapen = split_misshapen_lines(
            partial(_make_text_table, readable, layout, engine), engine, error
        )
        return use(replace(raw, table=table, misshapen=misshapen, at_once=None))


def _find_layout(readable: Path, choices: TextChoices, path: Path) -> TextLayout:
    head = read_head(readable).decode("utf-8-sig", errors="replace")
    lines = [line for line in head.splitlines()[:HEAD_LINES] if line.strip()]
    if not lines:
        raise DataError(f"{path}: the file is empty. Point data.path at a file with transactions.")
    separator = choices.separator or _find_separator(lines)
    first = _split_cells(lines[0], separator)
    names = tuple(choices.names) or tuple(cell.strip() for cell in first)
    if len(first) != len(names):
        raise ConfigError(
            f"{path}: data.names has {len(names)} names, the first line {len(first)} cells: '{lines[0]}'."
        )
    if not choices.names:
        _check_header(names, path)
    return TextLayout(separator, names, not choices.names, "\\r\\n" if "\r\n" in head else "\\n")


def _find_separator(lines: Sequence[str]) -> str:
    """The one that cuts most lines into as many cells as the first, and that into the most."""

    def regularity(separator: str) -> tuple[bool, int]:
        widths = [len(_split_cells(line, separator)) for line in lines]
        return 2 * widths.count(widths[0]) > len(widths) and widths[0] > 1, widths[0]

    return max(TEXT_SEPARATORS, key=regularity)


def _split_cells(line: str, separator: str) -> list[str]:
    return line.split() if separator == BLANK_SEPARATOR else next(csv.reader([line], delimiter=separator))


def _check_header(names: Sequence[str], path: Path) -> None:
    numbers = [name for name in names if re.fullmatch(r"[-+\d.,:/ ]+", name)]
    if numbers or len(set(names)) < len(names) or "" in names:
        raise DataError(
            f"{path}: the first line is no header: {', '.join(map(repr, names))}. Name the columns in their "
            "order, for instance data.names=[customer_id,timestamp,quantity,line_total]."
        )


def _make_text_table(path: Path, layout: TextLayout, engine: BaseBackend, **more: object) -> ir.Table:
    return engine.read_csv(
        str(path),
        table_name=ibis.util.gen_name("text"),
        columns=dict.fromkeys(layout.names, "VARCHAR"),
        auto_detect=False,
        header=layout.has_header,
        delim=layout.separator,
        quote='"',
        escape='"',
        new_line=layout.newline,
        compression=find_compression(path),
        **more,
    )


def _explain_duckdb_error(error: Exception, path: Path) -> str:
    """DuckDB's own account, without its advice on options that are not ours."""
    told = " ".join(line.strip() for line in str(error).split("Possible")[0].splitlines() if line.strip())
    return f"{path}: not readable as text in columns ({told}). Correct that line, or give data.separator=."
