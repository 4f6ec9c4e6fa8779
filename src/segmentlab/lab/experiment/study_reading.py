"""A study as its run keeps it: the trials, what was looked for, and what to type for one of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pandas as pd
import yaml

from segmentlab.errors import StoreError
from segmentlab.evaluation import LoggedRun, find_measure
from segmentlab.lab.config import AGAIN_WORD
from segmentlab.lab.tuning import MODEL_STAGE, PREPARE_STAGE, PROJECTION_STAGE
from segmentlab.report import SHOWN_ID, StudyTable

STUDY_TAG: Final = "study.name"
TRIALS_FILE: Final = "tables/trials.csv"
OBJECTIVES: Final = "tune.objectives"


def select_studies(runs: Sequence[LoggedRun]) -> list[LoggedRun]:
    """The runs that a study chose the model of."""
    return [run for run in runs if STUDY_TAG in run.tags]


def read_study_table(run: LoggedRun, trials: pd.DataFrame) -> StudyTable:
    """The trials of a run, as its figures take them.

    Raises:
        StoreError: The study has no trials, or the run does not say what was looked for.
    """
    names = yaml.safe_load(run.params.get(OBJECTIVES, "[]"))
    if trials.empty or not {"number", "feasible", "on_front", "chosen"} <= set(trials.columns):
        raise StoreError(f"The study of run {run.run_id[:SHOWN_ID]} has no trials.")
    objectives = [find_measure(name) for name in names if name in trials]
    if not objectives:
        raise StoreError(f"Run {run.run_id[:SHOWN_ID]} does not say what its study looked for.")
    several = len(set(trials[MODEL_STAGE])) > 1
    told = [MODEL_STAGE] if several else []
    told += [
        name
        for name in map(str, trials.columns)
        if name == PREPARE_STAGE or ("." in name and "/" not in name)
    ]
    kept = trials.assign(reason=trials["reason"].fillna(""))
    return StudyTable(kept, objectives, told)


def _is_tried(name: str) -> bool:
    """A parameter such as `kmeans.n_clusters`; a metric has a slash."""
    return name == PREPARE_STAGE or ("." in name and "/" not in name)


def list_front(table: StudyTable) -> pd.DataFrame:
    """The trials that no other beats, the best first objective first; of one objective the best trial."""
    first = table.objectives[0]
    front = table.trials[table.trials["on_front"] | table.trials["chosen"]]
    return front.sort_values(first.name, ascending=first.better == "lower", ignore_index=True)


def write_trial_words(run: LoggedRun, trial: Mapping[str, Any]) -> list[str]:
    """What to type for the segments of a trial: the run again, with what the trial tried."""
    return [f"{AGAIN_WORD}{run.run_id[:SHOWN_ID]}", *_list_tried(run, trial)]


def _list_tried(run: LoggedRun, trial: Mapping[str, Any]) -> Iterator[str]:
    model = trial[MODEL_STAGE]
    if model != run.params.get(f"tuned.{MODEL_STAGE}", run.params.get(MODEL_STAGE)):
        yield f"{MODEL_STAGE}={model}"
    for name, value in trial.items():
        stage, _, parameter = name.partition(".")
        if pd.isna(value) or "/" in name:
            continue
        if name == PREPARE_STAGE:
            yield f"{PREPARE_STAGE}={value}"
        elif parameter and stage in (model, PROJECTION_STAGE):
            place = MODEL_STAGE if stage == model else PROJECTION_STAGE
            yield f"{place}.{parameter}={_write_number(value)}"


def _write_number(value: object) -> str:
    """A column with gaps holds counts as decimal numbers."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
