"""The store on this machine: one SQLite file, made once, and checked before MLflow touches it.

MLflow is not safe here by itself: several processes on a fresh file break it, an unreadable file is
retried for minutes, and an old one is migrated without asking.
"""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from filelock import FileLock, Timeout

from segmentlab.errors import StoreError
from segmentlab.lab.tracking.moved_store import follow_moved_files

LONGEST_INITIALISATION = 120.0  # seconds; it takes two or three on a quiet machine


def prepare_local_store(database: Path, artifacts: Path) -> None:
    """See to it that the database is there, sound and knows its files, and that both can be written."""
    found = read_schema_revision(database)  # before anything is made beside what is no store
    _make_writable(database.parent)
    _make_writable(artifacts)
    schema = found or _initialise_store(database, artifacts)
    _check_schema(database, schema)
    follow_moved_files(database, artifacts)


def check_local_store(database: Path) -> bool:
    """Whether there is a store, of a version that this MLflow reads; nothing is made or changed."""
    schema = read_schema_revision(database)
    if schema is not None:
        _check_schema(database, schema)
    return schema is not None


def make_sqlite_uri(database: Path) -> str:
    """The address of a database file, whatever characters its path has."""
    from sqlalchemy import URL

    return URL.create("sqlite", database=str(database)).render_as_string()


def read_schema_revision(database: Path) -> str | None:
    """The schema revision of the store, or None where no store was made yet."""
    try:
        state = database.stat()
    except (FileNotFoundError, NotADirectoryError, PermissionError):  # who makes its folder tells more
        return None
    if not stat.S_ISREG(state.st_mode):
        raise StoreError(
            f"'{database}' is no file, but a folder, a pipe or a device. Choose another place with "
            "tracking.uri=sqlite:////<folder>/mlflow.db."
        )
    if state.st_size == 0:
        return None
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=20)) as connection:
            ask = connection.execute
            tables = ask("select name from sqlite_master where type = 'table'").fetchall()
            if not tables:
                return None
            versioned = ("alembic_version",) in tables
            row = ask("select version_num from alembic_version").fetchone() if versioned else None
    except sqlite3.Error as error:
        raise StoreError(
            f"'{database}' can't be read as a tracking store ({error}). It should be an SQLite file made by "
            "MLflow. Move it away to begin with a new store, or restore it from a backup."
        ) from error
    if row is None:
        raise StoreError(
            f"The tracking store '{database}' is half made: it has {len(tables)} tables and no schema "
            "version. Move it away to begin with a new store, or restore it from a backup."
        )
    return str(row[0])


def _make_writable(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"The folder '{folder}' of the tracking store can't be made ({error.strerror}). "
            "Choose another place with tracking.uri=sqlite:////<folder>/mlflow.db."
        ) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(
            f"The folder '{folder}' of the tracking store can't be written. Make it writable, or choose "
            "another place with tracking.uri=sqlite:////<folder>/mlflow.db."
        )


def _initialise_store(database: Path, artifacts: Path) -> str:
    """Make the store, once, whoever comes first, and return its schema revision.

    It is made under another name and then renamed: a process that is killed meanwhile leaves nothing
    that looks like a store.
    """
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    unfinished = database.with_name(f"{database.name}.new")
    try:
        with FileLock(f"{database}.lock", timeout=LONGEST_INITIALISATION):
            if read_schema_revision(database) is None:
                unfinished.unlink(missing_ok=True)
                store = SqlAlchemyStore(make_sqlite_uri(unfinished), artifacts.as_uri())  # type: ignore[no-untyped-call]
                store.engine.dispose()
                unfinished.replace(database)
    except Timeout as error:
        raise StoreError(
            f"Another process has held '{database}.lock' for {LONGEST_INITIALISATION:.0f} seconds while "
            "making the tracking store. Look whether it hangs, end it, and start again."
        ) from error
    return str(read_schema_revision(database))


def _check_schema(database: Path, found: str) -> None:
    import mlflow
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    migrations = ScriptDirectory(str(Path(mlflow.__file__).parent / "store" / "db_migrations"))
    if found == migrations.get_current_head():
        return
    try:
        migrations.get_revision(found)
    except CommandError:
        raise StoreError(
            f"The tracking store '{database}' has schema {found}, which MLflow {mlflow.__version__} does not "
            "know: a newer MLflow made it. Install that version, or choose another store with tracking.uri."
        ) from None
    raise StoreError(
        f"The tracking store '{database}' has schema {found}, older than MLflow {mlflow.__version__} needs. "
        f"Copy the file as a backup, then run: mlflow db upgrade '{make_sqlite_uri(database)}'"
    )
