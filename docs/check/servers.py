"""Servers that pages start: each is asked once whether it is there, and ends with the page."""

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

from docs.check.desk import Desk, Done, end
from docs.check.pages import Command

SERVES = re.compile(r"\bmake ui\b|\bmlflow server\b|\bmlflow models serve\b")
PATIENCE = 120  # seconds until a server has to answer


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(desk: Desk, command: Command, port: int, before: str = "") -> Iterator[Done]:
    """Start a command that serves for ever, and end it and all that it started when the block ends."""
    log = desk.folder / "server.log"
    with log.open("w") as output:
        process = desk.start(command, output, before)
    try:
        code = 0 if _answers(process, port) else process.poll() or 1
        yield Done(command, code, _written(log))
    finally:
        end(process)


def _answers(process: subprocess.Popen[str], port: int) -> bool:
    """Whether it comes to answer on its port, before it gives up or patience does."""
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE) as response:
            return bool(response.status == 200)
        time.sleep(0.2)
    return False


def _written(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
