"""Where studies live: a journal file that any process may write or die over, or a database."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import optuna
from filelock import FileLock
from optuna.storages.journal import JournalFileBackend, JournalStorage

from segmentlab.errors import StoreError
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    from sqlalchemy import URL


STORAGE_ADVICE: Final = "Check tune.storage, and that it is up and can be written."
STORAGE_TIMEOUT: Final = 5  # seconds for the first answer of a server
STORAGE_ATTEMPTS: Final = 5  # at the tables of a fresh database, which another process may be making


def open_storage(address: str, study: str) -> optuna.storages.BaseStorage:
    """The storage at this address: a folder, which gets a journal file for the study, or a database."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with explain_storage_errors(f"The storage {address} of the study can't be opened"):
        return _open_database(address) if "://" in address else _open_journal(Path(address), study)


def close_storage(storage: optuna.storages.BaseStorage) -> None:
    """Let go of the connections of a database."""
    if isinstance(storage, optuna.storages.RDBStorage):
        storage.remove_session()
        storage.engine.dispose()


@contextmanager
def explain_storage_errors(what: str) -> Iterator[None]:
    """One clear error for the many kinds that storages throw."""
    from sqlalchemy.exc import SQLAlchemyError

    broken = (optuna.exceptions.StorageInternalError, SQLAlchemyError, OSError, ImportError, EOFError)
    try:
        yield
    except broken as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        # `from None`: the original carries the address with its password.
        raise StoreError(redact_text(f"{what}: {reason.rstrip('.')}. {STORAGE_ADVICE}")) from None


class StudyJournal(JournalFileBackend):
    """Optuna's journal, for processes that may be killed while they write.

    The system takes the lock from a process that dies; Optuna's own locks are files, which it would leave
    behind for half a minute. What it left half written is cut off, for nobody could read on after it.
    Lines reach the file, and the disk when the system finds time: they outlive every process, but the
    last ones may not outlive a power cut. Optuna waits for the disk at each of some ten writes for a trial.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path
        self.lock = FileLock(f"{path}.lock")

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Add lines when nobody else does."""
        lines = "".join(f"{json.dumps(log, separators=(',', ':'))}\n" for log in logs)
        with self.lock.acquire(poll_interval=0.002):
            mend_journal(self.path)
            with self.path.open("ab") as stream:
                stream.write(lines.encode())


def mend_journal(journal: Path) -> None:
    """Cut off a last line that has no end."""
    with journal.open("r+b") as stream:
        size = stream.seek(0, 2)
        stream.seek(max(size - 1, 0))
        if stream.read(1) not in (b"", b"\n"):
            stream.seek(0)
            stream.truncate(stream.read().rfind(b"\n") + 1)


def _open_journal(folder: Path, study: str) -> JournalStorage:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{study}.journal"
    try:
        return JournalStorage(StudyJournal(path))
    except (ValueError, KeyError) as error:
        raise StoreError(
            f"{path} is no journal of a study ({error}). Move it away to begin anew, or restore it."
        ) from error


def _open_database(address: str) -> optuna.storages.BaseStorage:
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError, IntegrityError, ProgrammingError

    try:
        url = make_url(address)
    except ArgumentError:
        raise StoreError(
            f"tune.storage={redact_text(address)} is no address: write postgresql://..."
        ) from None
    if url.drivername in ("postgres", "postgresql"):
        url = url.set(drivername="postgresql+psycopg").update_query_dict(
            {"connect_timeout": str(STORAGE_TIMEOUT)}
        )
    for attempt in range(STORAGE_ATTEMPTS):
        try:
            with _lock_tables(url):
                return optuna.storages.RDBStorage(url.render_as_string(hide_password=False))
        except (IntegrityError, ProgrammingError):  # somebody else made a table in this moment
            if attempt == STORAGE_ATTEMPTS - 1:
                raise
            time.sleep(0.2 * (attempt + 1))
    raise AssertionError("the last attempt returns or raises")


def _lock_tables(url: "URL") -> FileLock | nullcontext[None]:
    """SQLite breaks when several processes make its tables."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return nullcontext()
    Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    return FileLock(f"{url.database}.lock")
