"""The model that a run leaves: loadable anywhere, refused when changed."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
import yaml

from segmentlab.errors import DataError, StoreError
from segmentlab.flow.items import FittedModel, Metric
from segmentlab.lab.tracking.archive import dump_recipe
from segmentlab.lab.tracking.model import find_run_model, load_scorer, read_recipe, read_scorer
from segmentlab.lab.tracking.scorer_file import compute_digest

# Raised while `mlflow.pyfunc` is imported, about its own types; MLflow hides it where warnings are no errors.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred")

# What somebody does who has the store and the packages, and not our code.
STRANGER = """
import importlib.util, json, pathlib, sys
# Our own set-up installs this repository into the environment; a stranger has it nowhere.
sys.path[:] = [folder for folder in sys.path if not pathlib.Path(folder, "segmentlab").is_dir()]
assert importlib.util.find_spec("segmentlab") is None
import mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
print(model.predict(pd.read_json(sys.argv[3], orient="split")).to_json(orient="split"))
"""


@pytest.fixture
def run_id(tracker, scorer, recipe, features):
    """A run with a model."""
    with tracker.run("modelled", {}) as run:
        run.log([FittedModel(scorer, recipe, features.head())])
    return run.run_id


@pytest.fixture
def logged(tracker, run_id):
    [output] = tracker.client.get_run(run_id).outputs.model_outputs
    return tracker.client.get_logged_model(output.model_id)


@pytest.fixture
def folder(logged):
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=logged.artifact_location))


@pytest.mark.parametrize(
    "address", ["runs:/{run_id}/model", pytest.param("models:/{model_id}", marks=pytest.mark.slow)]
)
def test_a_stranger_without_our_code_can_score(address, tracker, run_id, logged, features, scorer, tmp_path):
    rows = tmp_path / "rows.json"
    features.to_json(rows, orient="split")
    uri = address.format(run_id=run_id, model_id=logged.model_id)
    answer = subprocess.run(
        [sys.executable, "-c", STRANGER, tracker.client.tracking_uri, uri, rows],
        env={"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "MLFLOW_DISABLE_TELEMETRY": "true"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=900,
    )
    scored = pd.DataFrame(**json.loads(answer.stdout))
    pd.testing.assert_frame_equal(scored, scorer.assign(features), check_names=False)


@pytest.fixture
def loaded(tracker, run_id):
    """As `mlflow.pyfunc` has it."""
    mlflow.set_tracking_uri(tracker.client.tracking_uri)
    return mlflow.pyfunc.load_model(f"runs:/{run_id}/model")


def test_it_unwraps_to_the_scorer(loaded, scorer, features):
    assert loaded.unwrap_python_model() is loaded.get_raw_model()
    given = loaded.unwrap_python_model()
    assert given.features == scorer.features
    assert given.names == scorer.names
    np.testing.assert_array_equal(given.predict(features), scorer.predict(features))


@pytest.mark.parametrize("kind", ["int64", "int32", "uint8", "Int64", "float32", "object"])
def test_counts_may_be_whole_numbers(kind, loaded, scorer, features):
    whole = features.round().clip(upper=250).astype(kind)
    pd.testing.assert_frame_equal(loaded.predict(whole), scorer.assign(whole.astype("float64")))
    shuffled = whole.assign(more="than it needs")[[*whole.columns[::-1], "more"]]
    pd.testing.assert_frame_equal(loaded.predict(shuffled), scorer.assign(whole.astype("float64")))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("often", "'often', which is no number"),
        ("12", "'12', which is no number"),
        (None, "(missing|nan)"),
        (pd.NA, "missing"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_a_value_that_is_no_number_is_told_with_its_row_and_column(value, told, loaded, scorer, features):
    rows = features.astype("object")
    rows.iloc[3, 1] = value
    with pytest.raises(DataError, match=f"Feature 'rfm_frequency' of customer 'customer 3' is {told}"):
        scorer.assign(rows)
    with pytest.raises(mlflow.MlflowException, match=f"Feature 'rfm_frequency' of row 3 is {told}"):
        loaded.predict(rows.reset_index(drop=True))


def test_a_column_that_is_not_there_is_told(loaded, scorer, features):
    rows = features.drop(columns="rfm_frequency")
    with pytest.raises(mlflow.MlflowException, match=r"Model is missing inputs \['rfm_frequency'\]"):
        loaded.predict(rows)
    with pytest.raises(DataError, match=r"missing: rfm_frequency\. Score with the feature sets"):
        scorer.assign(rows)


def test_it_says_what_it_takes_and_what_it_needs(logged, folder, features):
    described = mlflow.models.Model.load(str(folder))
    assert described.signature.inputs.input_names() == list(features.columns)
    assert described.signature.outputs.input_names() == ["segment", "name", "confidence"]
    pd.testing.assert_frame_equal(described.load_input_example(), features.head().reset_index(drop=True))
    pins = (folder / "requirements.txt").read_text().splitlines()
    assert f"mlflow=={mlflow.__version__}" in pins
    assert all("==" in pin for pin in pins)
    assert yaml.safe_load((folder / "python_env.yaml").read_text())["dependencies"] == ["-r requirements.txt"]
    assert str(logged.status) == "READY"


def test_customers_are_not_part_of_it(folder):
    assert not [path for path in folder.rglob("*") if path.is_file() and b"customer 1" in path.read_bytes()]


def test_read_back_it_is_the_same(tracker, run_id, scorer, features):
    loaded = load_scorer(tracker.client, run_id)
    pd.testing.assert_frame_equal(loaded.assign(features), scorer.assign(features))


def test_the_recipe_comes_back_with_it(tracker, run_id, recipe):
    assert read_recipe(tracker.client, find_run_model(tracker.client, run_id)) == recipe


def test_a_changed_recipe_is_refused(tracker, run_id, folder, recipe):
    """It is whole, and of classes that may be there: the store alone knows that it is another."""
    other = replace(recipe, cleaning={})
    (folder / "recipe.plain").write_bytes(dump_recipe(other))
    with pytest.raises(StoreError, match=r"recipe.plain' is not the one that was logged"):
        read_recipe(tracker.client, find_run_model(tracker.client, run_id))


@pytest.mark.parametrize(("name", "read"), [("scorer.skops", read_scorer), ("recipe.plain", read_recipe)])
def test_a_file_that_is_gone_is_told(name, read, tracker, run_id, folder):
    (folder / name).unlink()
    model = find_run_model(tracker.client, run_id)
    with pytest.raises(StoreError, match=f"{name} of runs:/{run_id} can't be read"):
        read(tracker.client, model)


def test_a_changed_file_is_refused(tracker, run_id, folder):
    with (folder / "scorer.skops").open("ab") as file:
        file.write(b"!")
    with pytest.raises(StoreError, match=r"scorer.skops' is not the one that was logged"):
        load_scorer(tracker.client, run_id)
    mlflow.set_tracking_uri(tracker.client.tracking_uri)
    with pytest.raises(StoreError, match="is not the one that was logged"):
        mlflow.pyfunc.load_model(f"runs:/{run_id}/model")


def test_a_changed_file_with_a_changed_description_is_refused_too(tracker, run_id, folder):
    """Whoever can write the folder can write both; the store remembers the digest."""
    file, description = folder / "scorer.skops", folder / "MLmodel"
    before, after = compute_digest(file.read_bytes()), compute_digest(file.read_bytes() + b"!")
    file.write_bytes(file.read_bytes() + b"!")
    description.write_text(description.read_text().replace(before, after))
    with pytest.raises(StoreError, match=f"expected {before}"):
        load_scorer(tracker.client, run_id)


def test_a_run_without_a_model_says_so(tracker):
    with tracker.run("empty", {}) as run:
        run.log([Metric("m", 1)])
    with pytest.raises(StoreError, match=rf"Run {run.run_id} has no model"):
        load_scorer(tracker.client, run.run_id)


def test_a_model_that_could_not_be_written_leaves_nothing_to_find(
    tracker, database, scorer, recipe, features
):
    (database.parent / "artifacts").rmdir()
    (database.parent / "artifacts").write_text("in the way")
    with pytest.raises(StoreError, match="did not take the results"), tracker.run("x", {}) as run:
        run.log([FittedModel(scorer, recipe, features.head())])
    assert tracker.client.search_logged_models([tracker.experiment_id]) == []
    assert tracker.client.get_run(run.run_id).info.status == "FAILED"
