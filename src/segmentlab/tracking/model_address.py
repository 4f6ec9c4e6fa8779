"""Finds the model that an address names: an alias or a version of the registry, or a run."""

import re
from typing import TYPE_CHECKING, Final

from segmentlab.errors import ConfigError, StoreError
from segmentlab.tracking.model import DIGEST_TAG, StoredModel, model_of_run
from segmentlab.tracking.trouble import store_trouble

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

ALIASED: Final = re.compile(r"models:/(?P<name>[^/@]+)@(?P<alias>[\w.-]+)")
NUMBERED: Final = re.compile(r"models:/(?P<name>[^/@]+)/(?P<version>[0-9]+)")
RUN: Final = re.compile(r"(runs:/)?(?P<run>[0-9a-f]{32})(/model)?")
FORMS: Final = "models:/segments@champion, models:/segments/3, runs:/<run id> or the id of a run"
ADVICE: Final = "Look into the store with make ui, and at tracking.uri."


def find_model(client: "MlflowClient", address: str) -> StoredModel:
    """The model, with the digests that the store keeps of it."""
    if found := RUN.fullmatch(address):
        with store_trouble(f"model_uri={address} can't be found", ADVICE):
            return model_of_run(client, found["run"])
    if found := ALIASED.fullmatch(address):
        return _of_version(client, _bearer(client, found["name"], found["alias"]))
    if found := NUMBERED.fullmatch(address):
        with store_trouble(f"model_uri={address} can't be found", ADVICE):
            return _of_version(client, client.get_model_version(found["name"], found["version"]))
    raise ConfigError(f"model_uri={address} is no address of a model. Write {FORMS}.")


def _bearer(client: "MlflowClient", name: str, alias: str) -> "ModelVersion":
    """The version that bears the alias."""
    from mlflow.exceptions import MlflowException

    with store_trouble(f"model_uri=models:/{name}@{alias} can't be found", ADVICE):
        try:
            return client.get_model_version_by_alias(name, alias)
        except MlflowException as error:
            if error.error_code not in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
                raise
    raise StoreError(
        f"There is no {alias} yet: no version of the registered model '{name}' bears that alias. Promote a "
        "run with python src/promote.py, or score with the model of a run, model_uri=runs:/<run id>."
    )


def _of_version(client: "MlflowClient", version: "ModelVersion") -> StoredModel:
    """A version's own tags come before those of its run, whose model it may have under other numbers."""
    address = f"models:/{version.name}/{version.version}"
    with store_trouble(f"model_uri={address} can't be read", ADVICE):
        run = client.get_run(version.run_id) if version.run_id else None
        location = client.get_model_version_download_uri(version.name, version.version)
    tags = {**(run.data.tags if run else {}), **version.tags}
    if DIGEST_TAG not in tags:
        raise StoreError(
            f"{address} has no digest (no tag '{DIGEST_TAG}' on it or on its run), so nobody can tell "
            "whether it is the model that was made. Register runs with python src/promote.py."
        )
    return StoredModel(address, version.run_id or "", location, tags)
