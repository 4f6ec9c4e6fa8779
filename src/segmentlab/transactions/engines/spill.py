"""What a long query of DuckDB is at: how far it has come, and how much of it lies on disk."""

import functools
import logging
import threading
import time
import weakref
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import SegmentLabError

logger = logging.getLogger(__name__)

SPILL_NAME: Final = "segmentlab-spill-"
LOOK_SECONDS: Final = 1.0
QUIET_LOOKS: Final = 5  # what takes no longer needs no word; then as many between one word and the next
# DuckDB counts how far it is only where it is asked to show it; it shall not draw over our own lines.
PROGRESS_SETTINGS: Final = (
    "enable_progress_bar = true",
    "enable_progress_bar_print = false",
    "progress_bar_time = 0",
)
WATCHED: Final[dict[int, "SpillWatch"]] = {}  # by the identity of their engines, as long as these live


@dataclass
class SpillWatch:
    """One connection, where it puts what does not fit into memory, and the most that ever lay there."""

    engine: weakref.ReferenceType[BaseBackend]
    folder: Path
    limit: str
    peak: int = 0
    looks: int = field(default=0, repr=False)  # at the query that runs

    def look(self) -> None:
        """Measure, and tell of what began, or takes long."""
        size = _measure_folder(self.folder)
        if size and not self.peak:
            logger.warning("What does not fit into %s goes to %s.", self.limit, self.folder)
        self.peak = max(self.peak, size)
        engine = self.engine()
        try:
            done = -1.0 if engine is None else engine.con.query_progress()
        except duckdb.Error:  # it was closed
            done = -1.0
        self.looks = self.looks + 1 if done >= 0 else 0
        if self.looks and self.looks % QUIET_LOOKS == 0:
            on_disk = f", {_write_size(size)} of it on disk" if size else ""
            logger.info("%.0f %% of a pass over the data%s", done, on_disk)


def watch_queries(engine: BaseBackend, folder: Path, memory_limit: str | None) -> None:
    """Tell of its queries that take long, by a thread that all engines of the process share."""
    with suppress(duckdb.InvalidInputException):  # in a notebook without widgets
        for setting in PROGRESS_SETTINGS:
            engine.con.execute(f"SET {setting}")
    limit = "memory" if memory_limit is None else f"engine.memory_limit={memory_limit}"
    WATCHED[id(engine)] = SpillWatch(weakref.ref(engine), folder, limit)
    weakref.finalize(engine, WATCHED.pop, id(engine), None)
    _start_watching()


def stop_queries() -> None:
    """End what all engines of the process are at.

    Ctrl-C ends the wait for a query; a thread of DuckDB may go on with it, and the process can't end before.
    """
    for watch in list(WATCHED.values()):
        engine = watch.engine()
        if engine is not None:
            with suppress(duckdb.Error):  # it was closed
                engine.con.interrupt()


def describe_spill(table: ir.Table) -> str | None:
    """How much of what its engine computed lay on disk, and where; nothing where all fitted into memory."""
    watch = WATCHED.get(id(table.get_backend()))
    if watch is None or not watch.peak:
        return None
    return f"{watch.limit} was too little for all: at most {_write_size(watch.peak)} lay in {watch.folder}."


def explain_full_memory(error: Exception) -> SegmentLabError | None:
    """What to do where a query found no room, on disk or in memory; nothing of any other error."""
    told = str(error).splitlines()[0] if str(error) else ""
    if isinstance(error, duckdb.OutOfMemoryException) and "offload" not in told:
        return SegmentLabError(
            f"A query needs more memory than it may have ({told}). Raise engine.memory_limit, or take fewer "
            "cores at once: engine.threads=1."
        )
    is_spill = isinstance(error, duckdb.IOException) and SPILL_NAME in told
    if is_spill or isinstance(error, duckdb.OutOfMemoryException):
        return SegmentLabError(
            f"There is no room for what does not fit into memory ({told}). Make room, or name a folder on a "
            "larger disk: engine.spill_folder=/scratch."
        )
    return None


@functools.cache
def _start_watching() -> None:
    threading.Thread(target=_look_for_ever, name="segmentlab-spill", daemon=True).start()


def _look_for_ever() -> None:
    while True:
        time.sleep(LOOK_SECONDS)
        for watch in list(WATCHED.values()):
            watch.look()


def _measure_folder(folder: Path) -> int:
    """The bytes of its files, while DuckDB writes and removes them."""
    try:
        return sum(path.stat().st_size for path in folder.iterdir())
    except OSError:  # there is none before something spills
        return 0


def _write_size(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"
