"""Which experiment of a store a run belongs to, and how MLflow's pages show each.

Segmentations are in the experiment that `tracking.experiment` names. What is about them (promotions, looks,
comparisons) and what came to nothing would hide them there, so each has an experiment of its own beside it.
Stores of earlier versions have all in one: whoever reads runs tells them apart by their tags.
"""

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from segmentlab.errors import StoreError
from segmentlab.evaluation import KIND_TAG
from segmentlab.lab.tracking.process import close_abandoned_runs

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Experiment

PARTS: Final = {"promotion": "promotions", "monitor": "monitor", "comparison": "comparisons"}  # by kind
FAILED_PART: Final = "failed"
PART_NOTES: Final = {
    "": "Segmentations: a run for each way to divide the customers. Trials of a study are below their study.",
    "promotions": "Which run became the model that scores customers, when, by whom and why.",
    "monitor": "Looks at new data: whether a promoted segmentation still holds.",
    "comparisons": "Leaderboards of runs, and how far their segments agree.",
    FAILED_PART: "Segmentations that failed or were stopped, with the reason in the tag segmentlab.failure.",
}

# How MLflow's pages show an experiment: as training of models, with a note, and a view to open by its name.
NOTE_TAG: Final = "mlflow.note.content"
READABLE_VIEW: Final = "readable"
# What tells runs apart beside their names, which have the choices; with the width in pixels.
SHOWN_TAGS: Final = {"verdict": 190, "checks": 90}
SHOWN_METRICS: Final = {
    "segments/count": 115,
    "separation/silhouette": 150,
    "stability/jaccard_min": 150,
    "usefulness/spend_r2": 150,
    "segments/smallest_share": 165,
}
RUN_NAME: Final = "attributes.`Run Name`"
NAME_WIDTH: Final = 360  # pixels; a name is to be read, not guessed
MAIN_SECTION: Final = "the main numbers"


def open_experiment(client: "MlflowClient", name: str, artifacts: str | None) -> "Experiment":
    """The experiment, made where it is missing, and shown as training of models."""
    experiment = client.get_experiment_by_name(name) or _make_experiment(client, name, artifacts)
    if experiment.lifecycle_stage != "active":
        raise StoreError(
            f"The experiment '{name}' was deleted. Bring it back with `mlflow experiments restore "
            f"--experiment-id {experiment.experiment_id}`, or choose another name with tracking.experiment."
        )
    if artifacts is not None and experiment.artifact_location != artifacts:
        raise StoreError(
            f"The experiment '{name}' keeps its files in {experiment.artifact_location}, and not in "
            f"{artifacts} where they are looked for now. Move its folder of files along with the "
            "database, or begin a new store with tracking.uri or tracking.experiment."
        )
    _tag_experiment(client, experiment)
    for run in close_abandoned_runs(client, experiment.experiment_id):
        if KIND_TAG not in run.data.tags and not is_part(name):
            move_to_failed(client, experiment.experiment_id, run.info.run_id)
    return experiment


def open_part(client: "MlflowClient", experiment_id: str, part: str) -> str:
    """The id of the experiment beside another that takes such runs."""
    main = client.get_experiment(experiment_id)
    # A server gives each experiment a folder of its own; a local store has one for all.
    own = str(main.artifact_location)
    artifacts = own if own.startswith("file:") and not own.endswith(f"/{experiment_id}") else None
    return str(open_experiment(client, f"{main.name}/{part}", artifacts).experiment_id)


def list_failed_places(client: "MlflowClient", experiment_id: str) -> list[str]:
    """The ids of the experiments where runs of one may lie that came to nothing."""
    beside = client.get_experiment_by_name(f"{client.get_experiment(experiment_id).name}/{FAILED_PART}")
    return [experiment_id, *([] if beside is None else [str(beside.experiment_id)])]


def is_part(name: str) -> bool:
    """Whether an experiment, by its name, is for runs of one kind beside another experiment."""
    main, _, part = name.rpartition("/")
    return bool(main and part in PART_NOTES)


def move_to_failed(client: "MlflowClient", experiment_id: str, run_id: str) -> None:
    """Put a segmentation that came to nothing, with its trials, into the experiment for such runs.

    MLflow moves no run between experiments, so it is done in the tables of a database: the run keeps its id
    and its files. A server has no call for it, and a copy would have another id than people were told, so
    there it stays where it is, with its status.
    """
    if client.tracking_uri.startswith("http"):
        return
    from mlflow.store.tracking.dbmodels.models import SqlRun, SqlTag
    from sqlalchemy import Select, create_engine, or_, select, update

    beside = int(open_part(client, experiment_id, FAILED_PART))
    children: Select[tuple[str]] = select(SqlTag.run_uuid).where(
        SqlTag.key == "mlflow.parentRunId", SqlTag.value == run_id
    )
    waits = {"timeout": 60} if client.tracking_uri.startswith("sqlite:") else {}
    engine = create_engine(client.tracking_uri, connect_args=waits)
    with engine.begin() as connection:
        connection.execute(
            update(SqlRun)
            .where(or_(SqlRun.run_uuid == run_id, SqlRun.run_uuid.in_(children)))
            .values(experiment_id=beside)
        )
    engine.dispose()


def _make_experiment(client: "MlflowClient", name: str, artifacts: str | None) -> "Experiment":
    from mlflow.exceptions import MlflowException

    try:
        made = client.create_experiment(name, artifacts, _write_tags(name))
    except MlflowException:
        theirs = client.get_experiment_by_name(name)  # another process may have been faster
        if theirs is None:
            raise
        return theirs
    return client.get_experiment(made)


def _tag_experiment(client: "MlflowClient", experiment: "Experiment") -> None:
    """What is missing in stores of earlier versions; what somebody has written stays."""
    from mlflow.exceptions import MlflowException

    number = str(experiment.experiment_id)
    wanted = _write_tags(str(experiment.name))
    with suppress(MlflowException):  # who may only read a store reads it as it is
        for key in wanted.keys() - experiment.tags.keys():
            client.set_experiment_tag(number, key, wanted[key])


def _write_tags(name: str) -> dict[str, str]:
    part = name.rpartition("/")[2] if is_part(name) else ""
    tags = {"mlflow.experimentKind": "custom_model_development", NOTE_TAG: PART_NOTES[part]}
    return tags if part else {**tags, f"mlflow.sharedViewState.{READABLE_VIEW}": write_readable_view()}


def write_readable_view() -> str:
    """A view of the list that tells runs apart: few columns, and the charts of few numbers before all others.

    MLflow keeps a view as JSON, and opens it where an address ends in `?viewStateShareKey=<name>`.
    """
    kinds = {"tags": SHOWN_TAGS, "metrics": SHOWN_METRICS}
    widths = {f"{kind}.`{name}`": width for kind, shown in kinds.items() for name, width in shown.items()}
    return json.dumps(
        {
            "selectedColumns": list(widths),
            "columnOrder": [RUN_NAME, *widths],
            "columnWidths": {RUN_NAME: NAME_WIDTH, **widths},
            "isAccordionReordered": True,  # or the charts would be sorted by name
            "compareRunSections": [
                {"uuid": MAIN_SECTION, "name": MAIN_SECTION, "display": True, "isReordered": True,
                 "deleted": False, "isGenerated": False}
            ],
            "compareRunCharts": [
                {"uuid": name, "type": "BAR", "runsCountToCompare": 10, "metricSectionId": MAIN_SECTION,
                 "deleted": False, "isGenerated": False, "metricKey": name, "displayName": name}
                for name in SHOWN_METRICS
            ],
        }
    )  # fmt: skip


def write_report_route(client: "MlflowClient", run_id: str) -> str:
    """The route of the report that a run keeps: a link of a description, wherever MLflow's pages are."""
    experiment = client.get_run(run_id).info.experiment_id
    return f"#/experiments/{experiment}/runs/{run_id}/artifacts/report/report.html"


def write_list_route(experiment_id: str) -> str:
    """The route of MLflow's list of runs, in the view that tells them apart.

    MLflow 3.17 asks the address, or what somebody pressed before, and not the experiment's own tag, whether
    to show its pages for models or those for chats.
    """
    return (
        f"#/experiments/{experiment_id}/runs?workflowType=machine_learning&viewStateShareKey={READABLE_VIEW}"
    )
