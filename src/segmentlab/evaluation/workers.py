"""Work that is done again and again, shared among the processors where that takes less time."""

import importlib
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import current_process
from multiprocessing.util import Finalize
from typing import Final, TypeVar

from segmentlab.modelling import limit_threads

logger = logging.getLogger(__name__)

Item = TypeVar("Item")
Done = TypeVar("Done")
PARALLEL_SECONDS: Final = 4.0  # seconds of work left; starting processes that know the libraries takes a few
WARM_SECONDS: Final = 0.5  # the same where those processes have been started
FEW_CUSTOMERS: Final = (
    1  # whatever is done again and again is about a sample, which fits fastest on one thread
)
STOP_PRIORITY: Final = 10  # above 0, so before children are waited for
QUIET_SECONDS: Final = 2.0  # seconds between two messages to whoever waits


@dataclass
class _Workers:
    """Whether the processes that share the work run already; they stay for the next."""

    started: bool = False

    def start(self) -> None:
        """Note that they run, and see to it that they end.

        A process that was itself started by multiprocessing waits for its children before it ends, and these
        wait for work.
        """
        if not self.started:
            self.started = True
            Finalize(None, _stop_workers, exitpriority=STOP_PRIORITY)

    @property
    def least_seconds(self) -> float:
        return WARM_SECONDS if self.started else PARALLEL_SECONDS


def _stop_workers() -> None:
    """End them, and remove what was put into shared memory for them."""
    from joblib.executor import MemmappingExecutor
    from joblib.externals.loky import get_reusable_executor

    executor = get_reusable_executor(reuse=True)
    if isinstance(executor, MemmappingExecutor):  # any other is new, and has done nothing
        executor.terminate(kill_workers=True)


_workers = _Workers()


def warm_up_workers() -> None:
    """Have the processes load the libraries while this one does something else."""
    if _count_processors() > 1:
        threading.Thread(target=_load_libraries, daemon=True).start()


def _load_libraries() -> None:
    with suppress(RuntimeError, OSError):  # whoever can't be started now complains when there is work
        list(_spread_work(_load_evidence, range(_count_processors())))


def _load_evidence(_number: int) -> None:
    """Whatever is shared is about evidence, and brings its libraries."""
    importlib.import_module("segmentlab.evaluation.k_scan")


def share_work(work: Callable[[Item], Done], items: Sequence[Item], name: str) -> list[Done]:
    """What the work gives for each item, in order.

    The first item tells how long the rest will take, so the one that takes longest should be first. Long
    work says how far it has come, under its name.
    """
    if not items:
        return []
    with limit_threads(FEW_CUSTOMERS):  # once for all: finding the libraries takes as long as a small fit
        start = time.perf_counter()
        first = work(items[0])
        left = (time.perf_counter() - start) * (len(items) - 1)
        rest = map(work, items[1:]) if left < _workers.least_seconds else _spread_work(work, items[1:])
        return [first, *_report_work(rest, name, len(items))]


def _spread_work(work: Callable[[Item], Done], items: Iterable[Item]) -> Iterable[Done]:
    """The work on all processors that this process may use."""
    processors = _count_processors()
    if processors == 1:
        return map(work, items)
    from joblib import Parallel, delayed

    _workers.start()
    done: Iterable[Done] = Parallel(n_jobs=processors, return_as="generator")(
        delayed(work)(each) for each in items
    )
    return done


def _count_processors() -> int:
    if current_process().daemon:  # a second process that works beside the first one has no others
        return 1
    from joblib import cpu_count

    return int(cpu_count())  # of this process: by affinity, a container's limit, or LOKY_MAX_CPU_COUNT


def _report_work(done: Iterable[Done], name: str, count: int) -> Iterator[Done]:
    last = time.perf_counter()
    for number, one in enumerate(done, 2):
        if time.perf_counter() - last > QUIET_SECONDS:
            logger.info("%s %d of %d", name, number, count)
            last = time.perf_counter()
        yield one
