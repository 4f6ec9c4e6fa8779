"""Transactions of the user's own, in whichever form: the content of the file picks the reader."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.sources import excel, parquet, text
from segmentlab.transactions.sources.handover import handed_over, is_duckdb
from segmentlab.transactions.sources.landing import Choices, Landed, land
from segmentlab.transactions.sources.raw import Raw


@dataclass(frozen=True, kw_only=True)
class File:
    """A file or folder of transactions, and what the user says about it; the rest is found and stated.

    `columns` maps our names to those of the file; `names` names the columns of a file without a header.
    """

    path: str
    columns: Mapping[str, str | None] = field(default_factory=dict)
    names: Sequence[str] | None = None
    dates: str | None = None
    decimal: str = "."
    invoice: str = "timestamp"
    on_bad_rows: str = "error"
    encoding: str | None = None
    separator: str | None = None
    sheets: Sequence[str] | None = None

    def read(self, engine: BaseBackend) -> Dataset:
        """Find out what the file is, and land it on the engine."""
        path = Path(self.path)
        if not path.exists():
            raise DataError(f"{path}: no such file or folder. Point data.path at your transactions.")
        landed = self._landed(
            path, engine if is_duckdb(engine) or parquet.is_parquet(path) else ibis.duckdb.connect()
        )
        return Dataset(
            name=path.name.split(".")[0],
            source=self.path,
            digest=self._digest(path),
            transactions=handed_over(landed.table, engine),
            notes=landed.notes,
            quarantine=landed.quarantine,
        )

    def _landed(self, path: Path, engine: BaseBackend) -> Landed:
        choices = Choices(
            columns=self.columns,
            dates=self.dates,
            decimal=self.decimal,
            invoice=self.invoice,
            on_bad_rows=self.on_bad_rows,
        )

        def use(raw: Raw) -> Landed:
            return land(raw, choices, engine, self.path)

        if parquet.is_parquet(path):
            return parquet.read(path, engine, use)
        if excel.is_workbook(path):
            return use(excel.read(path, self.sheets, engine))
        form = text.TextChoices(self.names or (), self.separator, self.encoding)
        return text.read(path, form, engine, use)

    def _digest(self, path: Path) -> str:
        """The content decides, not the name; a log that is read in another way is another dataset too."""
        whole = hashlib.sha256()
        for part in parquet.parts(path) if path.is_dir() else [path]:
            with part.open("rb") as stream:
                whole.update(hashlib.file_digest(stream, "sha256").digest())
        said = {name: value for name, value in vars(self).items() if name != "path"}
        whole.update(repr(said).encode())
        return whole.hexdigest()
