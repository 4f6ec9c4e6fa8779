"""A local store that was moved, renamed or copied: MLflow remembers full paths, so they are written anew.

They change in one transaction, so a process that is killed meanwhile leaves them as they were.
"""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from filelock import FileLock, Timeout

from segmentlab.errors import StoreError

logger = logging.getLogger(__name__)

# Everywhere that MLflow keeps the place of files. What files say of their own place is for people only.
LOCATION_COLUMNS: Final = {
    "experiments": ("artifact_location",),
    "runs": ("artifact_uri",),
    "logged_models": ("artifact_location",),
    "model_versions": ("source", "storage_location"),
}
LONGEST_MOVE: Final = 60.0  # seconds to wait for another process that does the same


def follow_moved_files(database: Path, artifacts: Path) -> None:
    """Look for files beside the database where they came along with it, and not where they were before."""
    here = artifacts.as_uri()
    try:
        with closing(_connect(database)) as connection:
            if not set(_list_roots(connection)) - {here}:
                return
        with FileLock(f"{database}.lock", timeout=LONGEST_MOVE), closing(_connect(database)) as connection:
            for root in sorted(set(_list_roots(connection)) - {here}):
                if _has_come_along(connection, root, artifacts):
                    _rewrite_locations(connection, root, here)
                    logger.warning(f"The store was moved: its files are now looked for in '{artifacts}'.")
    except (sqlite3.Error, Timeout) as error:
        raise StoreError(
            f"The tracking store '{database}' was moved, and where its files are can't be written into it "
            f"({error}). End other processes that use it, and start again."
        ) from error


def _connect(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=20)


def _list_roots(connection: sqlite3.Connection) -> Iterator[str]:
    """The folders that experiments keep their files in: MLflow's own has one of its own below it."""
    for number, location in connection.execute("select experiment_id, artifact_location from experiments"):
        if location and location.startswith("file:"):
            yield location.removesuffix(f"/{number}")


def _has_come_along(connection: sqlite3.Connection, root: str, artifacts: Path) -> bool:
    """Whether everything that is still there is here as well, and anything at all.

    A folder that is out of reach for a while, such as a drive, is neither moved nor gone.
    """
    recorded = [place.removeprefix(root).lstrip("/") for place in _list_places(connection, root)]
    before = _find_path(root)
    if not recorded:
        return not before.exists()
    here = {place for place in recorded if (artifacts / unquote(place)).exists()}
    there = {place for place in recorded if (before / unquote(place)).exists()}
    return bool(here) and there <= here


def _list_places(connection: sqlite3.Connection, root: str) -> Iterator[str]:
    """Where runs and models below a folder keep their files."""
    for table in ("runs", "logged_models"):
        (column,) = LOCATION_COLUMNS[table]
        for (place,) in connection.execute(f"select {column} from {table}"):  # noqa: S608  (our own names)
            if place and place.startswith(f"{root}/"):
                yield place


def _rewrite_locations(connection: sqlite3.Connection, before: str, here: str) -> None:
    with connection:  # one transaction
        for table, columns in LOCATION_COLUMNS.items():
            for column in columns:
                connection.execute(
                    f"update {table} set {column} = :here || substr({column}, length(:before) + 1) "  # noqa: S608
                    f"where {column} = :before or substr({column}, 1, length(:before) + 1) = :before || '/'",
                    {"here": here, "before": before},
                )


def _find_path(uri: str) -> Path:
    return Path(unquote(urlsplit(uri).path))
