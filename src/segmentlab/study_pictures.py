"""The figures of a study: what it had to choose from, how it went, and what its scores depend on."""

from collections.abc import Iterator

import pandas as pd

from segmentlab.report.figures.study_front import study_front
from segmentlab.report.figures.study_history import study_history
from segmentlab.report.figures.study_importance import study_importance
from segmentlab.report.figures.study_slices import study_slices
from segmentlab.report.figures.study_trials import StudyTable
from segmentlab.report.picture import Picture


def study_pictures(table: StudyTable, importances: pd.DataFrame | None) -> Iterator[Picture]:
    """Every figure that the study has the trials for: one objective has a best trial and no front."""
    if len(table.objectives) > 1:
        yield study_front(table)
    yield study_history(table)
    if importances is not None:
        yield study_importance(importances, table.objectives)
    yield study_slices(table)
