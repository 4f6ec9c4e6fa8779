"""The logged model away from this repository: behind HTTP, and in an environment made for it alone."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import mlflow
import pandas as pd
import pytest

from segmentlab.flow.items import FittedModel
from segmentlab.lab.tracking.model import StoredModel, find_run_model
from tests.conftest import REQUIRED

PATIENCE = 300
WITHOUT_US = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
# `--env-manager local` looks for the server's program on the path.
ACTIVATED = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
SCORE = """
import importlib.util, sys
assert importlib.util.find_spec("segmentlab") is None
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model(sys.argv[1])
model.predict(pd.read_json(sys.argv[2], orient="split")).to_json(sys.argv[3], orient="split")
"""


@pytest.fixture
def model(tracker, scorer, recipe, features) -> StoredModel:
    """The model of a run."""
    with tracker.run("modelled", {}) as run:
        run.log([FittedModel(scorer, recipe, features.head())])
    return find_run_model(tracker.client, run.run_id)


@pytest.fixture
def folder(model) -> Path:
    """As it lies in the store."""
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=model.location))


@pytest.mark.slow
def test_a_server_answers_with_segment_name_and_confidence(folder, scorer, features, tmp_path):
    rows = features.head(3).reset_index(drop=True)
    with served(folder, tmp_path / "server.log") as address:
        pd.testing.assert_frame_equal(asked(address, rows), scorer.assign(rows))
        whole = rows.round().astype("int64")
        pd.testing.assert_frame_equal(asked(address, whole), scorer.assign(whole))
        rows = rows.astype("object")
        rows.iloc[1, 2] = None
        with pytest.raises(HTTPError) as refused:
            asked(address, rows)
        assert "Feature 'rfm_monetary' of row 1 is nan" in json.load(refused.value)["message"]


@pytest.mark.slow
def test_a_server_answers_for_the_champion(tracker, model, scorer, features, tmp_path):
    tracker.client.create_registered_model("segments")
    made = tracker.client.create_model_version("segments", model.location, model.run_id)
    tracker.client.set_registered_model_alias("segments", "champion", made.version)
    rows = features.head(3).reset_index(drop=True)
    store = {"MLFLOW_TRACKING_URI": tracker.client.tracking_uri}
    with served("models:/segments@champion", tmp_path / "server.log", store) as address:
        pd.testing.assert_frame_equal(asked(address, rows), scorer.assign(rows))


@pytest.mark.slow
def test_the_requirements_are_all_it_needs(folder, scorer, features, tmp_path):
    python = fresh_python(tmp_path / "environment")
    installed = pip(python, "install", "-r", str(folder / "requirements.txt"))
    assert installed.returncode == 0, installed.stderr
    rows, scored = tmp_path / "rows.json", tmp_path / "scored.json"
    features.to_json(rows, orient="split")
    command = [python, "-c", SCORE, folder, rows, scored]
    subprocess.run(command, env=WITHOUT_US, cwd=tmp_path, check=True, capture_output=True, timeout=900)
    answer = pd.DataFrame(**json.loads(scored.read_text()))
    pd.testing.assert_frame_equal(answer, scorer.assign(features), check_names=False)


def asked(address: str, rows: pd.DataFrame) -> pd.DataFrame:
    """What the server says of rows of features."""
    body = json.dumps({"dataframe_split": rows.to_dict(orient="split")}).encode()
    request = Request(f"{address}/invocations", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as response:
        return pd.DataFrame(json.load(response)["predictions"])


@contextmanager
def served(model: Path | str, log: Path, store: Mapping[str, str] = MappingProxyType({})) -> Iterator[str]:
    """`mlflow models serve` for as long as the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "mlflow", "models", "serve", "--env-manager", "local"]
    where = ["--model-uri", str(model), "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with log.open("w") as output:
        # It starts others; a session of its own lets all of them be ended.
        server = subprocess.Popen(
            [*command, *where],
            stdout=output,
            stderr=output,
            start_new_session=True,
            env=ACTIVATED | dict(store),
        )
        try:
            wait_for(f"http://127.0.0.1:{port}", server, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            server.wait(PATIENCE)


def wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        assert server.poll() is None, log.read_text()
        with suppress(URLError), urlopen(f"{address}/ping", timeout=60) as response:
            assert response.status == 200
            return
        time.sleep(0.2)
    pytest.fail(f"no answer in {PATIENCE} seconds:\n{log.read_text()}")


def fresh_python(environment: Path) -> str:
    """A Python with nothing but pip, where an index of packages can be reached."""
    venv.create(environment, with_pip=True)
    python = str(environment / "bin" / "python")
    if pip(python, "download", "--no-deps", "--dest", str(environment), "threadpoolctl").returncode:
        if "index" in REQUIRED:
            pytest.fail("SEGMENTLAB_REQUIRE names index, and no index of packages can be reached")
        pytest.skip("needs an index of Python packages")
    return python


def pip(python: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [python, "-m", "pip", "--quiet", *arguments]
    return subprocess.run(command, env=WITHOUT_US, capture_output=True, text=True, check=False, timeout=900)
