"""A folder of files that any process may write, read or remove at any time."""

import hashlib
import os
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 2 << 30  # what was not used for the longest time makes room
DRAFTS_LIVE: Final = 3600  # seconds; a draft that is older belongs to a process that was killed
SUM: Final = 64  # a file begins with the SHA-256 of the rest


class DamagedError(Exception):
    """A file that is not what was written; it is no longer there."""


@dataclass(frozen=True)
class Shelf:
    """Bytes by name. A name appears by one rename, so what is found under it is whole."""

    folder: Path

    def get(self, name: str) -> bytes | None:
        """What was put there, or nothing."""
        path = self.folder / name
        try:
            stored = path.read_bytes()
            os.utime(path)  # used just now
        except FileNotFoundError:
            return None
        found, content = stored[:SUM], stored[SUM:]
        if found != _sum(content):
            path.unlink(missing_ok=True)
            raise DamagedError(f"{path} was damaged")
        return content

    def put(self, name: str, content: bytes) -> None:
        """Keep it under this name. Of two writers the last one wins; they wrote the same."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{name}.{uuid.uuid4().hex}.draft"
        try:
            with draft.open("wb") as stream:
                stream.write(_sum(content))
                stream.write(content)
            draft.replace(self.folder / name)
        finally:
            draft.unlink(missing_ok=True)
        self._make_room()

    def _make_room(self) -> None:
        """Remove what killed processes left, and what is beyond the size that the folder may have."""
        room = MOST_BYTES
        for path, stat in sorted(_stats(self.folder), key=lambda found: -found[1].st_mtime):
            if path.suffix == ".draft":
                if time.time() - stat.st_mtime > DRAFTS_LIVE:
                    path.unlink(missing_ok=True)
                continue
            room -= stat.st_size
            if room < 0:
                path.unlink(missing_ok=True)


def _sum(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _stats(folder: Path) -> list[tuple[Path, os.stat_result]]:
    """The files that are there, while other processes remove some."""
    found = []
    for path in folder.iterdir():
        try:
            found.append((path, path.stat()))
        except FileNotFoundError:
            continue
    return found
