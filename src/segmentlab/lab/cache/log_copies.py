"""Copies of logs in typed columns: what is slow to read is opened once, and read as columns from then on."""

import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, Self, get_args

import duckdb
import ibis.expr.types as ir
import pyarrow as pa

from segmentlab.errors import ConfigError
from segmentlab.lab.cache.keys import compute_code_digest, make_key
from segmentlab.lab.cache.shelf import DamagedError, Shelf
from segmentlab.lab.names import CACHED_PARTS, UnknownNameError
from segmentlab.lab.tracking import NotPlainError, pack, unpack
from segmentlab.transactions import (
    CopiedSource,
    CustomersOnly,
    Dataset,
    DuckDB,
    Engine,
    File,
    Part,
    Published,
    Source,
    is_slow,
)

CopiedLogs = Literal["slow", "all", "none"]
DESCRIPTORS: Final = Path("/dev/fd")  # what is open can be read there, although it was removed
NOT_READ: Final = (OSError, DamagedError, UnknownNameError, duckdb.Error)
NOT_WRITTEN: Final = (OSError, duckdb.Error, pa.ArrowException, NotPlainError)


class LogCopies:
    """Reads logs, and copies into a folder those that are slow to read, every text too, or none.

    A copy holds the lines as their source hands them on, our columns in our types, and what was found out and
    decided on the way: whoever reads it gets the same. A log with a line that stops the reader is not copied,
    nor is one that may change unseen.
    """

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Self:
        """Those that a command asks for; `cache=false` keeps nothing of any kind."""
        return cls(Path(config["cache_folder"]) if config.get("cache", True) else None, config["log_copies"])

    def __init__(self, folder: Path | None, which: str) -> None:
        if which not in get_args(CopiedLogs):
            raise ConfigError(f"log_copies={which}: write {', '.join(get_args(CopiedLogs))}.")
        self.shelf = None if folder is None or which == "none" else Shelf(folder)
        self.forms = ("slow", "text") if which == "all" else ("slow",)
        self.notes: list[str] = []  # on the last reading, for whoever looks at the run

    def read(self, source: Source, engine: Engine) -> Dataset | CustomersOnly:
        """The dataset of the source, from its copy where there is one."""
        self.notes = []
        if self.shelf is None or not isinstance(source, CopiedSource):
            return source.read(engine.connect())
        key = found = None
        try:
            key = make_key(self.shelf, source, source)
            found = None if key is None else _open_copy(self.shelf, f"{key}.log", engine)
        except NOT_READ as error:
            self.notes.append(f"No copy of the log can be used, the data is read: {error}.")
        if found is not None:
            self.notes.append("Lines from a copy in the cache: the data was not opened (log_copies=none).")
            return found
        if key is None or source.find_form() not in self.forms:
            return source.read(engine.connect())
        return self._read_and_copy(self.shelf, source, engine, key)

    def _read_and_copy(
        self, shelf: Shelf, source: Source, engine: Engine, key: str
    ) -> Dataset | CustomersOnly:
        """Read it in a database of its own, which goes, with all that it holds, when nobody refers to it."""
        reader = engine if isinstance(engine, DuckDB) else DuckDB()
        connection = reader.connect()
        parts = PartCopies(shelf, self.forms, self.notes)
        dataset = (
            source.read(connection, parts)
            if isinstance(source, File | Published)
            else source.read(connection)
        )
        try:
            files = {
                name: shelf.put_file("parquet", partial(_write_table, table))
                for name, table in dataset.tables.items()
            }
            if key == make_key(shelf, source, source):  # else it changed while it was read
                shelf.put(f"{key}.log", pack((dataset.about, files)))
            found = _open_copy(shelf, f"{key}.log", engine)
        except (*NOT_READ, *NOT_WRITTEN) as error:
            self.notes.append(f"The log is not copied, the next run reads it again: {error}.")
            found = None
        if found is None:
            return dataset if reader is engine else source.read(engine.connect())
        return found


def _open_copy(shelf: Shelf, key: str, engine: Engine) -> Dataset | None:
    """A dataset that reads its copy, which stays open as long as the engine lives."""
    content = shelf.get(key)
    if content is None:
        return None
    about, files = unpack(content, CACHED_PARTS)
    streams = {name: shelf.open_file(file) for name, file in files.items()}
    held = {name: stream for name, stream in streams.items() if stream is not None}
    if len(held) < len(streams):  # one of its tables had to make room
        return None
    connection = engine.connect()
    for stream in held.values():
        weakref.finalize(connection, stream.close)
    tables = {name: connection.read_parquet(_find_place(stream, engine)) for name, stream in held.items()}
    return Dataset(**vars(about), **tables)


def _find_place(stream: BinaryIO, engine: Engine) -> str:
    """Where this process finds what is open; Spark is another process, and asks for the file's name."""
    if isinstance(engine, DuckDB) and DESCRIPTORS.exists():
        return str(DESCRIPTORS / str(stream.fileno()))
    return str(stream.name)


def _write_table(table: ir.Table, target: Path) -> None:
    """The table as Parquet, in which each text of a column is coded; refused where a type would change."""
    table.to_parquet(target, use_tmp_file=False, compression="zstd")
    written = table.get_backend().read_parquet(str(target)).schema()
    for name, kind in table.schema().items():
        if written[name].copy(nullable=True) != kind.copy(nullable=True):
            raise NotPlainError(f"column '{name}' of type {kind} would be {written[name]}")


class PartCopies:
    """Copies of the files of a folder, of which only those that are new have to be opened.

    Their cells are text, as they stand there: how dates and numbers are written is found on all together.
    """

    def __init__(self, shelf: Shelf, forms: Sequence[str], notes: list[str]) -> None:
        self.shelf = shelf
        self.every = "text" in forms
        self.notes = notes

    @cached_property
    def code(self) -> str:
        """The digest of the code, which is the same for all files."""
        return compute_code_digest()

    def take(self, file: Path, told: tuple[object, ...], read: Callable[[Path], Part]) -> Part:
        """The file's rows from its copy, or read and copied."""
        source = _OneFile(file)
        try:
            key = make_key(self.shelf, source, told, self.code)
            found = None if key is None else _open_part(self.shelf, f"{key}.part")
        except NOT_READ:
            key = found = None
        if found is not None:
            return found
        part = read(file)
        if key is None or not (self.every or is_slow(file)):
            return part
        try:
            rows = self.shelf.put_file("parquet", partial(_write_part, part))
            if key == make_key(self.shelf, source, told, self.code):
                content = pack((part.notes, part.place, part.misshapen, rows))
                self.shelf.put(f"{key}.part", content)
        except NOT_WRITTEN as error:
            self.notes.append(f"{file.name} is not copied, the next run reads it again: {error}.")
        return part


@dataclass(frozen=True)
class _OneFile:
    """A file of the folder as a source of its own."""

    path: Path

    def inputs(self) -> Sequence[Path]:
        """The file."""
        return [self.path]


def _open_part(shelf: Shelf, key: str) -> Part | None:
    from pyarrow import parquet

    content = shelf.get(key)
    if content is None:
        return None
    notes, place, misshapen, rows = unpack(content, ())
    stream = shelf.open_file(rows)
    if stream is None:
        return None
    with stream:
        table = parquet.ParquetFile(stream).read()
    last = table.num_columns - 1
    return Part(table.remove_column(last), notes, table.column(last).to_numpy(), place, misshapen)


def _write_part(part: Part, target: Path) -> None:
    """The rows, and last of their columns where each stands in its file."""
    from pyarrow import parquet

    lines = pa.array(part.lines, type=pa.int64())
    parquet.write_table(part.rows.append_column("line of the file", lines), target, compression="zstd")
