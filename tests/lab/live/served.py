"""The live service in a process of its own, and somebody who posts to it."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pandas as pd

from segmentlab.lab.config.folders import ROOT

PATIENCE = 300  # seconds until a service that never answers fails its tests
FIELDS = ("customer_id", "invoice_id", "product_id", "description", "quantity", "unit_price", "country")


@dataclass
class Service:
    """A service that answers on a port."""

    process: subprocess.Popen[str]
    port: int

    def ask(
        self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """The status and the answer."""
        return ask(self.port, method, path, body, headers)

    def kill(self, number: int = signal.SIGKILL) -> int:
        """End it, and wait until it is gone."""
        self.process.send_signal(number)
        return self.process.wait(60)


@contextmanager
def serving(
    words: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """`python src/serve.py` while the block lasts, on a port that was free."""
    command = [sys.executable, str(ROOT / "src" / "serve.py"), "port=0", *words]
    log = folder / "service.log"
    with log.open("w") as stream:
        own = {**os.environ, **(environment or {})}
        process = subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, cwd=folder, env=own, text=True
        )
    try:
        yield Service(process, _find_port(process, log))
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _find_port(process: subprocess.Popen[str], log: Path) -> int:
    deadline = time.monotonic() + PATIENCE
    while True:
        said = log.read_text()
        assert process.poll() is None, said
        assert time.monotonic() < deadline, said
        if "answers at http://127.0.0.1:" in said:
            port = int(said.partition("answers at http://127.0.0.1:")[2].split(".")[0])
            with suppress(OSError):
                if ask(port, "GET", "/health")[0] == 200:
                    return port
        time.sleep(0.05)


def ask(
    port: int, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None
) -> tuple[int, Any]:
    """The status and the answer; JSON as what it says."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        return _ask(connection, method, path, body, headers)
    finally:
        connection.close()


def _ask(
    connection: HTTPConnection, method: str, path: str, body: Any, headers: Mapping[str, str] | None
) -> tuple[int, Any]:
    raw = body if isinstance(body, bytes | None) else json.dumps(body).encode()
    own = {"Content-Type": "application/json"} if raw is not None else {}
    connection.request(method, path, raw, {**own, **(headers or {})})
    answer = connection.getresponse()
    text = answer.read().decode()
    is_json = answer.headers.get_content_type() == "application/json"
    return answer.status, json.loads(text) if is_json else text


def write_lines(frame: pd.DataFrame, prefix: str = "line") -> list[dict[str, Any]]:
    """Lines of a log as somebody posts them."""
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [
        {
            "line_id": f"{prefix}-{number}",
            **{name: row[name] for name in FIELDS if name in row},
            "timestamp": row["timestamp"].isoformat(),
        }
        for number, row in zip(frame.index, rows, strict=True)
    ]


@dataclass
class Poster(threading.Thread):
    """Posts one request after the other, and remembers what it was told that was taken."""

    port: int
    requests: Sequence[list[dict[str, Any]]]
    taken: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        """Until there is nothing left, or nobody who answers."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        with suppress(OSError, HTTPException, ValueError):
            for lines in self.requests:
                began = time.perf_counter()
                status, answer = _ask(connection, "POST", "/purchases", lines, None)
                assert status == 200, answer
                self.seconds.append(time.perf_counter() - began)
                self.taken += [line["line_id"] for line in lines]
        connection.close()


def post_all(port: int, requests: Sequence[list[dict[str, Any]]], clients: int) -> list[Poster]:
    """Post these requests by so many clients at once; who posted what."""
    posters = [Poster(port, requests[place::clients]) for place in range(clients)]
    for poster in posters:
        poster.start()
    return posters
