"""What each item becomes in MLflow."""

import json
import math

import pandas as pd
import plotly.graph_objects as go
import pytest
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from mlflow.exceptions import MlflowException

from segmentlab.errors import StoreError
from segmentlab.flow.items import DatasetRef, Figure, Folder, Metric, Param, Picture, Table, Tag, Text


@pytest.fixture
def logged(tracker, tmp_path):
    """Log items into a run; returns the run and the folder of its files."""

    def log(*items):
        with tracker.run("items", {}) as run:
            run.log(items)
        stored = tracker.client.get_run(run.run_id)
        files = tmp_path / "files"
        files.mkdir()
        if tracker.client.list_artifacts(run.run_id):
            download_artifacts(
                run_id=run.run_id, dst_path=str(files), tracking_uri=tracker.client.tracking_uri
            )
        return stored, files

    return log


def test_numbers_that_could_not_be_measured_are_missing(logged):
    run, _ = logged(Metric("a", 1.5), Metric("b", math.nan), Metric("c", math.inf), Metric("d", -math.inf))
    assert run.data.metrics == {"a": 1.5}


def test_more_values_than_one_batch_takes_all_arrive(logged):
    values = [Metric(f"m{i}", i) for i in range(1_700)]
    values += [Param(f"p{i}", str(i)) for i in range(250)] + [Tag(f"t{i}", str(i)) for i in range(250)]
    run, _ = logged(*values)
    assert len(run.data.metrics) == 1_700
    assert len(run.data.params) == 250
    assert run.data.tags["t249"] == "249"


def test_long_values_are_cut_and_passwords_taken_out(logged):
    run, _ = logged(
        Param("long", "x" * 7_000),
        Tag("long", "y" * 9_000),
        Param("data.path", "postgresql://me:secret@host/shop"),
        Tag("source", "postgresql://me:secret@host/shop"),
    )
    assert run.data.params == {"long": "x" * 6_000, "data.path": "postgresql://***@host/shop"}
    assert run.data.tags["long"] == "y" * 8_000
    assert run.data.tags["source"] == "postgresql://***@host/shop"


def test_a_choice_that_changes_is_an_error(tracker):
    with tracker.run("x", {}) as run:
        run.log([Param("k", "4")])
        with pytest.raises(StoreError, match=r"did not take the results.*Changing param"):
            run.log([Param("k", "5")])


def test_files_lie_where_their_paths_say(logged):
    customers = pd.DataFrame({"segment": [0]}, index=pd.Index(["a"], name="customer_id"))
    _, files = logged(
        Table("data/ledger.csv", pd.DataFrame({"rule": ["read", "=cmd"], "rows": [3, -1]})),
        Table("segments/customers.parquet", customers),
        Text("report/report.html", "<p>£</p>"),
        Figure(Picture("sizes", "Sizes", "How many.", go.Figure(go.Bar(x=["a", "b"], y=[1, 2])))),
    )
    found = {str(path.relative_to(files)) for path in files.rglob("*") if path.is_file()}
    assert found == {
        "data/ledger.csv",
        "segments/customers.parquet",
        "report/report.html",
        "figures/sizes.png",
    }
    assert (files / "data/ledger.csv").read_text() == "rule,rows\nread,3\n'=cmd,-1\n"
    assert (files / "report/report.html").read_text(encoding="utf-8") == "<p>£</p>"
    assert (files / "figures/sizes.png").read_bytes().startswith(b"\x89PNG")


def test_files_that_an_engine_wrote_stay_as_they_are(logged, tmp_path):
    parts = tmp_path / "engine"
    parts.mkdir()
    for part in (0, 1):
        pd.DataFrame({"customer_id": [f"c{part}"]}).to_parquet(parts / f"part-{part}.parquet")
    _, files = logged(Folder("segments/customers.parquet", parts))
    found = pd.read_parquet(files / "segments" / "customers.parquet")
    assert found["customer_id"].tolist() == ["c0", "c1"]


def test_the_dataset_is_named_by_its_digest(logged):
    run, _ = logged(DatasetRef("shop", "ab" * 32, "postgresql://me:secret@host/shop", rows=10, customers=3))
    [used] = run.inputs.dataset_inputs
    assert used.dataset.name == "shop"
    assert used.dataset.digest == ("ab" * 32)[:12]
    assert json.loads(used.dataset.source) == {"uri": "postgresql://***@host/shop"}
    assert json.loads(used.dataset.profile) == {"rows": 10, "customers": 3, "digest": "ab" * 32}


def test_two_runs_may_log_the_same_data_at_once(logged, monkeypatch):
    """The store refuses the second with a broken rule of uniqueness, and takes it a moment later."""
    take, refused = MlflowClient.log_inputs, []

    def refuse_once(client, run_id, datasets):
        if not refused:
            refused.append(run_id)
            raise MlflowException("UNIQUE constraint failed: datasets.experiment_id")
        take(client, run_id, datasets)

    monkeypatch.setattr(MlflowClient, "log_inputs", refuse_once)
    run, _ = logged(DatasetRef("shop", "ab" * 32, "shop.csv", rows=10, customers=3))
    assert refused == [run.info.run_id]
    assert len(run.inputs.dataset_inputs) == 1


def test_no_items_is_no_error(logged):
    run, _ = logged()
    assert run.data.metrics == {}
