"""A file of the user's own, already in the canonical schema."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import duckdb
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.schema import conform


@dataclass(frozen=True)
class ParquetFile:
    """One Parquet file, or a folder of them, whose columns carry the canonical names."""

    path: str

    def read(self, engine: BaseBackend) -> Dataset:
        """Open the file lazily: nothing is loaded until a query asks for it."""
        parts = _parts(Path(self.path))
        try:
            table = engine.read_parquet([str(part) for part in parts])
        except duckdb.Error as error:
            raise DataError(
                f"{self.path}: not readable as Parquet ({_first_line(error)}). Expected a Parquet file, or a "
                "folder of them, with the columns of docs/transactions.md."
            ) from error
        return Dataset(
            name=Path(self.path).stem,
            source=self.path,
            digest=_digest(parts),
            transactions=conform(table, self.path),
        )


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        parts = sorted(path.rglob("*.parquet"))
        if not parts:
            raise DataError(f"{path}: the folder holds no .parquet file. Point data.path at one that does.")
        return parts
    if not path.is_file():
        raise DataError(f"{path}: no such file or folder. Set data.path to a Parquet file of transactions.")
    return [path]


def _digest(parts: list[Path]) -> str:
    """The content decides, not the name: a changed byte is another dataset."""
    whole = hashlib.sha256()
    for part in parts:
        with part.open("rb") as stream:
            whole.update(hashlib.file_digest(stream, "sha256").digest())
    return whole.hexdigest()


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
