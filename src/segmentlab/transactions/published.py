"""Data that anybody can get: found in the user's own folder, or downloaded once."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.download import downloaded
from segmentlab.transactions.file import File


@dataclass(frozen=True, kw_only=True)
class Published:
    """A file under one of its usual names in `local` or below, else the one inside the zip at `url`."""

    name: str
    files: Sequence[str]
    url: str
    sha256: str  # of the file inside the zip
    local: str | None
    folder: str  # downloads are kept here
    sheets: Sequence[str] | None = None
    customer_by: Sequence[str] = ()

    def read(self, engine: BaseBackend) -> Dataset:
        """Find the file, and read it as any other."""
        file = self._file()
        dataset = file.read(engine)
        return replace(dataset, name=self.name, notes=(f"{self.name} is {file.path}.", *dataset.notes))

    def inputs(self) -> list[Path]:
        """The file, which is on disk from now on."""
        return self._file().inputs()

    def _file(self) -> File:
        path = self._found() or downloaded(self.url, self.sha256, Path(self.folder) / self.files[0])
        sheets = self.sheets if path.suffix == ".xlsx" else None  # a file of text is one sheet already
        return File(path=str(path), sheets=sheets, customer_by=self.customer_by)

    def _found(self) -> Path | None:
        if self.local is None:
            return None
        local = Path(self.local)
        if not local.is_dir():
            raise DataError(f"SEGMENTLAB_DATA={local}: no such folder. Correct it, or unset it to download.")
        below = {path.name: path for path in sorted(local.rglob("*"), reverse=True) if path.is_file()}
        return next((below[name] for name in self.files if name in below), None)
