"""Parquet, one file or a folder of them, read where it lies when a query asks for it."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.sources.raw import Raw

Used = TypeVar("Used")
MAGIC = b"PAR1"


def is_parquet(path: Path) -> bool:
    """A folder, a file that begins as Parquet does, or one that claims to be."""
    if path.is_dir() or path.suffix == ".parquet":
        return True
    with path.open("rb") as stream:
        return stream.read(len(MAGIC)) == MAGIC


def parts(path: Path) -> list[Path]:
    """The files, in the order of their names."""
    found = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    if not found:
        raise DataError(f"{path}: the folder holds no .parquet file. Point data.path at one that does.")
    return found


def read(path: Path, engine: BaseBackend, use: Callable[[Raw], Used]) -> Used:
    """Use the files as one table; what stands in the names of folders (`country=France`) is a column."""
    files = [str(part) for part in parts(path)]
    try:
        return use(Raw(engine.read_parquet(files)))
    except duckdb.Error as error:
        raise DataError(
            f"{path}: not readable as Parquet ({str(error).strip().splitlines()[0]}). Expected a Parquet "
            "file, or a folder of them; docs/data.md says what may be in it."
        ) from error
