"""Runs and promotions on a server: MLflow over PostgreSQL, its artifacts behind the server."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from mlflow import MlflowClient

from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.tracking.model import find_model, read_scorer
from tests.commands import SMALL, Lab
from tests.lab.tracking.test_model_elsewhere import PATIENCE
from tests.postgres import Postgres, free_port

pytestmark = pytest.mark.slow
FORCED = ("force=true", "reason='nothing was drawn'")


@pytest.fixture(scope="module")
def uri(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("server")
    postgres.run("create schema if not exists mlflow")
    backend = f"{postgres.url(dialect='postgresql+psycopg')}?options=-csearch_path%3Dmlflow"
    with server(folder, "--backend-store-uri", backend) as address:
        yield address


def test_promoted_and_rolled_back_over_http(uri: str, tmp_path: Path) -> None:
    """A user and a password in the address reach the server, and nothing that is kept."""
    lab = Lab(tmp_path)
    own = f"tracking.uri={uri.replace('://', '://keeper:s3cret@')}"
    done = lab.run("-m", "model.n_clusters=3,4", "report=none", SMALL, own)
    assert done.returncode == 0, done.stderr
    client = MlflowClient(uri, uri)
    experiment = client.get_experiment_by_name("segmentlab")
    runs = client.search_runs([experiment.experiment_id], order_by=["params.`model.n_clusters`"])
    assert experiment.artifact_location.startswith("mlflow-artifacts:")
    for number, run in enumerate(runs, 1):
        chosen = f"run_id={run.info.run_id}"
        done = script("promote.py", own, chosen, *FORCED)
        assert done.returncode == 0, done.stderr
        assert f"Version {number} of 'segments' is champion" in done.stdout
    assert client.get_registered_model("segments").aliases == {"champion": "2", "previous": "1"}
    scorer = read_scorer(client, find_model(client, "models:/segments@champion"))
    assert len(scorer.order) == 4
    back = script("promote.py", own, "rollback=true")
    assert back.returncode == 0, back.stderr
    assert client.get_registered_model("segments").aliases == {"champion": "1", "previous": "2"}
    every = [one.experiment_id for one in client.search_experiments()]
    kept = [run.data.tags for run in client.search_runs(every)]
    kept += [
        {**found.tags, "card": found.description} for found in client.search_model_versions("name='segments'")
    ]
    assert len(kept) == 2 + 3 + 2
    assert "s3cret" not in repr(kept) + done.stdout + back.stdout


def test_of_two_at_once_one_wins_on_a_server_too(uri: str, tmp_path: Path) -> None:
    lab, own = Lab(tmp_path), f"tracking.uri={uri}"
    race = (own, "tracking.experiment=race", "name=race")
    done = lab.run("-m", "model.n_clusters=3,4", "report=none", SMALL, *race[:2])
    assert done.returncode == 0, done.stderr
    client = MlflowClient(uri, uri)
    runs = client.search_runs([client.get_experiment_by_name("race").experiment_id])
    both = [
        subprocess.Popen(
            [sys.executable, str(ROOT / "src" / "promote.py"), *race, f"run_id={run.info.run_id}", *FORCED],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )
        for run in runs
    ]  # fmt: skip
    told = [process.communicate(timeout=900)[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], told
    assert any(word in "".join(told) for word in ("came first", "Meanwhile version"))
    assert list(client.get_registered_model("race").aliases) == ["champion"]


def test_with_basic_auth_a_stranger_is_refused_and_a_user_promotes(tmp_path: Path) -> None:
    pytest.importorskip("flask_wtf", reason="needs MLflow's extra 'auth'")
    (tmp_path / "auth.ini").write_text(
        "[mlflow]\ndefault_permission = READ\nadmin_username = admin\nadmin_password = a-long-s3cret\n"
        f"database_uri = sqlite:///{tmp_path / 'auth.db'}\nauthorization_function = "
        "mlflow.server.auth:authenticate_request_basic_auth\n"
    )
    secrets = {
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "for cookies",
        "MLFLOW_AUTH_CONFIG_PATH": str(tmp_path / "auth.ini"),
    }
    backend = ("--backend-store-uri", f"sqlite:///{tmp_path / 'runs.db'}", "--app-name", "basic-auth")
    lab, user = (
        Lab(tmp_path),
        {"MLFLOW_TRACKING_USERNAME": "admin", "MLFLOW_TRACKING_PASSWORD": "a-long-s3cret"},
    )
    with server(tmp_path, *backend, **secrets) as address:
        own = f"tracking.uri={address}"
        stranger = lab.run(SMALL, own)
        assert stranger.returncode == 2
        assert "can't be opened" in stranger.stderr
        done = lab.run(SMALL, own, "report=none", **user)
        assert done.returncode == 0, done.stderr
        moved = script("promote.py", own, "run_id='synthetic rfm kmeans k=5 customers=300'", *FORCED, **user)
        assert moved.returncode == 0, moved.stderr
        assert "Version 1 of 'segments' is champion" in moved.stdout
        assert "a-long-s3cret" not in done.stdout + moved.stdout


def script(name: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "src" / name), *arguments],
        capture_output=True, text=True, check=False, env={**os.environ, **environment}, timeout=900
    )  # fmt: skip


@contextmanager
def server(folder: Path, *options: str, **environment: str) -> Iterator[str]:
    """`mlflow server` for as long as the block lasts, with its artifacts in the folder."""
    port, log = free_port(), folder / "server.log"
    where = ["--artifacts-destination", str(folder / "artifacts"), "--host", "127.0.0.1", "--port", str(port)]
    command = [sys.executable, "-m", "mlflow", "server", *options, *where]
    with log.open("w") as output:
        process = subprocess.Popen(
            command, stdout=output, stderr=output, start_new_session=True,
            env={**os.environ, **environment},
        )  # fmt: skip
        try:
            wait_for(f"http://127.0.0.1:{port}/health", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(PATIENCE)


def wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last:
        assert process.poll() is None, log.read_text()
        with suppress(OSError), urlopen(address, timeout=60):
            return
        time.sleep(0.2)
    pytest.fail(f"no answer in {PATIENCE} seconds:\n{log.read_text()}")
