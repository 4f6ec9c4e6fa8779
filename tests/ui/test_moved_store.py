"""`make ui` of a store whose folder was moved, before any other command has opened it."""

import json
import tarfile
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.ui.server import make_ui

STORED = Path(__file__).resolve().parents[1] / "stored" / "0.1.0"


@pytest.mark.slow
def test_the_files_of_runs_are_there(tmp_path: Path) -> None:
    with tarfile.open(STORED / "store.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    run = json.loads((STORED / "store.json").read_text())["versions"]["2"]
    with make_ui(tmp_path / "lab010" / "mlflow.db", tmp_path / "server.log") as server:
        listing = f"{server.address}/ajax-api/2.0/mlflow/artifacts/list?run_id={run}"
        with urlopen(listing, timeout=60) as answer:
            assert {entry["path"] for entry in json.load(answer)["files"]} >= {"config.yaml", "segments"}
        with urlopen(f"{server.address}/get-artifact?run_uuid={run}&path=config.yaml", timeout=60) as answer:
            assert b"segmentlab.features.rfm.Rfm" in answer.read()
    assert "The store was moved" in (tmp_path / "server.log").read_text()
