"""Each objective over each parameter: where the good values are, and whether the bounds hold them."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from plotly.subplots import make_subplots

from segmentlab.evaluation import Measure
from segmentlab.flow import Picture
from segmentlab.report.figures.study_front import (
    CHOSEN,
    FRONT,
    INFEASIBLE,
    StudyTable,
    describe_study_trials,
)
from segmentlab.report.layout import FIGURE_TEMPLATE

SLICE_PANEL: Final = 250  # pixels
SLICE_STRIP: Final = (
    0.3  # how far trials of one choice are spread to either side, so that they can be told apart
)
GOLDEN: Final = 0.618034  # steps of it, modulo one, fall evenly


class StudySlice(NamedTuple):
    """The trials that have the parameter and the score."""

    trials: pd.DataFrame
    places: npt.NDArray[np.float64]  # along the parameter
    choices: list[str]  # of a parameter that is no number, at 0, 1, 2, ...


def make_study_slice(table: StudyTable, parameter: str, objective: Measure) -> StudySlice:
    """Numbers stand where they are; choices are strips beside each other."""
    trials = table.scored(objective).dropna(subset=[parameter])
    values = trials[parameter]
    if is_numeric_dtype(values) and not is_bool_dtype(values):
        return StudySlice(trials, values.to_numpy(dtype=np.float64), [])
    codes, choices = pd.factorize(values.astype(str), sort=True)
    spread = trials["number"].to_numpy() * GOLDEN % 1.0 - 0.5
    return StudySlice(trials, codes + 2 * SLICE_STRIP * spread, choices.tolist())


def draw_study_slices(table: StudyTable) -> Picture:
    """A row of panels for each parameter, a column for each objective."""
    rows, columns = len(table.parameters), len(table.objectives)
    panels = make_subplots(rows, columns, vertical_spacing=0.3 / rows, horizontal_spacing=0.25 / columns)
    for row, parameter in enumerate(table.parameters, 1):
        for column, objective in enumerate(table.objectives, 1):
            place, found = {"row": row, "col": column}, make_study_slice(table, parameter, objective)
            panels.add_traces(_draw_slice_points(found, table, objective), rows=row, cols=column)
            panels.update_xaxes(title_text=parameter, **place)
            panels.update_yaxes(title_text=objective.plain_name, **place)
            if found.choices:
                panels.update_xaxes(
                    tickvals=list(range(len(found.choices))), ticktext=found.choices, showgrid=False, **place
                )
    panels.update_layout(template=FIGURE_TEMPLATE, height=SLICE_PANEL * rows + 60)
    better = ", ".join(f"of {one.plain_name} the {one.better}" for one in table.objectives)
    return Picture(
        name="study_slices",
        title="Where are the good values?",
        caption=f"Every trial at the value that it tried; better is, {better}. Grey ones are infeasible, the "
        "large one was chosen. Good trials at an edge say that the bounds (tune.space) are too narrow.",
        figure=panels,
    )


def _draw_slice_points(found: StudySlice, table: StudyTable, objective: Measure) -> list[go.Scatter]:
    trials = found.trials
    kinds = (
        (~trials["feasible"], {"color": INFEASIBLE, "size": 6}),
        (trials["feasible"] & ~trials["chosen"], {"color": FRONT, "size": 6}),
        (trials["chosen"], {"color": CHOSEN, "size": 12, "symbol": "diamond"}),
    )
    return [
        go.Scatter(
            mode="markers",
            x=found.places[mask.to_numpy()],
            y=trials.loc[mask, objective.name],
            marker=marker,
            customdata=describe_study_trials(trials[mask], table.parameters),
            hovertemplate="%{customdata}<br>%{y:.4f}<extra></extra>",
        )
        for mask, marker in kinds
        if mask.any()
    ]
