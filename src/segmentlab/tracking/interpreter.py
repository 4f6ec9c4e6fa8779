"""Turns log items into MLflow calls, in as few of them as MLflow takes."""

import json
import math
import time
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, TypeVar

from segmentlab.items import (
    Children,
    DatasetRef,
    Figure,
    Item,
    Metric,
    Model,
    Param,
    Summary,
    Table,
    Tag,
    Text,
)
from segmentlab.tracking.model import log_model
from segmentlab.tracking.redaction import redacted
from segmentlab.tracking.tables import write_table
from segmentlab.tracking.trials import log_children

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import DatasetInput

# What MLflow takes in one batch: 100 params, 100 tags, and 1,000 entries in all.
PARAMS_PER_BATCH = TAGS_PER_BATCH = 100
METRICS_PER_BATCH = 800
LONGEST_PARAM = 6_000
LONGEST_TAG = 8_000
SHOWN_DIGEST = 12  # the list of runs shows it; the full one is in the profile and in the run's tags
DESCRIPTION = "mlflow.note.content"

T = TypeVar("T")


def log_items(client: "MlflowClient", run_id: str, items: Sequence[Item]) -> None:
    """Send the items to a run: the values in batches, the files in one go."""
    _log_values(client, run_id, items)
    datasets = [_dataset_input(item) for item in items if isinstance(item, DatasetRef)]
    if datasets:
        client.log_inputs(run_id, datasets)
    with TemporaryDirectory(prefix="segmentlab-") as folder:
        for item in items:
            _write_file(item, Path(folder))
        if any(Path(folder).iterdir()):
            client.log_artifacts(run_id, folder)
    for item in items:
        if isinstance(item, Model):
            log_model(client, run_id, item)
        if isinstance(item, Children):
            log_children(client, run_id, item)


def _log_values(client: "MlflowClient", run_id: str, items: Sequence[Item]) -> None:
    from mlflow import entities

    now = int(time.time() * 1000)
    metrics, params, tags = [], [], []
    for item in items:
        match item:
            case Metric(key, value) if math.isfinite(value):  # MLflow would store infinity as 1.8e308
                metrics.append(entities.Metric(key, value, now, step=0))
            case Param(key, value):
                params.append(entities.Param(key, redacted(value)[:LONGEST_PARAM]))
            case Tag(key, value):
                tags.append(entities.RunTag(key, redacted(value)[:LONGEST_TAG]))
            case Summary(markdown):
                tags.append(entities.RunTag(DESCRIPTION, markdown[:LONGEST_TAG]))
    for batch in zip_longest(
        _chunks(metrics, METRICS_PER_BATCH),
        _chunks(params, PARAMS_PER_BATCH),
        _chunks(tags, TAGS_PER_BATCH),
        fillvalue=(),
    ):
        client.log_batch(run_id, *batch)


def _write_file(item: Item, folder: Path) -> None:
    match item:
        case Table(path, frame):
            write_table(frame, _place(folder / path))
        case Text(path, content):
            _place(folder / path).write_text(content, encoding="utf-8")
        case Figure(picture):
            from segmentlab.report.html import figure_html
            from segmentlab.report.raster import png

            stem = _place(folder / "figures" / picture.name)
            stem.with_name(f"{picture.name}.html").write_text(figure_html(picture), encoding="utf-8")
            stem.with_name(f"{picture.name}.png").write_bytes(png(picture.figure, title=picture.title))


def _dataset_input(item: DatasetRef) -> "DatasetInput":
    from mlflow.entities import Dataset, DatasetInput, InputTag

    dataset = Dataset(
        name=item.name,
        digest=item.digest[:SHOWN_DIGEST],
        source_type="segmentlab",
        source=json.dumps({"uri": redacted(item.source)}),
        profile=json.dumps({"rows": item.rows, "customers": item.customers, "digest": item.digest}),
    )
    return DatasetInput(dataset, [InputTag("mlflow.data.context", "segmentation")])


def _chunks(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (values[start : start + size] for start in range(0, len(values), size))


def _place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
