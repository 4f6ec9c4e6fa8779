"""Whether a file is still the one that was read, asked of the file system and not of the file."""

import functools
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

# The clocks of file systems tick in steps of up to two seconds: two writes within one step look alike.
STEP: Final = 2 * 10**9  # nanoseconds


@dataclass(frozen=True)
class FileState:
    """What changes when a file's content does.

    The time of modification can be set back by anybody; the time of change is set by the file system alone.
    """

    path: str
    size: int
    modified: int
    changed: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """The state as of now."""
        stat = path.stat()
        return cls(str(path.absolute()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino)

    @property
    def settled(self) -> bool:
        """Whether a change from now on is sure to show."""
        return max(self.modified, self.changed) < time.time_ns() - STEP


def content_digest(path: Path) -> bytes:
    """The SHA-256 of a file, read once as long as the file stays as it is."""
    state = FileState.of(path)
    return _hashed_once(state) if state.settled else _hashed(path)


@functools.lru_cache(maxsize=10_000)
def _hashed_once(state: FileState) -> bytes:
    return _hashed(Path(state.path))


def _hashed(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
