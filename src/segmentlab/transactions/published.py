"""Data that anybody can get: found in the user's own folder, or downloaded once."""

import hashlib
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import requests
from filelock import FileLock
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset, Form
from segmentlab.transactions.file import File
from segmentlab.transactions.sources.stack import PartStore
from segmentlab.transactions.sources.unpacking import check_archive

# A published file, fetched once: resumed where it stopped, believed only when its checksum is right.


DOWNLOAD_ATTEMPTS: Final = 3
DOWNLOAD_TIMEOUT: Final = 30  # seconds of silence
MOST_DOWNLOADED: Final = 1 << 33  # bytes of an archive
DATA_ENDINGS: Final = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".parquet", ".xlsx", ".xls", ".ods")
PACKINGS: Final = (".gz", ".zst", ".bz2", ".xz")
DOWNLOAD_BLOCK: Final = 1 << 16  # what a broken connection loses at most


def download_file(url: str, sha256: str, target: Path) -> Path:
    """The only file inside the zip at the address, as `target`.

    It gets its name by a rename after the check, so nothing unchecked is ever read. What a broken
    connection left stays under another name, and the next attempt goes on from there.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.exists():
            archive, draft = Path(f"{target}.zip.part"), Path(f"{target}.draft")
            _fetch(url, archive)
            try:
                _unpack(archive, draft, url)
                _check_download(draft, sha256, url)
                draft.rename(target)
            finally:
                archive.unlink()
                draft.unlink(missing_ok=True)
    return target


def _fetch(url: str, part: Path) -> None:
    trouble: Exception | None = None
    for _ in range(DOWNLOAD_ATTEMPTS):
        try:
            return _fetch_rest(url, part)
        except requests.RequestException as error:
            trouble = error
    had = part.stat().st_size if part.exists() else 0
    raise DataError(
        f"{url}: the download stopped after {had:,} bytes ({trouble}). Run the command again to go on from "
        "there, or put the file into the folder that SEGMENTLAB_DATA names."
    ) from trouble


def _fetch_rest(url: str, part: Path) -> None:
    """Ask for what is missing; a server that knows no ranges sends everything, and the file begins anew."""
    had = part.stat().st_size if part.exists() else 0
    wanted = {"Range": f"bytes={had}-"} if had else {}
    with requests.get(url, headers=wanted, stream=True, timeout=DOWNLOAD_TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # there is nothing after what we have
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        with part.open("ab" if resumed else "wb") as stream:
            for block in answer.iter_content(DOWNLOAD_BLOCK):
                stream.write(block)
                if stream.tell() > MOST_DOWNLOADED:
                    raise DataError(f"{url}: more than {MOST_DOWNLOADED >> 30} GiB came. Correct data.url.")


def _unpack(archive: Path, draft: Path, url: str) -> None:
    try:
        with zipfile.ZipFile(archive) as packed, draft.open("wb") as stream:
            check_archive(packed, Path(url))
            shutil.copyfileobj(packed.open(packed.namelist()[0]), stream)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, IndexError) as error:
        raise DataError(f"{url}: what came is no zip ({error}). Try again later.") from error


def _check_download(draft: Path, sha256: str, url: str) -> None:
    with draft.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise DataError(
            f"{url}: wrong checksum: sha256 {found}, expected {sha256}. Nothing of it was kept. Try again, "
            "or give data.sha256= if the publisher has changed the file."
        )


def _is_data_name(name: str) -> bool:
    """Whether it stays in its folder, and nobody would run it."""
    plain = name.lower()
    for packing in PACKINGS:
        plain = plain.removesuffix(packing)
    return Path(name).name == name and "\\" not in name and name[0] != "." and plain.endswith(DATA_ENDINGS)


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
    accept: Sequence[str] = ()

    def __post_init__(self) -> None:
        """A choice may come from anybody, and what is downloaded gets the first of the names."""
        if isinstance(self.files, str) or not self.files:
            raise ConfigError(f"data.files={self.files}: expected names of files, such as [shop.csv].")
        for name in map(str, self.files):
            if not _is_data_name(name):
                raise ConfigError(
                    f"data.files: {name} is no name of a file of data. Write one without a folder, that ends "
                    f"in {', '.join(DATA_ENDINGS)}, packed or not."
                )

    def read(self, engine: BaseBackend, parts: PartStore | None = None) -> Dataset:
        """Find the file, and read it as any other."""
        file = self._find_file()
        dataset = file.read(engine, parts)
        return replace(dataset, name=self.name, notes=(f"{self.name} is {file.path}.", *dataset.notes))

    def inputs(self) -> list[Path]:
        """The file, which is on disk from now on."""
        return self._find_file().inputs()

    def find_form(self) -> Form:
        """That of the file."""
        return self._find_file().find_form()

    def _find_file(self) -> File:
        path = self._find_local() or download_file(self.url, self.sha256, Path(self.folder) / self.files[0])
        sheets = self.sheets if path.suffix == ".xlsx" else None  # a file of text is one sheet already
        return File(path=str(path), sheets=sheets, customer_by=self.customer_by, accept=self.accept)

    def _find_local(self) -> Path | None:
        if self.local is None:
            return None
        local = Path(self.local)
        if not local.is_dir():
            raise DataError(f"SEGMENTLAB_DATA={local}: no such folder. Correct it, or unset it to download.")
        below = {path.name: path for path in sorted(local.rglob("*"), reverse=True) if path.is_file()}
        return next((below[name] for name in self.files if name in below), None)
