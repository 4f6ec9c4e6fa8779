"""Turns log items into MLflow calls, in as few of them as MLflow takes."""

import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from segmentlab.evaluation import work_beside
from segmentlab.flow import (
    Children,
    DatasetRef,
    Figure,
    FittedModel,
    Folder,
    Item,
    Metric,
    Param,
    Summary,
    Tag,
)
from segmentlab.lab.tracking.files import write_items
from segmentlab.lab.tracking.model import log_model
from segmentlab.lab.tracking.trials import log_children
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput


# What MLflow takes in one batch: 100 params, 100 tags, and 1,000 entries in all.
PARAMS_PER_BATCH = TAGS_PER_BATCH = 100
METRICS_PER_BATCH = 800
LONGEST_PARAM = 6_000
LONGEST_TAG = 8_000
SHOWN_DIGEST_LENGTH = 12  # the list of runs shows it; the full one is in the profile and in the run's tags
DESCRIPTION = "mlflow.note.content"

T = TypeVar("T")


def log_items(client: "MlflowClient", run_id: str, items: Sequence[Item]) -> None:
    """Send the items to a run: the values in batches, the files in one go.

    To paint the figures takes as long as all else and needs nothing of it, so a second process does it.
    """
    figures = [item for item in items if isinstance(item, Figure)]
    with TemporaryDirectory(prefix="segmentlab-") as name:
        folder = Path(name)
        with work_beside(partial(write_items, figures, folder)) if figures else nullcontext() as paint:
            _log_values(client, run_id, items)
            datasets = [_make_dataset_input(item) for item in items if isinstance(item, DatasetRef)]
            if datasets:
                _log_datasets(client, run_id, datasets)
            _log_models(client, run_id, items)
            write_items(items, folder, figures=False)
            if paint is not None:
                paint()
        if any(folder.iterdir()):
            client.log_artifacts(run_id, name)


def _log_models(client: "MlflowClient", run_id: str, items: Sequence[Item]) -> None:
    for item in items:
        if isinstance(item, Folder):  # as it lies there: a copy of very many customers takes the room twice
            client.log_artifacts(run_id, str(item.source), item.path)
        if isinstance(item, FittedModel):
            log_model(client, run_id, item)
        if isinstance(item, Children):
            log_children(client, run_id, item)


def _log_datasets(client: "MlflowClient", run_id: str, datasets: list["DatasetInput"]) -> None:
    """Two runs that log the same data at once both find it missing: who comes second is refused, once."""
    from mlflow.exceptions import MlflowException

    try:
        client.log_inputs(run_id, datasets)
    except MlflowException:
        client.log_inputs(run_id, datasets)


def _log_values(client: "MlflowClient", run_id: str, items: Sequence[Item]) -> None:
    from mlflow import entities

    now = int(time.time() * 1000)
    metrics, params, tags = [], [], []
    for item in items:
        match item:
            case Metric(key, value) if math.isfinite(value):  # MLflow would store infinity as 1.8e308
                metrics.append(entities.Metric(key, value, now, step=0))
            case Param(key, value):
                params.append(entities.Param(key, redact_text(value)[:LONGEST_PARAM]))
            case Tag(key, value):
                tags.append(entities.RunTag(key, redact_text(value)[:LONGEST_TAG]))
            case Summary(markdown):
                tags.append(entities.RunTag(DESCRIPTION, redact_text(markdown)[:LONGEST_TAG]))
    for batch in zip_longest(
        _split_into_batches(metrics, METRICS_PER_BATCH),
        _split_into_batches(params, PARAMS_PER_BATCH),
        _split_into_batches(tags, TAGS_PER_BATCH),
        fillvalue=(),
    ):
        client.log_batch(run_id, *batch)


def _make_dataset_input(item: DatasetRef) -> "DatasetInput":
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(
        name=item.name,
        digest=item.digest[:SHOWN_DIGEST_LENGTH],
        source_type="segmentlab",
        source=json.dumps({"uri": redact_text(item.source)}),
        profile=json.dumps({"rows": item.rows, "customers": item.customers, "digest": item.digest}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "segmentation")])


def _split_into_batches(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))
