"""What data is known by: a digest of its lines, or of a file and whether it is still the same."""

import functools
import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import ibis
import ibis.expr.types as ir

# Who a table is when there is no file: a digest of its lines, in whatever order they come.
#
# A database promises no order, so the digest must not depend on one: every line is hashed as text, and the
# hashes are added up. Equal lines give an equal digest, whichever database they were read from.


@ibis.udf.scalar.builtin(name="md5_number_lower", signature=(("string",), "uint64"))
def _hash_lower_half(text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: half of the MD5 as a number."""


@ibis.udf.scalar.builtin(name="md5_number_upper", signature=(("string",), "uint64"))
def _hash_upper_half(text):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """The other half."""


def compute_table_digest(table: ir.Table) -> str:
    """One pass where the table lies. A sum, unlike an exclusive or, still counts a line that stands twice."""
    line = ibis.struct({name: table[name] for name in table.columns}).cast("string")
    halves = {"lower": _hash_lower_half(line), "upper": _hash_upper_half(line)}
    sums = {name: half.cast("decimal(38, 0)").sum() for name, half in halves.items()}
    found = table.aggregate(rows=table.count(), **sums).to_pyarrow().to_pylist()[0]
    told = [table.columns, found["rows"], str(found["lower"]), str(found["upper"])]
    return hashlib.sha256(repr(told).encode()).hexdigest()


# The clocks of file systems tick in steps of up to two seconds: two writes within one step look alike.
CLOCK_STEP: Final = 2 * 10**9  # nanoseconds


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
        return max(self.modified, self.changed) < time.time_ns() - CLOCK_STEP


def compute_content_digest(path: Path) -> bytes:
    """The SHA-256 of a file, read once as long as the file stays as it is."""
    state = FileState.of(path)
    return _hash_state_once(state) if state.settled else _hash_file(path)


@functools.lru_cache(maxsize=10_000)
def _hash_state_once(state: FileState) -> bytes:
    return _hash_file(Path(state.path))


def _hash_file(path: Path) -> bytes:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
