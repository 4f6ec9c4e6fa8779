"""Text files: DuckDB reads them, once it knows separator, encoding and whether there is a header.

Every column arrives as text, so that ids keep their zeros and a value that is no number can be shown.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TypeVar

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.sources.arrow_text import (
    read_head_with_arrow,
    read_last_rows,
    read_text_with_arrow,
)
from segmentlab.transactions.sources.bad_rows import split_misshapen_lines
from segmentlab.transactions.sources.digests import FileState
from segmentlab.transactions.sources.encoding import (
    READ_PACKED,
    UTF_8,
    begins_as_utf_8,
    check_whole,
    find_compression,
    guess_encoding,
    is_utf_8,
    replace_blanks_with_tabs,
    rewrite_as_utf8,
    unpack,
    write_same_line_ends,
)
from segmentlab.transactions.sources.furniture import drop_furniture, use_tidied
from segmentlab.transactions.sources.layout import (
    BLANK_SEPARATOR,
    LINE_ENDS,
    MIXED_ENDS,
    TEXT_SEPARATORS,
    TextChoices,
    TextLayout,
    find_layout,
)
from segmentlab.transactions.sources.raw import RawTable

Used = TypeVar("Used")
PLAIN_ENDS: Final = (LINE_ENDS["\n"], LINE_ENDS["\r\n"])
BROKEN_ENDS: Final = "invalid state"  # what DuckDB says of a line that ends in another way


def read_text(
    path: Path, choices: TextChoices, engine: BaseBackend, use: Callable[[RawTable], Used], name: Path
) -> Used:
    """Use the file as a table of text; `name` is what the user knows it by.

    UTF-8, by far the most frequent encoding, is believed until DuckDB meets a byte that belies it: that
    costs nothing where it is true. Any other text is rewritten once, in a scratch folder.
    """
    with TemporaryDirectory(prefix="segmentlab-") as scratch:
        reader = TextReader(name, choices, engine, Path(scratch))
        readable = path
        if find_compression(path) not in READ_PACKED:
            readable = unpack(path, Path(scratch) / "unpacked")
        elif find_compression(path) != "none":
            check_whole(path)
        found = choices.encoding or guess_encoding(readable)
        try:
            if found == UTF_8 and (choices.encoding or begins_as_utf_8(readable)):
                try:
                    return reader.use_lines(readable, found, use)
                except UnicodeError:
                    if choices.encoding:
                        raise
            rewritten = Path(scratch) / "utf8.csv"
            found = rewrite_as_utf8(readable, rewritten, None if found == UTF_8 else found)
            return reader.use_lines(rewritten, found, use)
        except duckdb.OutOfMemoryException:  # which is about no line
            raise
        except (duckdb.Error, UnicodeError) as error:
            raise DataError(_explain_duckdb_error(error, name)) from error


@dataclass(frozen=True)
class TextReader:
    """What it takes to read a file: its name and form as the user says, an engine, a scratch folder."""

    path: Path
    choices: TextChoices
    engine: BaseBackend
    scratch: Path

    def use_lines(self, readable: Path, found: str, use: Callable[[RawTable], Used]) -> Used:
        """Use every line as a row; where line ends turn out to be of several kinds, with those made one."""
        layout = find_layout(readable, self.choices, self.path)
        if layout.newline != MIXED_ENDS:
            try:
                return self._use_rows(readable, layout, found, use)
            except duckdb.InvalidInputException as error:
                if BROKEN_ENDS not in str(error):
                    raise
        same = write_same_line_ends(readable, self.scratch / "same_ends.csv")
        notes = (*layout.notes, "Lines end in several ways, which are read alike.")
        return self._use_rows(same, replace(layout, newline=LINE_ENDS["\n"], notes=notes), found, use)

    def _use_rows(
        self, readable: Path, layout: TextLayout, found: str, use: Callable[[RawTable], Used]
    ) -> Used:
        """Use the rows; where some can't be taken as they stand, the others, and tell of them."""
        separator = TEXT_SEPARATORS.get(layout.separator, repr(layout.separator))
        notes = (f"Text in {found}, separated by {separator}.", *layout.notes)
        if layout.separator == BLANK_SEPARATOR:
            ends = LINE_ENDS["\n"]
            if layout.newline == LINE_ENDS["\r"]:
                readable = write_same_line_ends(readable, self.scratch / "same_ends.csv")
            readable = replace_blanks_with_tabs(readable, self.scratch / "tabs.csv")
            layout = replace(layout, separator="\t", newline=ends)
        at_once = WholeText(readable, layout, FileState.of(readable) if readable == self.path else None)
        table = _make_text_table(readable, layout, self.engine)
        raw = RawTable(table, notes, layout.first_line, place="line", at_once=at_once)
        return self._use_sound(raw, partial(_make_text_table, readable, layout, self.engine), use)

    def _use_sound(
        self, raw: RawTable, read: Callable[..., ir.Table], use: Callable[[RawTable], Used]
    ) -> Used:
        """Use the table as it is; else without lines that are no rows, and rows that are no lines."""
        try:
            return use_tidied(raw, self.engine, use)
        except duckdb.InvalidInputException as error:
            if BROKEN_ENDS in str(error):
                raise
            table, misshapen = split_misshapen_lines(read, self.engine, error)
            raw = replace(raw, table=table, misshapen=misshapen, at_once=None)
            return use(drop_furniture(raw, self.engine) or raw)


@dataclass
class WholeText:
    """A text that is parsed while it is read, and whether it was read to its end.

    `state` is that of a file that stays; a copy of ours goes once its lines have been read.
    """

    path: Path
    layout: TextLayout
    state: FileState | None = None

    def check_bytes(self) -> None:
        """Refuse what is no UTF-8: DuckDB breaks down at such a byte in a column that is not asked for."""
        if not is_utf_8(self.path):
            raise UnicodeError("a byte is no UTF-8")

    def __call__(self, columns: Mapping[str, str]) -> pa.Table | None:
        """The rows, if the file is small enough and holds nothing that Arrow does not expect."""
        layout = self.layout
        return read_text_with_arrow(self.path, layout.names, layout.separator, layout.first_line - 1, columns)

    def read_head(self, columns: Sequence[str]) -> pa.Table | None:
        """Some of the first rows as text, which DuckDB would unpack a large part of the file for."""
        layout = self.layout
        return read_head_with_arrow(self.path, layout.names, layout.separator, layout.first_line - 1, columns)

    def read_tail(self, rows: int) -> list[list[str]] | None:
        """The cells of the last rows, if the file stays and it is clear where its last lines begin."""
        layout = self.layout
        if self.state is None or layout.newline not in PLAIN_ENDS or find_compression(self.path) != "none":
            return None
        return read_last_rows(self.path, layout.separator, len(layout.names), rows)

    def check_same(self) -> None:
        """Refuse a file that has changed, or is gone."""
        try:
            is_same = self.state is None or FileState.of(self.path) == self.state
        except OSError as error:
            raise DataError(f"{self.path}: its lines can't be read any more ({error.strerror}).") from error
        if not is_same:
            raise DataError(f"{self.path}: the file has changed since it was read. Read it again.")

    def for_one_reading(self) -> "WholeText":
        """The same for a text that goes when this reading ends."""
        return replace(self, state=None)


def _make_text_table(path: Path, layout: TextLayout, engine: BaseBackend, **more: object) -> ir.Table:
    return engine.read_csv(
        str(path),
        table_name=ibis.util.gen_name("text"),
        columns=dict.fromkeys(layout.names, "VARCHAR"),
        auto_detect=False,
        header=layout.has_header,
        skip=layout.lines_before,
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
