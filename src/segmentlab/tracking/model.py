"""Logs what a run learnt as an MLflow model, and reads it back after checking that it is the same."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from segmentlab import items
from segmentlab.errors import StoreError
from segmentlab.tracking.model_folder import RECIPE, SCORER, write_model_folder
from segmentlab.tracking.recipe_file import dump_recipe, load_recipe_file
from segmentlab.tracking.scorer_file import digest_of, dump_scorer, load_scorer_file
from segmentlab.tracking.trouble import store_trouble

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from segmentlab.modelling.scorer import Scorer
    from segmentlab.scoring.recipe import Recipe

MODEL_NAME = "model"
DIGEST_TAG = "model.sha256"  # of the scorer
RECIPE_TAG = "model.recipe.sha256"


@dataclass(frozen=True)
class StoredModel:
    """Where a model lies, and what the store keeps of it beside its files: its digests are among the tags."""

    address: str  # runs:/<id> or models:/<name>/<version>
    run_id: str  # the run that made it
    location: str
    tags: Mapping[str, str]


def log_model(client: "MlflowClient", run_id: str, model: items.Model) -> None:
    """Log the model of a run. The digests of its files become tags of the run and of the model."""
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    scorer, recipe = dump_scorer(model.scorer), dump_recipe(model.recipe)
    digests = {DIGEST_TAG: digest_of(scorer), RECIPE_TAG: digest_of(recipe)}
    experiment_id = client.get_run(run_id).info.experiment_id
    logged = client.create_logged_model(experiment_id, MODEL_NAME, source_run_id=run_id, tags=digests)
    try:
        description = Model(artifact_path=logged.artifact_location, run_id=run_id, model_id=logged.model_id)
        with TemporaryDirectory(prefix="segmentlab-") as folder:
            write_model_folder(Path(folder), description, {SCORER: scorer, RECIPE: recipe}, model.example)
            client.log_model_artifacts(logged.model_id, folder)
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        for tag, digest in digests.items():
            client.set_tag(run_id, tag, digest)
        client.finalize_logged_model(logged.model_id, "READY")
    except BaseException:
        # A half-written model must not be found by anybody who looks for models.
        client.delete_logged_model(logged.model_id)
        raise


def model_of_run(client: "MlflowClient", run_id: str) -> StoredModel:
    """The model that a run logged."""
    run = client.get_run(run_id)
    if DIGEST_TAG not in run.data.tags or run.outputs is None:
        raise StoreError(f"Run {run_id} has no model (no tag '{DIGEST_TAG}'). Choose a finished run.")
    logged = client.get_logged_model(run.outputs.model_outputs[-1].model_id)
    return StoredModel(f"runs:/{run_id}", run_id, logged.artifact_location, run.data.tags)


def read_scorer(client: "MlflowClient", model: StoredModel) -> "Scorer":
    """The scorer of a model, checked against the digest that the store keeps.

    The digest comes from the store and not from the model's own folder, so a changed folder is noticed.
    No code of the folder is run.
    """
    with _local(client, model, SCORER) as path:
        return load_scorer_file(path, model.tags[DIGEST_TAG])


def read_recipe(client: "MlflowClient", model: StoredModel) -> "Recipe":
    """The recipe of a model, checked in the same way."""
    if RECIPE_TAG not in model.tags:
        raise StoreError(
            f"{model.address} keeps no recipe (no tag '{RECIPE_TAG}'): it was made before recipes were kept. "
            "Make the run again, or score rows of features with mlflow models serve."
        )
    with _local(client, model, RECIPE) as path:
        return load_recipe_file(path, model.tags[RECIPE_TAG])


def load_scorer(client: "MlflowClient", run_id: str) -> "Scorer":
    """The scorer that a run logged."""
    return read_scorer(client, model_of_run(client, run_id))


@contextmanager
def _local(client: "MlflowClient", model: StoredModel, name: str) -> Iterator[Path]:
    """A copy of one file of the model, for as long as it is read."""
    from mlflow.artifacts import download_artifacts

    place = f"{model.location}/{name}"
    with TemporaryDirectory(prefix="segmentlab-") as folder:
        with store_trouble(f"{name} of {model.address} can't be read", "Look whether it is still there."):
            path = download_artifacts(artifact_uri=place, dst_path=folder, tracking_uri=client.tracking_uri)
        yield Path(path)
