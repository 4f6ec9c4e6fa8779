"""Evidence that is drawn in a process of its own, while somebody looks at the segments already."""

import importlib
import itertools
import logging
import multiprocessing.util
import os
import signal
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from types import FrameType
from typing import TYPE_CHECKING, Final, Self, TypeVar
from uuid import uuid4

from segmentlab.flow import (
    FittedSegments,
    OwnEvidence,
    StepTimer,
    gather_own_evidence,
    stream_own_evidence,
)

if TYPE_CHECKING:
    from joblib.externals.loky import ProcessPoolExecutor

logger = logging.getLogger(__name__)

IDLE_SECONDS: Final = 600  # after which the process ends; the next evidence starts another
LAST_SECONDS: Final = 2.0  # for the process to clean up, before it is ended by force
LESS_URGENT: Final = 5  # steps of niceness: whoever waits for the next variant goes first
NEEDED: Final = ("segmentlab.evaluation.k_scan", "segmentlab.flow.segmentation")

Gathered = tuple[OwnEvidence, Mapping[str, float]]  # with the seconds of its steps
Kind = tuple[str, OwnEvidence]  # of evidence, and all that is known by then
Done = TypeVar("Done")


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
        future = self._submit(_gather, fitted.for_evidence)
        future.add_done_callback(lambda done: _report_trouble(done, name))
        return PendingEvidence(fitted, future)

    def stream(self, fitted: FittedSegments) -> "EvidenceStream":
        """Begin to gather the evidence on these segments, to be taken kind after kind."""
        return EvidenceStream(self, fitted.for_evidence)

    def take_kind(self, name: str, fitted: FittedSegments, taken: int) -> "Future[Kind | None]":
        """Have the next kind gathered of the stream of that name, of which so many were taken."""
        return self._submit(_take_kind, name, fitted, taken)

    def _submit(self, work: "Callable[..., Done]", *given: object) -> "Future[Done]":
        self.start()
        try:
            future: Future[Done] = self._held[0].submit(work, *given)
        except BrokenProcessPool:  # somebody has killed it
            _end_process(self._held)
            return self._submit(work, *given)
        return future


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


class EvidenceStream:
    """Evidence that comes kind after kind. When one is taken the next is begun, and none after it."""

    def __init__(self, process: BackgroundProcess, fitted: FittedSegments) -> None:
        self._process, self._fitted, self._name = process, fitted, uuid4().hex
        self._taken = 0
        self._future = self._begin()

    def _begin(self) -> "Future[Kind | None]":
        return self._process.take_kind(self._name, self._fitted, self._taken)

    @property
    def ready(self) -> bool:
        """Whether nobody has to wait for the next kind."""
        return self._future.done()

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Kind:
        """The next kind; where its process is gone, another one gathers it."""
        try:
            came = self._future.result()
        except BrokenProcessPool:
            self._future = self._begin()
            return next(self)
        if came is None:
            raise StopIteration
        self._taken += 1
        self._future = self._begin()
        return came


# The stream that is being taken from, in the process in the background; a newer one takes its place.
_STREAMS: Final[dict[str, Iterator[Kind]]] = {}


def _take_kind(name: str, fitted: FittedSegments, taken: int) -> Kind | None:
    """The next kind of a stream; what was taken is gathered again where its process has ended since."""
    stream = _STREAMS.get(name)
    if stream is None:
        _STREAMS.clear()
        stream = _STREAMS[name] = itertools.islice(stream_own_evidence(fitted), taken, None)
    return next(stream, None)


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
