"""A real server of runs, on the loopback interface."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import psutil

from tests.postgres import free_port

PATIENCE = 300  # seconds until a server that never answers fails its tests


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """`mlflow server` on loopback while the block lasts; its address."""
    address = f"http://127.0.0.1:{(port := free_port())}"
    place = ["--backend-store-uri", f"sqlite:///{folder}/server.db", "--artifacts-destination", str(folder)]
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), *place]
    with (folder / "server.log").open("w") as log:
        server = psutil.Popen(command, stdout=log, stderr=subprocess.STDOUT, cwd=folder)
    try:
        deadline = time.monotonic() + PATIENCE
        while not answers(address):
            alive = server.is_running() and time.monotonic() < deadline
            assert alive, (folder / "server.log").read_text()
            time.sleep(0.1)
        yield address
    finally:
        for process in [*server.children(recursive=True), server]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        server.wait()


def answers(address: str) -> bool:
    """Whether the server is ready."""
    with suppress(OSError), urlopen(f"{address}/health", timeout=5) as response:
        return bool(response.status == 200)
    return False
