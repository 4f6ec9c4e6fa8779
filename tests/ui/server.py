"""`make ui` as a person starts it, on a port of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import psutil
from selenium.webdriver.support.wait import WebDriverWait

from segmentlab.lab.config.folders import ROOT
from tests.browser import PATIENCE


@dataclass(frozen=True)
class Server:
    """A running `make ui`, the leader of a process group, and what it wrote."""

    make: psutil.Popen
    port: int
    log: Path

    @property
    def address(self) -> str:
        """Where a browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether it is ready. One that gave up never will be."""
        assert self.make.poll() is None, self.log.read_text()
        with suppress(OSError), urlopen(f"{self.address}/health", timeout=60) as response:
            return bool(response.status == 200)
        return False

    def listens_on(self) -> set[tuple[str, int]]:
        """The addresses where anything that it started takes connections."""
        return {
            (connection.laddr.ip, connection.laddr.port)
            for process in self.make.children(recursive=True)
            for connection in process.net_connections()
            if connection.status == psutil.CONN_LISTEN
        }

    def stop(self) -> None:
        """End the whole group: asked first, then made to."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            with suppress(ProcessLookupError, psutil.TimeoutExpired):
                os.killpg(self.make.pid, number)
                self.make.wait(PATIENCE)


@contextmanager
def make_ui(store: Path, log: Path) -> Iterator[Server]:
    """Serve a store for as long as the block lasts, with the interpreter that runs the tests."""
    port = free_port()
    variables = [f"BIN={Path(sys.executable).parent}", f"STORE={store}", f"PORT={port}"]
    # This interpreter is set up already: the rule that sets up .venv has nothing to do.
    command = ["make", "-C", str(ROOT), "--assume-old=.venv/run", "ui", *variables]
    with log.open("w") as output:
        make = psutil.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    server = Server(make, port, log)
    try:
        # Selenium's waiter waits for anything, whatever its name and types say.
        WebDriverWait(server, PATIENCE, 0.1).until(Server.answers, "no answer")  # type: ignore[type-var]
        yield server
    finally:
        server.stop()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
