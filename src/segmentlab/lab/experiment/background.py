"""Evidence that is drawn in a process of its own, while somebody looks at the segments already."""

import importlib
import logging
import multiprocessing.util
import os
import signal
import threading
import weakref
from collections.abc import Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from types import FrameType
from typing import TYPE_CHECKING, Final

from segmentlab.flow import FittedSegments, OwnEvidence, StepTimer, gather_own_evidence

if TYPE_CHECKING:
    from joblib.externals.loky import ProcessPoolExecutor

logger = logging.getLogger(__name__)

IDLE_SECONDS: Final = 600  # after which the process ends; the next evidence starts another
LAST_SECONDS: Final = 2.0  # for the process to clean up, before it is ended by force
LESS_URGENT: Final = 5  # steps of niceness: whoever waits for the next variant goes first
NEEDED: Final = ("segmentlab.evaluation.k_scan", "segmentlab.flow.segmentation")

Gathered = tuple[OwnEvidence, Mapping[str, float]]  # with the seconds of its steps


class BackgroundProcess:
    """Gathers evidence, one segmentation after another. It ends with its owner, whatever it is doing.

    It is a process and no thread: limits of threads and filters of warnings are one for a whole process.
    """

    def __init__(self, owner: object) -> None:
        self._held: list[ProcessPoolExecutor] = []  # the one that runs; what ends it must not know its owner
        self.close = weakref.finalize(owner, _end_process, self._held)

    def start(self) -> None:
        """Have the process load its libraries while this one does something else."""
        if not self._held:
            from joblib.externals.loky import ProcessPoolExecutor

            self._held.append(ProcessPoolExecutor(1, timeout=IDLE_SECONDS, initializer=_step_back))
            self._held[0].submit(_load_libraries)
            # The library registers there too, to wait for what its process still does: ours comes before it.
            threading._register_atexit(_end_process, self._held)  # type: ignore[attr-defined]  # noqa: SLF001

    def gather(self, fitted: FittedSegments, name: str) -> "PendingEvidence":
        """Begin to gather the evidence on these segments."""
        self.start()
        try:
            future = self._held[0].submit(_gather, fitted.for_evidence)
        except BrokenProcessPool:  # somebody has killed it
            _end_process(self._held)
            return self.gather(fitted, name)
        future.add_done_callback(lambda done: _report_trouble(done, name))
        return PendingEvidence(fitted, future)


class PendingEvidence:
    """Evidence that is on its way."""

    def __init__(self, fitted: FittedSegments, future: "Future[Gathered]") -> None:
        self._fitted, self._future = fitted, future

    @property
    def ready(self) -> bool:
        """Whether nobody has to wait for it any more."""
        return self._future.done() and not isinstance(self._future.exception(), BrokenProcessPool)

    def wait(self, steps: StepTimer) -> OwnEvidence:
        """The evidence, or what went wrong with it. Where its process is gone, it is gathered here."""
        try:
            own, seconds = self._future.result()
        except BrokenProcessPool:
            return gather_own_evidence(self._fitted, steps)
        for step, taken in seconds.items():
            steps.seconds[step] = steps.seconds.get(step, 0.0) + taken
        return own


def _gather(fitted: FittedSegments) -> Gathered:
    steps = StepTimer()
    return gather_own_evidence(fitted, steps), steps.seconds


def _step_back() -> None:
    """Ctrl-C reaches every process of a terminal or a notebook; it is meant for what somebody waits for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _clean_up_and_end)
    if hasattr(os, "nice"):
        os.nice(LESS_URGENT)


def _clean_up_and_end(_number: int, _frame: FrameType | None) -> None:
    """End those that share the work, and remove what was put into shared memory for them."""
    multiprocessing.util._exit_function()  # type: ignore[attr-defined]  # noqa: SLF001
    os._exit(0)


def _load_libraries() -> None:
    for module in NEEDED:
        importlib.import_module(module)


def _report_trouble(done: "Future[Gathered]", name: str) -> None:
    """An error that nobody asks for is not lost; where the process is gone, evidence is gathered later."""
    error = done.exception()
    if error is not None and not isinstance(error, BrokenProcessPool):
        logger.warning("The evidence on %s could not be gathered: %s", name, error)


def _end_process(held: "list[ProcessPoolExecutor]") -> None:
    """End it and those that it shares its work with; the library's own way trips over work just handed in."""
    from joblib.externals.loky.backend.utils import kill_process_tree

    while held:
        executor = held.pop()
        for process in list(executor._processes.values()):  # noqa: SLF001
            process.terminate()
            process.join(LAST_SECONDS)
            if process.is_alive():  # deep in a library, which hears no signal
                kill_process_tree(process)
        executor.shutdown(wait=True)
