"""One piece of work that a second process does while this one goes on."""

import gc
import logging
import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import TypeVar

Done = TypeVar("Done")


@contextmanager
def work_beside(work: Callable[[], Done]) -> Iterator[Callable[[], Done]]:
    """Start the work, and give a function that waits for what it finds; leaving the block ends the work.

    The second process is a fork: it knows libraries and data already, so that nothing is loaded or copied
    twice. That is safe for work that only computes, on one thread, and touches no connection and no file that
    is open here. Where there can be no fork, or it came to nothing, the work is done here when it is asked
    for, and fails here, so that the answer and the error are the same.
    """
    receiver, sender = multiprocessing.Pipe(duplex=False)
    with receiver, sender:
        process = _fork(work, receiver, sender) if _may_fork() else None
        sender.close()  # the second process has the other one: its end is the end of the answer
        if process is None:
            yield work
            return
        try:
            yield partial(_receive_answer, receiver, work)
        finally:
            process.kill()
            process.join()


def _may_fork() -> bool:
    """Elsewhere than on Linux system libraries do not survive a fork, and on one processor nothing is won."""
    return (
        sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and threading.current_thread() is threading.main_thread()
        and not multiprocessing.current_process().daemon
    )


def _fork(
    work: Callable[[], object], receiver: Connection, sender: Connection
) -> "multiprocessing.process.BaseProcess | None":
    process = multiprocessing.get_context("fork").Process(
        target=_send_answer, args=(work, receiver, sender), daemon=True
    )
    with warnings.catch_warnings():
        # Python warns of every fork beside threads, for one might hold a lock; ours takes none of theirs.
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            process.start()
        except OSError:  # no memory or no process to be had
            return None
    return process


def _send_answer(work: Callable[[], object], receiver: Connection, sender: Connection) -> None:
    """What the second process does. It leaves Ctrl-C and all messages to the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    gc.disable()  # what the first process has is not this one's to end
    logging.disable()
    receiver.close()  # so that nobody is waited for when the first process is killed
    with suppress(Exception):
        sender.send(work())


def _receive_answer(receiver: Connection, work: Callable[[], Done]) -> Done:
    try:
        answer: Done = receiver.recv()
    except EOFError:
        return work()
    return answer
