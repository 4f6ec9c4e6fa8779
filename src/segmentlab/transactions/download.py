"""A published file, fetched once: resumed where it stopped, believed only when its checksum is right."""

import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import Final

import requests
from filelock import FileLock

from segmentlab.errors import DataError

ATTEMPTS: Final = 3
TIMEOUT: Final = 30  # seconds of silence
BLOCK: Final = 1 << 16  # what a broken connection loses at most


def downloaded(url: str, sha256: str, target: Path) -> Path:
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
                _check(draft, sha256, url)
                draft.rename(target)
            finally:
                archive.unlink()
                draft.unlink(missing_ok=True)
    return target


def _fetch(url: str, part: Path) -> None:
    trouble: Exception | None = None
    for _ in range(ATTEMPTS):
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
    with requests.get(url, headers=wanted, stream=True, timeout=TIMEOUT) as answer:
        if answer.status_code == requests.codes.requested_range_not_satisfiable:
            return  # there is nothing after what we have
        answer.raise_for_status()
        resumed = answer.status_code == requests.codes.partial_content
        with part.open("ab" if resumed else "wb") as stream:
            for block in answer.iter_content(BLOCK):
                stream.write(block)


def _unpack(archive: Path, draft: Path, url: str) -> None:
    try:
        with zipfile.ZipFile(archive) as packed, draft.open("wb") as stream:
            shutil.copyfileobj(packed.open(packed.namelist()[0]), stream)
    except (zipfile.BadZipFile, IndexError) as error:
        raise DataError(f"{url}: what came is no zip ({error}). Try again later.") from error


def _check(draft: Path, sha256: str, url: str) -> None:
    with draft.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise DataError(
            f"{url}: wrong checksum: sha256 {found}, expected {sha256}. Nothing of it was kept. Try again, "
            "or give data.sha256= if the publisher has changed the file."
        )
