"""Logs what a run learnt as an MLflow model, finds it by its address, and reads it back."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit
from urllib.request import url2pathname

from segmentlab.errors import ConfigError, StoreError
from segmentlab.flow import FittedModel
from segmentlab.lab.config import write_start, write_viewer
from segmentlab.lab.tracking.model_folder import RECIPE_FILE, SCORER_FILE, write_model_folder
from segmentlab.lab.tracking.scorer_file import compute_digest, dump_scorer, load_scorer_file
from segmentlab.lab.tracking.trouble import explain_store_errors

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

    from segmentlab.flow import Recipe
    from segmentlab.modelling import Scorer


# Logs what a run learnt as an MLflow model, and reads it back after checking that it is the same.


MODEL_NAME = "model"
MODEL_DIGEST_TAG = "model.sha256"  # of the scorer
RECIPE_TAG = "model.recipe.sha256"
ADDED_BY_MLFLOW = "registered_model_meta"  # name and version, when a model is registered; nothing reads it
FOLDER_TAG = "model.folder.sha256"  # of all files, the copy of our code among them, which MLflow runs


@dataclass(frozen=True)
class StoredModel:
    """Where a model lies, and what the store keeps of it beside its files: its digests are among the tags."""

    address: str  # runs:/<id> or models:/<name>/<version>
    run_id: str  # the run that made it
    location: str
    tags: Mapping[str, str]


def log_model(client: "MlflowClient", run_id: str, model: FittedModel) -> None:
    """Log the model of a run. The digests of its files become tags of the run and of the model."""
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    from segmentlab.lab.tracking.archive import dump_recipe

    scorer, recipe = dump_scorer(model.scorer), dump_recipe(model.recipe)
    digests = {MODEL_DIGEST_TAG: compute_digest(scorer), RECIPE_TAG: compute_digest(recipe)}
    experiment_id = client.get_run(run_id).info.experiment_id
    logged = client.create_logged_model(experiment_id, MODEL_NAME, source_run_id=run_id, tags=digests)
    try:
        description = Model(artifact_path=logged.artifact_location, run_id=run_id, model_id=logged.model_id)
        with TemporaryDirectory(prefix="segmentlab-") as folder:
            write_model_folder(
                Path(folder), description, {SCORER_FILE: scorer, RECIPE_FILE: recipe}, model.example
            )
            client.log_model_artifacts(logged.model_id, folder)
            digests[FOLDER_TAG] = compute_folder_digest(Path(folder))
        client.set_logged_model_tags(logged.model_id, {FOLDER_TAG: digests[FOLDER_TAG]})
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        for tag, digest in digests.items():
            client.set_tag(run_id, tag, digest)
        client.finalize_logged_model(logged.model_id, "READY")
    except BaseException:
        # A half-written model must not be found by anybody who looks for models.
        client.delete_logged_model(logged.model_id)
        raise


def find_run_model(client: "MlflowClient", run_id: str) -> StoredModel:
    """The model that a run logged."""
    run = client.get_run(run_id)
    if MODEL_DIGEST_TAG not in run.data.tags or run.outputs is None:
        raise StoreError(f"Run {run_id} has no model (no tag '{MODEL_DIGEST_TAG}'). Choose a finished run.")
    logged = client.get_logged_model(run.outputs.model_outputs[-1].model_id)
    return StoredModel(f"runs:/{run_id}", run_id, logged.artifact_location, run.data.tags)


def read_scorer(client: "MlflowClient", model: StoredModel) -> "Scorer":
    """The scorer of a model, checked against the digest that the store keeps.

    The digest comes from the store and not from the model's own folder, so a changed folder is noticed.
    No code of the folder is run.
    """
    with _download_model_file(client, model, SCORER_FILE) as path:
        return load_scorer_file(path, model.tags[MODEL_DIGEST_TAG])


def read_recipe(client: "MlflowClient", model: StoredModel) -> "Recipe":
    """The recipe of a model, checked in the same way."""
    from segmentlab.lab.tracking.archive import load_recipe_file

    if RECIPE_TAG not in model.tags:
        raise StoreError(
            f"{model.address} keeps no recipe (no tag '{RECIPE_TAG}'): it was made before recipes were kept. "
            "Make the run again, or score rows of features with mlflow models serve."
        )
    with _download_model_file(client, model, RECIPE_FILE) as path:
        return load_recipe_file(path, model.tags[RECIPE_TAG])


def check_model_folder(client: "MlflowClient", model: StoredModel) -> bool:
    """Refuse a folder of which any file is not as it was logged: whoever loads it by MLflow runs its code.

    Whether there is a digest to check it by; models of earlier versions have none.
    """
    if FOLDER_TAG not in model.tags:
        return False
    _drop_compiled_code(model.location)
    with _download_model_file(client, model, "") as folder:
        if compute_folder_digest(folder) != model.tags[FOLDER_TAG]:
            raise StoreError(
                f"The folder of {model.address} is not as it was logged: a file in it was changed, added or "
                "removed. Nothing of it was run. Make the run again, and find out who changed it."
            )
    return True


def _drop_compiled_code(location: str) -> None:
    """Whoever loaded a model where it lies has left what Python compiled of it, and Python trusts that."""
    if location.startswith("file:"):
        for folder in Path(url2pathname(urlsplit(location).path)).rglob("__pycache__"):
            shutil.rmtree(folder, ignore_errors=True)


def compute_folder_digest(folder: Path, pattern: str = "*") -> str:
    """What a folder is recognised by: every file of it with its path, but for what MLflow adds."""
    digest = sha256()
    files = (one for one in folder.rglob(pattern) if one.is_file() and one != folder / ADDED_BY_MLFLOW)
    for path in sorted(files):
        digest.update(f"{path.relative_to(folder).as_posix()}\n".encode())
        digest.update(sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def load_scorer(client: "MlflowClient", run_id: str) -> "Scorer":
    """The scorer that a run logged."""
    return read_scorer(client, find_run_model(client, run_id))


@contextmanager
def _download_model_file(client: "MlflowClient", model: StoredModel, name: str) -> Iterator[Path]:
    """A copy of one file of the model, or of all, for as long as it is read."""
    from mlflow.artifacts import download_artifacts

    place = f"{model.location}/{name}".rstrip("/")
    with TemporaryDirectory(prefix="segmentlab-") as folder:
        with explain_store_errors(
            f"{name} of {model.address} can't be read", "Look whether it is still there."
        ):
            path = download_artifacts(artifact_uri=place, dst_path=folder, tracking_uri=client.tracking_uri)
        yield Path(path)


ALIAS_ADDRESS: Final = re.compile(r"models:/(?P<name>[^/@]+)@(?P<alias>[\w.-]+)")
VERSION_ADDRESS: Final = re.compile(r"models:/(?P<name>[^/@]+)/(?P<version>[0-9]+)")
RUN_ADDRESS: Final = re.compile(r"(runs:/)?(?P<run>[0-9a-f]{32})(/model)?")
ADDRESS_FORMS: Final = "models:/segments@champion, models:/segments/3, runs:/<run id> or the id of a run"
ADDRESS_ADVICE: Final = f"Look into the store with {write_viewer()}, and at tracking.uri."


def find_model(client: "MlflowClient", address: str) -> StoredModel:
    """The model, with the digests that the store keeps of it."""
    if found := RUN_ADDRESS.fullmatch(address):
        with explain_store_errors(f"model_uri={address} can't be found", ADDRESS_ADVICE):
            return find_run_model(client, found["run"])
    if found := ALIAS_ADDRESS.fullmatch(address):
        return _find_version_model(client, _find_version_by_alias(client, found["name"], found["alias"]))
    if found := VERSION_ADDRESS.fullmatch(address):
        with explain_store_errors(f"model_uri={address} can't be found", ADDRESS_ADVICE):
            return _find_version_model(client, client.get_model_version(found["name"], found["version"]))
    raise ConfigError(f"model_uri={address} is no address of a model. Write {ADDRESS_FORMS}.")


def _find_version_by_alias(client: "MlflowClient", name: str, alias: str) -> "ModelVersion":
    """The version that bears the alias."""
    from mlflow.exceptions import MlflowException

    with explain_store_errors(f"model_uri=models:/{name}@{alias} can't be found", ADDRESS_ADVICE):
        try:
            return client.get_model_version_by_alias(name, alias)
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
    raise StoreError(
        f"There is no {alias} yet: no version of the registered model '{name}' bears that alias. Promote a "
        f"run with {write_start('promote')}, or score with the model of a run, model_uri=runs:/<run id>."
    )


def _find_version_model(client: "MlflowClient", version: "ModelVersion") -> StoredModel:
    """A version's own tags come before those of its run, whose model it may have under other numbers."""
    address = f"models:/{version.name}/{version.version}"
    with explain_store_errors(f"model_uri={address} can't be read", ADDRESS_ADVICE):
        run = client.get_run(version.run_id) if version.run_id else None
        location = client.get_model_version_download_uri(version.name, version.version)
    tags = {**(run.data.tags if run else {}), **version.tags}
    if MODEL_DIGEST_TAG not in tags:
        raise StoreError(
            f"{address} has no digest (no tag '{MODEL_DIGEST_TAG}' on it or on its run), so nobody can tell "
            f"whether it is the model that was made. Register runs with {write_start('promote')}."
        )
    return StoredModel(address, version.run_id or "", location, tags)
