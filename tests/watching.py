"""Asks the kernel who opened a file: the one witness that no reader gets past."""

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

IN_OPEN = 0x20


@contextmanager
def watched(path: Path) -> Iterator[Callable[[], bool]]:
    """Yields a function that tells whether any process has opened the file in the meantime."""
    if sys.platform != "linux":
        pytest.skip("needs inotify, which Linux has")
    libc = ctypes.CDLL(None, use_errno=True)
    queue = libc.inotify_init1(os.O_NONBLOCK)
    assert libc.inotify_add_watch(queue, os.fsencode(path), IN_OPEN) >= 0, os.strerror(ctypes.get_errno())

    def opened() -> bool:
        try:
            return bool(os.read(queue, 4096))
        except BlockingIOError:
            return False

    try:
        yield opened
    finally:
        os.close(queue)
