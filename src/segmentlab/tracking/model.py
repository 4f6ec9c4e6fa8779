"""Logs the fitted scorer as an MLflow model, and reads it back after checking that it is the same."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from segmentlab.errors import StoreError
from segmentlab.tracking.model_folder import SCORER, write_model_folder
from segmentlab.tracking.scorer_file import digest_of, dump_scorer, load_scorer_file

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

    from segmentlab.modelling.scorer import Scorer

MODEL_NAME = "model"
DIGEST_TAG = "model.sha256"


def log_scorer(client: "MlflowClient", run_id: str, scorer: "Scorer", example: "pd.DataFrame") -> None:
    """Log the scorer as the model of a run. Its digest becomes a tag of the run and of the model."""
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model

    data = dump_scorer(scorer)
    digest = {DIGEST_TAG: digest_of(data)}
    experiment_id = client.get_run(run_id).info.experiment_id
    logged = client.create_logged_model(experiment_id, MODEL_NAME, source_run_id=run_id, tags=digest)
    try:
        description = Model(artifact_path=logged.artifact_location, run_id=run_id, model_id=logged.model_id)
        with TemporaryDirectory(prefix="segmentlab-") as folder:
            write_model_folder(Path(folder), description, data, example)
            client.log_model_artifacts(logged.model_id, folder)
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        client.set_tag(run_id, DIGEST_TAG, digest[DIGEST_TAG])
        client.finalize_logged_model(logged.model_id, "READY")
    except BaseException:
        # A half-written model must not be found by anybody who looks for models.
        client.delete_logged_model(logged.model_id)
        raise


def load_scorer(client: "MlflowClient", run_id: str) -> "Scorer":
    """The scorer that a run logged, checked against the digest that the store keeps for the run.

    The digest comes from the store and not from the model's own folder, so a changed folder is noticed.
    No code of the folder is run.
    """
    from mlflow.artifacts import download_artifacts

    run = client.get_run(run_id)
    digest = run.data.tags.get(DIGEST_TAG)
    if digest is None or run.outputs is None:
        raise StoreError(f"Run {run_id} has no model (no tag '{DIGEST_TAG}'). Choose a finished run.")
    logged = client.get_logged_model(run.outputs.model_outputs[-1].model_id)
    with TemporaryDirectory(prefix="segmentlab-") as folder:
        path = download_artifacts(
            artifact_uri=f"{logged.artifact_location}/{SCORER}",
            dst_path=folder,
            tracking_uri=client.tracking_uri,
        )
        return load_scorer_file(Path(path), digest)
