"""How a study went: what each trial scored, and the best so far."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from segmentlab.report.figures.study_trials import CHOSEN, FRONT, INFEASIBLE, Objective, StudyTable, told
from segmentlab.report.layout import TEMPLATE
from segmentlab.report.palette import INK
from segmentlab.report.picture import Picture

PANEL = 230  # pixels


def history(table: StudyTable, objective: Objective) -> pd.DataFrame:
    """The scored trials in their order, with the best value that a feasible one had reached by then."""
    trials = table.scored(objective).sort_values("number")
    values = trials[objective.metric].where(trials["feasible"])
    best = values.cummax() if objective.better == "higher" else values.cummin()
    return trials.assign(value=trials[objective.metric], best=best.ffill())


def study_history(table: StudyTable) -> Picture:
    """A panel for each objective, over the numbers of the trials."""
    rows = len(table.objectives)
    panels = make_subplots(
        rows,
        1,
        shared_xaxes=True,
        subplot_titles=[f"<b>{objective.title}</b>" for objective in table.objectives],
        vertical_spacing=0.3 / rows,
    )
    for row, objective in enumerate(table.objectives, 1):
        trials = history(table, objective)
        for feasible, colour in ((False, INFEASIBLE), (True, FRONT)):
            panels.add_trace(_points(trials[trials["feasible"] == feasible], table, colour), row=row, col=1)
        panels.add_trace(_steps(trials), row=row, col=1)
    panels.update_layout(template=TEMPLATE, height=PANEL * rows + 100)
    panels.update_xaxes(title_text="trial", row=rows)
    panels.update_annotations(font={"size": 13, "color": INK})
    return Picture(
        name="study_history",
        title="Did the study still get better?",
        caption="Each point is a trial, a grey one is infeasible. The line is the best value of a feasible "
        "trial so far: where it has been flat for long, more trials would hardly help.",
        figure=panels,
    )


def _points(trials: pd.DataFrame, table: StudyTable, colour: str) -> go.Scatter:
    return go.Scatter(
        mode="markers",
        x=trials["number"],
        y=trials["value"],
        marker={"color": colour, "size": 6},
        customdata=told(trials, table.parameters),
        hovertemplate="%{customdata}<br>%{y:.4f}<extra></extra>",
    )


def _steps(trials: pd.DataFrame) -> go.Scatter:
    """The best stays until it is beaten."""
    known = trials.dropna(subset=["best"])
    return go.Scatter(
        mode="lines",
        x=np.repeat(known["number"].to_numpy(), 2)[1:],
        y=np.repeat(known["best"].to_numpy(), 2)[:-1],
        line={"color": CHOSEN, "width": 2},
        hoverinfo="skip",
    )
