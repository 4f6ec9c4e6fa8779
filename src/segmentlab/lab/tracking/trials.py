"""Trials as child runs, in one go: MLflow's own calls, one after the other, take longer than the trials."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from segmentlab.flow import Child, Children
from segmentlab.lab.tracking.process import Process
from segmentlab.redaction import redact_text

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from sqlalchemy import Connection, Select


STUDY_TAG: Final = "segmentlab.study"
TRIAL_TAG: Final = "segmentlab.trial"
PARENT_TAG: Final = "mlflow.parentRunId"
TRIALS_PER_PAGE: Final = 1_000
TRIALS_AT_ONCE: Final = 8  # requests to a server


def log_children(client: "MlflowClient", parent: str, item: Children) -> None:
    """Keep the trials that are not kept yet, and take over those that an earlier run of the study kept."""
    if client.tracking_uri.startswith("sqlite:"):
        log_in_one_transaction(client, parent, item)
    else:
        log_through_server(client, parent, item)


def log_in_one_transaction(client: "MlflowClient", parent: str, item: Children) -> None:
    """Write the tables of the local store directly.

    A run takes MLflow three calls and some 60 ms; two hundred of them here take 30 ms. What two processes
    know of each other's trials is settled by the transaction. The tables are MLflow's own, which may change:
    the store was opened only because its schema is the one that the installed MLflow has.
    """
    from mlflow.store.tracking.dbmodels.models import SqlLatestMetric, SqlMetric, SqlParam, SqlRun, SqlTag
    from sqlalchemy import create_engine, insert

    run = client.get_run(parent)
    place = run.info.artifact_uri.rpartition(f"/{parent}/")[0]
    engine = create_engine(client.tracking_uri, connect_args={"timeout": 60, "isolation_level": None})
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        kept = _adopt_trials(connection, parent, item.study, int(run.info.experiment_id))
        fresh = {uuid4().hex: trial for trial in item.trials if trial.number not in kept}
        head = (run.info.experiment_id, run.info.user_id, place)
        every: Mapping[Any, Iterator[dict[str, object]]] = {
            SqlRun: (_make_run_row(name, trial, *head) for name, trial in fresh.items()),
            SqlTag: _make_value_rows(
                fresh, {name: _make_trial_tags(trial, parent, item.study) for name, trial in fresh.items()}
            ),
            SqlParam: _make_value_rows(fresh, {name: trial.params for name, trial in fresh.items()}),
            SqlMetric: _make_metric_rows(fresh),
            SqlLatestMetric: _make_metric_rows(fresh),
        }
        for table, rows in every.items():
            values = list(rows)
            if values:
                connection.execute(insert(table), values)
        connection.exec_driver_sql("COMMIT")
    engine.dispose()


def _adopt_trials(connection: "Connection", parent: str, study: str, experiment: int) -> set[int]:
    """The trials of the study that are kept, by now as children of this run unless theirs still runs.

    A study that was stopped lies with its trials among the failed runs: those come to this run's experiment.
    """
    from mlflow.store.tracking.dbmodels.models import SqlRun, SqlTag
    from sqlalchemy import select, update

    of_study: Select[tuple[str]] = select(SqlTag.run_uuid).where(
        SqlTag.key == STUDY_TAG, SqlTag.value == study
    )
    running: Select[tuple[str]] = select(SqlRun.run_uuid).where(SqlRun.status == "RUNNING")
    connection.execute(
        update(SqlTag)
        .where(SqlTag.key == PARENT_TAG, SqlTag.run_uuid.in_(of_study), SqlTag.value.not_in(running))
        .values(value=parent)
    )
    own = select(SqlTag.run_uuid).where(SqlTag.key == PARENT_TAG, SqlTag.value == parent)
    connection.execute(update(SqlRun).where(SqlRun.run_uuid.in_(own)).values(experiment_id=experiment))
    numbers = select(SqlTag.value).where(SqlTag.key == TRIAL_TAG, SqlTag.run_uuid.in_(of_study))
    return {int(number) for number in connection.execute(numbers).scalars()}


def _make_run_row(name: str, trial: Child, experiment: str, user: str, place: str) -> dict[str, object]:
    return {
        "run_uuid": name,
        "name": f"trial {trial.number}",
        "experiment_id": int(experiment),
        "user_id": user,
        "source_type": "LOCAL",
        "source_name": "",
        "entry_point_name": "",
        "source_version": "",
        "status": "FINISHED",
        "start_time": trial.begun,
        "end_time": trial.ended,
        "lifecycle_stage": "active",
        "artifact_uri": f"{place}/{name}/artifacts",
    }


def _make_value_rows(
    runs: Mapping[str, Child], values: Mapping[str, Mapping[str, str]]
) -> Iterator[dict[str, object]]:
    for name in runs:
        for key, value in values[name].items():
            yield {"run_uuid": name, "key": key, "value": value}


def _make_metric_rows(runs: Mapping[str, Child]) -> Iterator[dict[str, object]]:
    for name, trial in runs.items():
        for key, value in trial.metrics.items():
            yield {
                "run_uuid": name, "key": key, "value": value,
                "timestamp": trial.ended, "step": 0, "is_nan": False,
            }  # fmt: skip


def _make_trial_tags(trial: Child, parent: str, study: str) -> dict[str, str]:
    own = {key: redact_text(value) for key, value in trial.tags.items()}
    links = {PARENT_TAG: parent, STUDY_TAG: study, TRIAL_TAG: str(trial.number)}
    return {**own, **links, "mlflow.runName": f"trial {trial.number}", "mlflow.source.type": "LOCAL"}


def log_through_server(client: "MlflowClient", parent: str, item: Children) -> None:
    """Ask for what is kept, send the rest several at once, and settle what two processes both sent.

    No lock reaches around a server. So everybody looks again after sending, and of two runs of one trial
    the one with the larger id is deleted, whoever sees it.
    """
    experiment = client.get_run(parent).info.experiment_id
    kept = {int(run.data.tags[TRIAL_TAG]) for run in _find_kept_trials(client, experiment, item.study)}
    fresh = [trial for trial in item.trials if trial.number not in kept]
    with ThreadPoolExecutor(TRIALS_AT_ONCE) as pool:
        list(pool.map(lambda trial: send_trial(client, experiment, parent, item.study, trial), fresh))
    seen = set()
    for run in sorted(
        _find_kept_trials(client, experiment, item.study), key=lambda run: str(run.info.run_id)
    ):
        number = run.data.tags[TRIAL_TAG]
        if number in seen:
            client.delete_run(run.info.run_id)
            continue
        seen.add(number)
        theirs = run.data.tags[PARENT_TAG]
        if theirs != parent and client.get_run(theirs).info.status != "RUNNING":
            client.set_tag(run.info.run_id, PARENT_TAG, parent)


def _find_kept_trials(client: "MlflowClient", experiment: str, study: str) -> Iterator["Run"]:
    token = None
    while True:
        page = client.search_runs(
            [experiment], f"tags.`{STUDY_TAG}` = '{study}'", max_results=TRIALS_PER_PAGE, page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return


def send_trial(client: "MlflowClient", experiment: str, parent: str, study: str, trial: Child) -> None:
    """The tags that make it a trial come last: what was sent in part is none, and nobody deletes it."""
    from mlflow.entities import Metric, Param, RunTag

    name = f"trial {trial.number}"
    owner = Process.current().tags()  # so that a run that was never finished is seen to be abandoned
    run_id = client.create_run(experiment, trial.begun, owner, name).info.run_id
    metrics = [Metric(key, value, trial.ended, 0) for key, value in trial.metrics.items()]
    client.log_batch(run_id, metrics, [Param(key, value) for key, value in trial.params.items()])
    client.set_terminated(run_id, "FINISHED", trial.ended)
    tags = [RunTag(key, value) for key, value in _make_trial_tags(trial, parent, study).items()]
    client.log_batch(run_id, tags=tags)
