"""Where a table is: a file, a folder, or a pattern such as `sales_*.csv`; and the files that hold it."""

import glob
import os
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.delta import DELTA_LOG, read_delta_log

PARQUET_MAGIC: Final = b"PAR1"
LONGEST_SHOWN: Final = 200  # letters of a path in a message
PACKED_ENDINGS: Final = (".gz", ".zst", ".bz2", ".xz")
BESIDE_DATA: Final = re.compile(
    r"(?i)(readme|licen[cs]e|changelog|thumbs\.db|desktop\.ini).*|.*\.(md|pdf|crc|sha256)"
)


@dataclass(frozen=True)
class Location:
    """The files that are read, in the order of their names, and what else decides what is read."""

    path: Path  # as the user gave it
    files: tuple[Path, ...]
    deciding: tuple[Path, ...] = ()  # the log of a Delta table

    @property
    def is_parquet(self) -> bool:
        """Whether the files are read where they lie."""
        return is_parquet(self.files[0])

    def name_part(self, file: Path) -> str:
        """What a file is called within the folder that has them all: no two are called the same."""
        return str(file.relative_to(os.path.commonpath([found.parent for found in self.files])))


def find_location(typed: object, key: str = "data.path") -> Location:
    """The files at a path; whatever is no path, or can't be read to its end, is refused at once."""
    path = check_path(typed, key)
    try:
        return _find_files(path, key)
    except OSError as error:
        place = str(error.filename or path)
        shown = place if len(place) <= LONGEST_SHOWN else f"{place[:LONGEST_SHOWN]}..."
        raise DataError(f"{shown}: {error.strerror}. Point {key} at your transactions.") from error


def _find_files(path: Path, key: str) -> Location:
    if path.is_dir():
        return _find_in_folder(path)
    if path.is_file():
        return Location(path, (path,))
    if path.exists():
        raise DataError(
            f"{path}: neither a file nor a folder, but a pipe or a device. Write what comes out of it to a "
            f"file, and point {key} at that."
        )
    named = glob.glob(str(path), recursive=True)  # noqa: PTH207  (a pattern may begin at the root)
    found = sorted(file for file in map(Path, named) if file.is_file())
    if found:
        return Location(path, _choose_kind(path, found))
    what = "no file matches" if glob.has_magic(str(path)) else "no such file or folder"
    raise DataError(f"{path}: {what}. Point {key} at your transactions.")


def check_path(typed: object, key: str) -> Path:
    """The path that was typed, where it is one."""
    if isinstance(typed, Path) or (isinstance(typed, str) and typed.strip()):
        return Path(typed)
    told = "is empty" if typed is None or typed == "" else f"is {typed!r}, which is no path"
    raise ConfigError(
        f"{key} {told}. Name one file or folder, or several by a pattern: {key}=shop.csv, {key}=exports/, "
        f"{key}='exports/sales_*.csv'. A name that is a number is quoted twice: {key}=\"'5'\"."
    )


def is_parquet(path: Path) -> bool:
    """A file that begins as Parquet does, or one that claims to be."""
    if path.suffix == ".parquet":
        return True
    with path.open("rb") as stream:
        return stream.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC


def _find_in_folder(folder: Path) -> Location:
    if (folder / DELTA_LOG).is_dir():
        table = read_delta_log(folder)
        return Location(folder, table.files, table.log)
    _refuse_table_formats(folder)
    inside = [path for path in sorted(folder.rglob("*")) if path.is_file() and _is_data(path, folder)]
    if not inside:
        raise DataError(
            f"{folder}: the folder holds no file of data. Point data.path at one with CSV, JSON, Excel or "
            ".parquet files."
        )
    return Location(folder, _choose_kind(folder, inside))


def _is_data(path: Path, folder: Path) -> bool:
    """Hidden files, those of tools (`_SUCCESS`) and those for people are none."""
    inside = path.relative_to(folder)
    return not any(part[0] in "._" for part in inside.parts) and not BESIDE_DATA.fullmatch(path.name)


def _refuse_table_formats(folder: Path) -> None:
    """Folders of which a log says which files count: all files together are another table."""
    kinds = {"Delta": DELTA_LOG, "Iceberg": "metadata/*.metadata.json", "Hudi": ".hoodie"}
    for kind, mark in kinds.items():
        found = next(folder.rglob(mark), None)
        if found is None:
            continue
        if kind == "Delta":
            raise DataError(f"{folder}: {found.parent} in it is a Delta table. Point data.path at that.")
        raise DataError(
            f"{folder}: a table of {kind}, whose log says which of its files count; it is not read. Export "
            "what it holds as Parquet, or query it by data=database."
        )


def _choose_kind(path: Path, files: Sequence[Path]) -> tuple[Path, ...]:
    """All files, which have to be of one kind: nobody knows which of two is the log."""
    kinds = Counter(_name_kind(file) for file in files)
    if len(kinds) > 1:
        told = ", ".join(f"{count:,} {kind or 'without an ending'}" for kind, count in kinds.most_common())
        usual = kinds.most_common(1)[0][0]
        pattern = path / f"*{usual}" if path.is_dir() else f"*{usual}"
        raise DataError(f"{path}: files of several kinds: {told}. Say which to read: data.path='{pattern}'.")
    return tuple(files)


def _name_kind(file: Path) -> str:
    name = file.name.lower()
    for ending in PACKED_ENDINGS:
        name = name.removesuffix(ending)
    return Path(name).suffix
