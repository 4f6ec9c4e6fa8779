"""An MLflow server that takes a question and never answers is given up, and is not waited for again."""

import json
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from segmentlab.errors import StoreError
from segmentlab.flow import Metric
from segmentlab.lab.tracking.store import MLFLOW_SETTINGS
from segmentlab.lab.tracking.tracker import MlflowTracker

ASKED: list[str] = []
ENDED = threading.Event()


class Hanging(BaseHTTPRequestHandler):
    """Makes a run, and is silent from then on."""

    def do_POST(self) -> None:
        path = self.path.rpartition("/mlflow/")[2]
        ASKED.append(path)
        if path != "runs/create":
            ENDED.wait()
            return
        info = {"run_id": "1" * 32, "experiment_id": "1", "status": "RUNNING", "start_time": 1}
        answer = json.dumps({"run": {"info": info, "data": {}}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *given: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def server() -> Iterator[str]:
    ASKED.clear()
    ENDED.clear()
    hanging = ThreadingHTTPServer(("127.0.0.1", 0), Hanging)
    hanging.daemon_threads = True
    threading.Thread(target=hanging.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{hanging.server_port}"
    ENDED.set()
    hanging.shutdown()
    hanging.server_close()


def test_it_is_given_up_after_a_stated_time_and_asked_once_more(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "0")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_BACKOFF_JITTER", "0")
    tracker = MlflowTracker(MlflowClient(server, server), "1")
    with (
        pytest.raises(StoreError, match="did not take the results of the run") as told,
        tracker.run("r", {}) as run,
    ):
        run.log([Metric("number", 1.0)])
    assert any("could not be marked as failed" in note for note in told.value.__notes__)
    assert ASKED[0] == "runs/create"
    assert len(ASKED) == 1 + 2 + 1, "twice for the results, and once to mark the run as broken"
    assert os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] == "1"


def test_the_stated_time_is_that_of_the_documentation() -> None:
    """Three answers of 8 seconds, and 4 and 8 between them: 40 with what else is lost."""
    seconds, retries, pause = (
        int(MLFLOW_SETTINGS[f"MLFLOW_HTTP_REQUEST_{name}"])
        for name in ("TIMEOUT", "MAX_RETRIES", "BACKOFF_FACTOR")
    )
    pauses = [pause * 2**number for number in range(retries)]
    assert (seconds * (retries + 1) + sum(pauses), sum(pauses)) == (36, 12)
