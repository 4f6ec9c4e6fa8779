"""A folder of what is kept from run to run, which any process may write, read or remove at any time."""

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

SHELF_BYTES: Final = 2 << 30  # what was not used for the longest time makes room
DRAFT_SECONDS: Final = 3600  # seconds; a draft that is older belongs to a process that was killed
CHECKSUM_BYTES: Final = 64  # a file begins with the SHA-256 of the rest


class DamagedError(Exception):
    """A file that is not what was written; it is no longer there."""


@dataclass(frozen=True)
class Shelf:
    """Bytes and files by name. A name appears by one rename, so what is found under it is whole."""

    folder: Path

    def get(self, name: str) -> bytes | None:
        """What was put there, or nothing."""
        path = self.folder / name
        try:
            stored = path.read_bytes()
            os.utime(path)  # used just now
        except FileNotFoundError:
            return None
        found, content = stored[:CHECKSUM_BYTES], stored[CHECKSUM_BYTES:]
        if found != _compute_checksum(content):
            path.unlink(missing_ok=True)
            raise DamagedError(f"{path} was damaged")
        return content

    def put(self, name: str, content: bytes) -> None:
        """Keep it under this name. Of two writers the last one wins; they wrote the same."""
        with self._open_draft(name) as draft:
            draft.write_bytes(_compute_checksum(content) + content)
            draft.replace(self.folder / name)
        self._make_room()

    def put_stream(self, name: str, write: Callable[[BinaryIO], None]) -> None:
        """Keep what `write` makes, which is never in memory as a whole: it goes to a file at once."""
        with self._open_draft(name) as made, self._open_draft(name) as draft:
            with made.open("wb") as stream:
                write(stream)
            with made.open("rb") as content, draft.open("wb") as stream:
                stream.write(hashlib.file_digest(content, "sha256").hexdigest().encode())
                content.seek(0)
                shutil.copyfileobj(content, stream)
            draft.replace(self.folder / name)
        self._make_room()

    def open_file(self, name: str) -> BinaryIO | None:
        """What `put_file` kept, or nothing. Open it stays readable, whoever removes it meanwhile."""
        path = self.folder / name
        try:
            stream = path.open("rb")
            os.utime(path)
        except FileNotFoundError:
            return None
        if hashlib.file_digest(stream, "sha256").hexdigest() != path.stem:
            stream.close()
            path.unlink(missing_ok=True)
            raise DamagedError(f"{path} was damaged")
        return stream

    def put_file(self, ending: str, write: Callable[[Path], None]) -> str:
        """Keep the file that `write` fills, under a name that is the SHA-256 of its content.

        So two that write at once never disagree, even where they do not write the same bytes.
        """
        with self._open_draft(ending) as draft:
            write(draft)
            if draft.stat().st_size > SHELF_BYTES:
                raise OSError(f"it takes more than the {SHELF_BYTES >> 30} GiB that {self.folder} may hold")
            with draft.open("rb") as stream:
                name = f"{hashlib.file_digest(stream, 'sha256').hexdigest()}.{ending}"
            draft.replace(self.folder / name)
        self._make_room()
        return name

    @contextmanager
    def _open_draft(self, name: str) -> Iterator[Path]:
        """An empty file that its owner alone can read, for customers stand in it; gone at the end."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self.folder / f"{name}.{uuid.uuid4().hex}.draft"
        try:
            draft.touch(mode=0o600, exist_ok=False)
            yield draft
        finally:
            draft.unlink(missing_ok=True)

    def _make_room(self) -> None:
        """Remove what killed processes left, and what is beyond the size that the folder may have."""
        room = SHELF_BYTES
        for path, stat in sorted(_list_files(self.folder), key=lambda found: -found[1].st_mtime):
            if path.suffix == ".draft":
                if time.time() - stat.st_mtime > DRAFT_SECONDS:
                    path.unlink(missing_ok=True)
                continue
            room -= stat.st_size
            if room < 0:
                path.unlink(missing_ok=True)


def _compute_checksum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _list_files(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """The files that are there, while other processes remove some."""
    found = []
    for path in folder.iterdir():
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:
            continue
    return found
