"""What an entry is found by: the code that computed it, the content of its files, and what was chosen."""

import hashlib
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import segmentlab
from segmentlab.lab.cache.shelf import DamagedError, Shelf
from segmentlab.lab.names import list_plugin_files
from segmentlab.lab.tracking import NotPlainError, pack
from segmentlab.transactions import FileSource, FileState, compute_content_digest


def make_key(shelf: Shelf | None, source: object, choices: object, code: str | None = None) -> str | None:
    """What changes with the code, a byte of the data, or a choice; nothing where data may change unseen.

    `code` is the code's digest, for whoever asks for many keys at once.
    """
    inputs = source.inputs() if shelf is not None and isinstance(source, FileSource) else None
    if shelf is None or inputs is None:
        return None
    data = ([str(path) for path in inputs], compute_files_digest(inputs, shelf))
    try:
        return hashlib.sha256(pack((code or compute_code_digest(), data, choices))).hexdigest()
    except NotPlainError:
        return None


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
