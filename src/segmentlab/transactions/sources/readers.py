"""Whatever form a table comes in: its content picks the reader."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import astuple, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import duckdb
import ibis
import pyarrow as pa
from ibis.backends import BaseBackend
from pyarrow import parquet

from segmentlab.errors import DataError
from segmentlab.transactions.dataset import Form
from segmentlab.transactions.sources.encoding import read_head
from segmentlab.transactions.sources.furniture import use_tidied
from segmentlab.transactions.sources.json_rows import is_json, read_json, refuse_other_json
from segmentlab.transactions.sources.layout import TextChoices
from segmentlab.transactions.sources.location import Location, find_location
from segmentlab.transactions.sources.raw import RawTable, find_zones, is_duckdb
from segmentlab.transactions.sources.stack import Part, PartStore, check_same_columns, stack_parts, take_part
from segmentlab.transactions.sources.text import read_text
from segmentlab.transactions.sources.unpacking import check_archive
from segmentlab.transactions.sources.workbooks import is_archive, is_workbook, read_workbook

Used = TypeVar("Used")


def find_form(location: Location) -> Form:
    """How the files are written, by the first of them."""
    if location.is_parquet:
        return "columns"
    return "slow" if is_slow(location.files[0]) else "text"


def is_slow(path: Path) -> bool:
    """Whether reading the file takes much longer than parsing a text of as many rows."""
    return is_archive(path) or is_workbook(path) or is_json(path)


def read_source(
    location: Location,
    form: TextChoices,
    sheets: Sequence[str] | None,
    engine: BaseBackend,
    use: Callable[[RawTable], Used],
    parts: PartStore | None = None,
) -> Used:
    """Use the file, the folder, or the files that a pattern matches, as a table.

    Of several files those that `parts` knows are not opened.
    """
    if location.is_parquet:
        return read_parquet(location, engine, use)
    if len(location.files) == 1:
        return _read_file(location.files[0], location.files[0], form, sheets, engine, use)
    return _read_several(location, form, sheets, engine, use, parts)


def read_parquet(location: Location, engine: BaseBackend, use: Callable[[RawTable], Used]) -> Used:
    """Use the files as one table; what stands in the names of folders (`country=France`) is a column."""
    try:
        files = [str(file) for file in location.files]
        schemas = {location.name_part(file): parquet.read_schema(file) for file in location.files}
        columns = {file: schema.names for file, schema in schemas.items()}
        zones = {name: zone for schema in schemas.values() for name, zone in find_zones(schema).items()}
        differ = len({tuple(sorted(names)) for names in columns.values()}) > 1
        notes = check_same_columns(columns, location.path) if differ else ()
        if location.deciding:
            version = len(location.deciding) - 1
            notes = (f"Delta table at version {version}: {len(files):,} files count.", *notes)
        options = {"union_by_name" if is_duckdb(engine) else "mergeSchema": True} if differ else {}
        return use(RawTable(engine.read_parquet(files, **options), notes, zones=zones))
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise DataError(
            f"{location.path}: not readable as Parquet ({str(error).strip().splitlines()[0]}). Expected a "
            "Parquet file, or a folder of them; docs/data.md says what may be in it."
        ) from error


def _read_file(
    path: Path,
    name: Path,
    form: TextChoices,
    sheets: Sequence[str] | None,
    engine: BaseBackend,
    use: Callable[[RawTable], Used],
) -> Used:
    """Use one file that is no Parquet; `name` is what the user knows it by."""
    if is_archive(path):
        return _read_archive(path, name, form, sheets, engine, use)
    if is_workbook(path):
        return use_tidied(read_workbook(path, sheets, engine, name), engine, use)
    if is_json(path):
        return use(read_json(path, engine, name))
    refuse_other_json(path, name)
    if read_head(path).lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
        raise DataError(
            f"{name}: this is HTML or XML, whatever it is called. Open it in a spreadsheet, and save it as "
            ".xlsx or CSV."
        )
    return read_text(path, form, engine, use, name)


def _read_several(
    location: Location,
    form: TextChoices,
    sheets: Sequence[str] | None,
    engine: BaseBackend,
    use: Callable[[RawTable], Used],
    known: PartStore | None,
) -> Used:
    """Use the files as one table, in the order of their names; they are read into memory."""

    def read(file: Path) -> Part:
        return _read_file(file, file, form, sheets, engine, take_part)

    said = (*astuple(form), sheets)
    found = {
        location.name_part(file): read(file) if known is None else known.take(file, said, read)
        for file in location.files
    }
    raw = stack_parts(found, engine, "file", location.path)
    first, last = location.files[0].name, location.files[-1].name
    told = f"{len(found):,} files one below the other, from '{first}' to '{last}'."
    return use_tidied(replace(raw, notes=(told, *raw.notes)), engine, use)


def _read_archive(
    path: Path,
    name: Path,
    form: TextChoices,
    sheets: Sequence[str] | None,
    engine: BaseBackend,
    use: Callable[[RawTable], Used],
) -> Used:
    """Use what a zip holds: unpacked it is a file or a folder."""
    with TemporaryDirectory(prefix="segmentlab-") as scratch:
        inside = Path(scratch) / path.stem
        inside.mkdir()
        try:
            _unpack_archive(path, inside, name)
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError) as error:
            raise DataError(
                f"{name}: not readable as a zip ({error}). Unpack it, and read what it holds."
            ) from error
        try:
            return read_source(
                find_location(inside), form, sheets, engine, lambda raw: use(_keep_in_memory(raw, engine))
            )
        except DataError as error:
            raise type(error)(str(error).replace(str(inside), str(name))) from error


def _unpack_archive(path: Path, folder: Path, name: Path) -> None:
    """Every file, without what macOS adds."""
    with zipfile.ZipFile(path) as archive:
        check_archive(archive, name)
        for member in archive.infolist():
            if not member.is_dir() and not member.filename.startswith("__MACOSX/"):
                target = Path(archive.extract(member, folder))
                if zipfile.is_zipfile(target) and is_archive(target):
                    raise zipfile.BadZipFile(f"{member.filename} in it is a zip again")


def _keep_in_memory(raw: RawTable, engine: BaseBackend) -> RawTable:
    """Parquet is read where it lies, and what was unpacked lies there no longer when it is asked."""
    if raw.at_once is not None:
        return replace(raw, at_once=raw.at_once.for_one_reading())
    return replace(raw, table=engine.create_table(ibis.util.gen_name("unpacked"), raw.table, temp=True))
