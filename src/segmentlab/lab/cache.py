"""Features of unchanged data and code, kept from run to run."""

import hashlib
import os
import sys
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import segmentlab
from segmentlab.flow import DescribedCustomers, Plan
from segmentlab.lab.names import CACHED_PARTS, RECIPE_PARTS, UnknownNameError, list_plugin_files
from segmentlab.lab.tracking import NotPlainError, pack, unpack
from segmentlab.transactions import Engine, FileSource, FileState, Source, compute_content_digest

# Which code computes: our own, as it is on disk, and the libraries that decide the numbers.


DECISIVE_LIBRARIES: Final = (
    "duckdb",
    "fastexcel",
    "ibis-framework",
    "numpy",
    "pandas",
    "pyarrow",
    "pyspark",
    "scikit-learn",
    "scipy",
)


def compute_code_digest(package: Path = Path(segmentlab.__file__).parent) -> str:
    """Changes with every byte of the package and of declared plug-ins, committed or not, and every version.

    All of the package counts, although a figure's code changes no feature: a list of what does would
    be wrong one day, and then somebody would look at yesterday's numbers.
    """
    whole = hashlib.sha256(sys.version.encode())
    files = sorted([*package.rglob("*.py"), *package.glob("transactions/exports/*.yaml")])
    own = {str(path.relative_to(package)): path for path in files}
    for place, path in (*own.items(), *list_plugin_files().items()):
        whole.update(place.encode())
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    for name in DECISIVE_LIBRARIES:
        whole.update(f"{name} {_read_version(name)}".encode())
    return whole.hexdigest()


def _read_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:  # an extra that is not installed
        return "missing"


# A folder of files that any process may write, read or remove at any time.


SHELF_BYTES: Final = 2 << 30  # what was not used for the longest time makes room
DRAFT_SECONDS: Final = 3600  # seconds; a draft that is older belongs to a process that was killed
CHECKSUM_BYTES: Final = 64  # a file begins with the SHA-256 of the rest


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
        found, content = stored[:CHECKSUM_BYTES], stored[CHECKSUM_BYTES:]
        if found != _compute_checksum(content):
            path.unlink(missing_ok=True)
            raise DamagedError(f"{path} was damaged")
        return content

    def put(self, name: str, content: bytes) -> None:
        """Keep it under this name. Of two writers the last one wins; they wrote the same."""
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / f"{name}.{uuid.uuid4().hex}.draft"
        try:
            with draft.open("wb") as stream:
                stream.write(_compute_checksum(content))
                stream.write(content)
            draft.replace(self.folder / name)
        finally:
            draft.unlink(missing_ok=True)
        self._make_room()

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


# What files hold, without reading them again.


def compute_files_digest(files: Sequence[Path], shelf: Shelf) -> str:
    """The digest of all files, found under their states if it was computed before.

    A file that was written in the last moments is read in any case, and its digest not kept: it could
    change once more and look the same (git calls such files racy).
    """
    states = [FileState.of(path) for path in files]
    name = f"{hashlib.sha256(pack(states)).hexdigest()}.digest"
    settled = all(state.settled for state in states)
    known = _look_up_digest(shelf, name) if settled else None
    if known is not None:
        return known
    digest = hashlib.sha256(b"".join(compute_content_digest(path) for path in files)).hexdigest()
    if settled:
        shelf.put(name, digest.encode())
    return digest


def _look_up_digest(shelf: Shelf, name: str) -> str | None:
    try:
        found = shelf.get(name)
    except DamagedError:
        return None  # reading the files again is all it costs
    return None if found is None else found.decode()


# The choices that `describe` reads.
DESCRIBING_CHOICES: Final = (
    "cleaning",
    "features",
    "leave_out",
    "as_of",
    "holdout_days",
    "cutoffs",
    "crowd",
)
KEPT_NAMES: Final = (*CACHED_PARTS, *RECIPE_PARTS)


class FeatureCache:
    """What `describe` gave for these choices, this data and this code.

    The kind of engine is a choice as well: engines agree to 1e-9, and a run has to show the digits of
    its own. Without a folder nothing is kept, and of a source that can't say cheaply whether it changed
    neither.
    """

    def __init__(self, folder: Path | None, plan: Plan, source: Source, engine: Engine) -> None:
        self.shelf = None if folder is None else Shelf(folder)
        self.choices = (
            type(engine).__name__,
            source,
            {name: getattr(plan, name) for name in DESCRIBING_CHOICES},
        )
        self.source = source
        self.key: str | None = None
        self.notes: list[str] = []  # on the last reading or writing, for whoever looks at the run

    def read(self) -> DescribedCustomers | None:
        """What was kept, if anything was and it is whole."""
        try:
            self.key = self._key()
            content = self.shelf.get(self.key) if self.shelf and self.key else None
        except DamagedError as error:
            self.notes.append(f"{error}: features are computed anew.")
            return None
        except OSError as error:
            self.notes.append(f"The cache can't be used: {error}")
            return None
        if content is None:
            return None
        try:
            kept: DescribedCustomers = unpack(content, KEPT_NAMES)
        except UnknownNameError as error:
            self.notes.append(f"The cache holds {error}: features are computed anew.")
            return None
        self.notes.append("Features from the cache: the data was not read again (cache=false reads it).")
        return kept

    def write(self, described: DescribedCustomers) -> None:
        """Keep it for the next run, unless the data or the code changed while it was computed."""
        self.notes = []
        if described.crowd is not None:  # they stay where Spark wrote them, which goes with this process
            return
        try:
            if self.shelf and self.key and self.key == self._key():
                self.shelf.put(self.key, pack(described))
        except (OSError, NotPlainError) as error:
            self.notes.append(f"The features are not kept for the next run: {error}")

    def _key(self) -> str | None:
        if self.shelf is None or not isinstance(self.source, FileSource):
            return None
        inputs = self.source.inputs()
        data = ([str(path) for path in inputs], compute_files_digest(inputs, self.shelf))
        try:
            choices = pack((compute_code_digest(), data, self.choices))
        except NotPlainError:
            return None
        return f"{hashlib.sha256(choices).hexdigest()}.features"
