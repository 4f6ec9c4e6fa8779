"""What files hold, without reading them again."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from segmentlab import plain
from segmentlab.cache.shelf import DamagedError, Shelf
from segmentlab.transactions.sources.file_state import FileState, content_digest


def digest_of(files: Sequence[Path], shelf: Shelf) -> str:
    """The digest of all files, found under their states if it was computed before.

    A file that was written in the last moments is read in any case, and its digest not kept: it could
    change once more and look the same (git calls such files racy).
    """
    states = [FileState.of(path) for path in files]
    name = f"{hashlib.sha256(plain.dumps(states)).hexdigest()}.digest"
    settled = all(state.settled for state in states)
    known = _known(shelf, name) if settled else None
    if known is not None:
        return known
    digest = hashlib.sha256(b"".join(content_digest(path) for path in files)).hexdigest()
    if settled:
        shelf.put(name, digest.encode())
    return digest


def _known(shelf: Shelf, name: str) -> str | None:
    try:
        found = shelf.get(name)
    except DamagedError:
        return None  # reading the files again is all it costs
    return None if found is None else found.decode()
